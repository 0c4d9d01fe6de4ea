"""What a running gate shows to whoever asks: small, for Durable holds 16 KB at most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from core.errors import shorten
from core.report import Ending, GateReport
from handlers.engines import Engine, Json
from handlers.planning import GatePlan

__all__ = ["has_result", "show"]

_RESULTS = frozenset(get_args(Ending)) - {"not confirmed"}


def show(
    engine: Engine,
    plan: GatePlan,
    phase: str,
    report: GateReport | None = None,
) -> None:
    """Show the phase and the times that matter; the ending and its sentence when there is one."""
    timeline = plan.timeline
    engine.status(
        {
            "kind": "gate",
            "run": str(plan.event.run),
            "phase": phase,
            "mode": plan.policy.mode,
            "start": timeline.start.isoformat(),
            "cut_off": timeline.cut_off.isoformat(),
            "check_by": timeline.check_by.isoformat(),
            "ending": report.ending if report else None,
            "headline": shorten(report.headline, 400) if report else None,
        }
    )


def has_result(status: Json, output: Json) -> bool:
    """A gate has said how it ended, and not that nobody can tell."""
    told = [value.get("ending") for value in (status, output) if isinstance(value, Mapping)]
    return any(isinstance(ending, str) and ending in _RESULTS for ending in told)
