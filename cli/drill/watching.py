"""Wait for the report of a drill, and show meanwhile how it stands."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import typer

from cli.azure.app import AppClient
from cli.doctor.function import said_by
from cli.explain.finding import Unfinished, report_in
from core.clock import Clock
from core.report import GateReport

__all__ = ["AFTER", "Silence", "watched"]

# From check_by on: the rehearsal and the announcement, each a minute, and the engine between them.
AFTER = timedelta(minutes=4)
_PAUSES = (0.5, 1.0, 2.0)  # seconds between looks; the last one stays


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """No report came in time: how the gate stood, or why that is not known."""

    why: str


def watched(
    pages: AppClient,
    key: str,
    *,
    clock: Clock,
    until: datetime,
    phase: Callable[[str], None],
) -> GateReport | Silence:
    """The report of the gate of that key. `phase` is told how it stands."""
    why = "it was never asked"
    turn = 0
    while True:
        found = _look(pages, key)
        if isinstance(found, GateReport):
            return found
        why = found
        phase(why)
        if clock.now() >= until:
            return Silence(why=why)
        clock.sleep(_PAUSES[min(turn, len(_PAUSES) - 1)])
        turn += 1


def _look(pages: AppClient, key: str) -> GateReport | str:
    """The report, or how it stands. Whatever goes wrong with one look, the next may do."""
    problem = io.StringIO()
    try:
        with contextlib.redirect_stderr(problem):
            told = pages.report(key)
            found = None if told is None else report_in(told, "the answer of the app")
    except typer.Exit:
        return said_by(problem)
    if isinstance(found, GateReport):
        return found
    if isinstance(found, Unfinished):
        return f"{found.state}, {found.status.get('phase') or 'and shows nothing yet'}"
    return "there is no gate of it"
