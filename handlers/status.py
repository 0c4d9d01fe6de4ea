"""What a running gate shows to whoever asks: small, for Durable holds 16 KB at most."""

from __future__ import annotations

from core.errors import shorten
from core.report import GateReport
from handlers.engines import Engine
from handlers.planning import GatePlan

__all__ = ["show"]


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
