"""What has been done so far, told if a command does not come to its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from cli.exit_codes import INTERRUPTED
from cli.output import refuse

__all__ = ["Done"]


class Done:
    """What was done, and the one thing that Azure was asked for and has not answered."""

    def __init__(self, look: str) -> None:
        """`look` is the command that shows how things stand."""
        self._look = look
        self._steps: list[str] = []
        self._asked: str | None = None

    @contextmanager
    def step(self, done: str) -> Iterator[None]:
        """Ask Azure for something; `done` says it in the past tense, as in "topic x was made"."""
        from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

        self._asked = done
        try:
            yield
        except HttpResponseError as error:
            if (error.status_code or 0) >= 400:
                self._asked = None  # it was refused
            raise
        self._asked = None
        self._steps.append(done)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say what was done if this is left by Ctrl-C, or with a code that is not 0."""
        try:
            yield
        except KeyboardInterrupt:
            said = self._said() or ["nothing was changed"]
            refuse(f"interrupted: {'; '.join(said)}", code=INTERRUPTED)
        except typer.Exit as left:
            if left.exit_code and (said := self._said()):
                typer.echo(f"patchgate: as it stands: {'; '.join(said)}", err=True)
            raise

    def _said(self) -> list[str]:
        asked = [f"Azure was asked, and it may be that {self._asked}"] if self._asked else []
        found = [*self._steps, *asked]
        return [*found, f"look with {self._look}"] if found else []
