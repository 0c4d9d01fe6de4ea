"""A sign of life while a story plays: its clock. On a terminal only."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from datetime import datetime

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from cli.render import before_start, clock_time
from core.clock import Clock

__all__ = ["clock_shown"]


class _Clock:
    def __init__(self, title: str, clock: Clock, start: datetime) -> None:
        self._title, self._clock, self._start = title, clock, start

    def __rich__(self) -> Text:
        now = self._clock.now()
        return Text.assemble(
            (f"{clock_time(now)} UTC  {before_start(now, self._start)}", "bold"),
            (f"  {self._title}, played {self._clock.speed:g} times as fast", "dim"),
        )


def clock_shown(
    console: Console, title: str, clock: Clock, start: datetime
) -> AbstractContextManager[object]:
    """Show the story's clock until the block is left, and leave no trace of it."""
    if not console.is_terminal:
        return nullcontext()
    spinner = Spinner("dots", text=_Clock(title, clock, start))
    return Live(spinner, console=console, transient=True, refresh_per_second=10)
