"""Hand-made reports of the sample run: start 03:00, cut-off 02:50 UTC, event at 02:22."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console, RenderableType

from core.model import Outcome, Status
from core.report import (
    Call,
    Cancellation,
    CheckReport,
    Decision,
    Ending,
    GateReport,
    MachineLine,
    Reason,
    Tally,
)
from core.timeline import Timeline, plan

CONFIGURATION = (
    "/subscriptions/4f2c1f6e-1111-4d3a-9d3e-0a1b2c3d4e5f/resourceGroups/rg"
    "/providers/Microsoft.Maintenance/maintenanceConfigurations/weekly-prod"
)
RUN = f"{CONFIGURATION}/providers/Microsoft.Maintenance/applyUpdates/20261128030000"


def at(clock: str) -> datetime:
    """That time of the sample night, as `HH:MM:SS`."""
    return datetime.fromisoformat(f"2026-11-28T{clock}+00:00").astimezone(UTC)


def timeline(planned: str = "02:22:00") -> Timeline:
    """The sample run's, for an event that came then."""
    return plan(
        start=at("03:00:00"),
        cancellation_cut_off=at("02:59:00"),
        now=at(planned),
        reserve=timedelta(minutes=2),
    )


def machine(name: str, group: str = "estate") -> str:
    """A machine's id."""
    return (
        f"/subscriptions/9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b/resourceGroups/{group}"
        f"/providers/Microsoft.Compute/virtualMachines/{name}"
    )


def outcome(status: Status, name: str | None = None, **fields: Any) -> Outcome:
    """What the check `pinned` said of a machine, or of the run."""
    about = machine(name) if name else None
    return Outcome(**{"check": "pinned", "status": status, "machine": about, **fields})


def check(name: str = "pinned", **fields: Any) -> CheckReport:
    """A check that all of six machines have passed."""
    return CheckReport(
        **{
            "name": name,
            "title": name,
            "scope": "machine",
            "required": True,
            "on_unknown": "cancel",
            "origin": "x.py:1",
            "tally": Tally(passed=6),
            **fields,
        }
    )


BLOCKED = check(
    tally=Tally(passed=5, blocked=1),
    outcomes=(outcome(Status.BLOCKED, "web-6", reason="is pinned", evidence={"tag": "patch"}),),
)
BECAUSE = Reason(
    about="pinned",
    text="1 of 6 machines: is pinned",
    remedy="unpin it",
    machines=(machine("web-6"),),
)


def call(clock: str, method: str, meaning: str, status: int | None = 200) -> Call:
    """A call at that time."""
    return Call(at=at(clock), method=method, what="a call", status=status, meaning=meaning)


CONFIRMED = Cancellation(
    confirmed=True,
    state="cancelled",
    confirmed_by="read-back",
    confirmed_at=at("02:24:10"),
    attempts=1,
    calls=(call("02:24:02", "PUT", "accepted"), call("02:24:10", "GET", "the run is cancelled")),
)


def gate(ending: Ending = "proceeded", **fields: Any) -> GateReport:
    """A gate over six machines that ended so."""
    cancels = ending != "proceeded"
    decision = Decision(
        action="cancel" if cancels else "proceed",
        because=(BECAUSE,) if cancels else (),
        at=at("02:24:00"),
    )
    return GateReport(
        **{
            "key": "gate-1",
            "run": RUN,
            "configuration": CONFIGURATION,
            "mode": "enforce",
            "ending": ending,
            "timeline": timeline(),
            "finished_at": at("02:34:00"),
            "decision": decision,
            "machine_count": 6,
            "machines": lines(6),
            "checks": (BLOCKED if cancels else check(),),
            "cancellation": CONFIRMED if ending == "cancelled" else None,
            **fields,
        }
    )


def lines(count: int) -> tuple[MachineLine, ...]:
    """Machines web-1 to web-N."""
    return tuple(
        MachineLine(id=machine(f"web-{n}"), name=f"web-{n}", kind="vm") for n in range(1, count + 1)
    )


def shown(renderable: RenderableType, width: int = 80, *, color: bool = False) -> str:
    """What a console of that width shows."""
    console = Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
    )
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()
