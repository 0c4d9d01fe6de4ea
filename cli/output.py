"""Where output goes: reports to stdout, everything else to stderr."""

from __future__ import annotations

import io
import logging
import sys
from typing import NoReturn

import typer
from rich.console import Console

__all__ = ["console", "only_checks_talk", "refuse"]

_WIDEST = 120


def console() -> Console:
    """The console of reports: stdout, no wider than a person reads.

    It keeps the stdout of now, since what checks print is led elsewhere while a story plays.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a sign shows another: that is no reason to stop.
        sys.stdout.reconfigure(errors="replace")
    made = Console(file=sys.stdout, highlight=False)
    made.width = min(made.width, _WIDEST)
    return made


def only_checks_talk() -> None:
    """Log lines of checks go to stderr; the rest is silent, for the report says all of it."""
    logging.getLogger().addHandler(logging.NullHandler())
    checks = logging.getLogger("patchgate.checks")
    checks.setLevel(logging.INFO)
    checks.propagate = False
    checks.handlers[:] = [_ToStderr()]


def refuse(problem: str, *, code: int) -> NoReturn:
    """Say what is wrong, in words, and leave with that exit code."""
    typer.echo(f"patchgate: {problem}", err=True)
    raise typer.Exit(code)


class _ToStderr(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(f"{record.name.removeprefix('patchgate.')}: {record.getMessage()}", err=True)
