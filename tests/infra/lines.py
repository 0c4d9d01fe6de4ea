"""Reports as the app announces them, for the alerts' queries."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.model import Gap
from core.report import (
    AftermathReport,
    Cancellation,
    CheckReport,
    Decision,
    Ended,
    Ending,
    GateReport,
    Reason,
    RescueReport,
    Tally,
)
from core.timeline import plan

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
_HEAD = "/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg-Patching/providers"


def configuration(name: str) -> str:
    """The id of one."""
    return f"{_HEAD}/Microsoft.Maintenance/maintenanceConfigurations/{name}"


def run(name: str, of: str = "weekly") -> str:
    """The id of a run of it."""
    return f"{configuration(of)}/providers/Microsoft.Maintenance/applyUpdates/{name}"


def gate(
    ending: Ending, run_id: str, *, unknown: int = 0, advisory: int = 0, gaps: int = 0
) -> GateReport:
    """A gate that ended so, with answers that were not given."""
    text = "it is off · ending proceeded · unknown 0 · run /x · report gate-x"
    checks = (
        _check("required", required=True, unknown=unknown),
        _check("advisory", required=False, unknown=advisory),
    )
    return GateReport(
        key=f"gate-{run_id.rpartition('/')[2]}",
        run=run_id,
        configuration=run_id.partition("/providers/Microsoft.Maintenance/applyUpdates")[0],
        mode="enforce",
        ending=ending,
        timeline=plan(start=NOW, cancellation_cut_off=NOW, now=NOW, reserve=timedelta()),
        finished_at=NOW,
        decision=Decision(
            action="cancel", because=(Reason(about="c", text=text, remedy=""),), at=NOW
        ),
        machine_count=1,
        checks=checks,
        gaps=tuple(Gap(subject="s", problem="p", remedy="", kind="unknown") for _ in range(gaps)),
    )


def _check(name: str, *, required: bool, unknown: int) -> CheckReport:
    return CheckReport(
        name=name,
        title=name,
        scope="run",
        required=required,
        on_unknown="cancel",
        origin="",
        tally=Tally(unknown=unknown, passed=1),
    )


def rescue(run_id: str, *, confirmed: bool) -> RescueReport:
    """A run that was cancelled without its gate."""
    return RescueReport(
        key=f"rescue-{run_id.rpartition('/')[2]}",
        run=run_id,
        configuration=configuration("weekly"),
        by="watchdog",
        because="its gate has no result",
        cancellation=Cancellation(confirmed=confirmed, state=""),
        finished_at=NOW,
    )


def aftermath(ended: Ended, run_id: str) -> AftermathReport:
    """A run whose end was told."""
    return AftermathReport(
        key=f"aftermath-{run_id.rpartition('/')[2]}",
        run=run_id,
        configuration=configuration("weekly"),
        ended=ended,
        event_status="Succeeded",
        status="",
        message="",
        results=(),
        finished_at=NOW,
    )
