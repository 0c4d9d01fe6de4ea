"""Ask as the app does, with a clock on which nobody waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.clock import Clock, seconds_between
from core.errors import BadPlugin
from core.model import Asking, Machine, Outcome, Run
from plugins.api import Context, mark_of
from plugins.definition import Definition, define, origin_of
from plugins.kinds import Kind
from plugins.runner import Way, ask
from plugins.testing.builders import a_run

__all__ = ["SkippingClock", "examined", "outcomes_of", "run_of"]


class SkippingClock:
    """Shows `now` until somebody sleeps, which moves it on at once: nobody waits.

    Only what hangs is waited for, by the wall clock.
    """

    speed = 1.0

    def __init__(self, now: datetime) -> None:
        self._now, self._shown_since = now, time.monotonic()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=max(0.0, seconds))
            self._shown_since = time.monotonic()

    def real_seconds(self, until: datetime) -> float:
        waited = time.monotonic() - self._shown_since
        return max(0.0, seconds_between(self._now, until) - waited)


def examined(kind: Kind, function: Any) -> Definition:
    """A marked function as the app knows it. Raises `BadPlugin`."""
    if mark_of(function, kind.word) is None:
        name = str(getattr(function, "__name__", function))
        raise BadPlugin(name, origin_of(function), f"is not marked with @{kind}")
    return define(kind, function)


def outcomes_of(
    definition: Definition, context: Context[Any], seconds: float, *, clock: Clock | None = None
) -> tuple[Outcome, ...]:
    """The outcomes of asking in this context, with so many seconds for each time.

    They are real ones, unless another clock is given.
    """
    options = definition.options
    rule = Asking(
        timeout=min(seconds, options.timeout or seconds),
        patience=options.patience,
        every=options.every,
    )
    told = replace(context, deadline=context.now + timedelta(seconds=options.patience + seconds))
    return ask(definition, told, clock or SkippingClock(context.now), way=Way(rule=rule)).outcomes


def run_of(about: Machine | Run | Sequence[Machine]) -> Run:
    """The run that is meant: that one, or one of these machines."""
    if isinstance(about, Run):
        return about
    return a_run(*((about,) if isinstance(about, Machine) else about))
