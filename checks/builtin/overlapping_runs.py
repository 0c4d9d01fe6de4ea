"""Two schedules that patch one machine at the same time take each other's window.

Facts: https://learn.microsoft.com/azure/update-manager/query-logs (`maintenanceresources` has a row
for each machine and run, with the run's start and end).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, by_machine, each_machine, moment, text
from checks.builtin._runs import is_over, short_run

_QUERY = Path(__file__).with_suffix(".kql")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlappingRuns:
    """How near another run may come.

    `margin_minutes`: it must have ended so long before this one starts, or start so long after this
    one ends. 0 by default: one may begin when the other ends.
    """

    margin_minutes: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.margin_minutes <= 7 * 24 * 60:
            raise ValueError("margin_minutes must be from 0 to 10080, a week")


@check(enabled=False, needs=("Microsoft.Maintenance/applyUpdates/read",))
def overlapping_runs(run: Run, ctx: Context[OverlappingRuns]) -> Mapping[str, Verdict | CannotTell]:
    """No other maintenance run touches one of the machines within the window.

    Asks: Resource Graph's `maintenanceresources` for the rows of these machines in all runs whose
    window touches this one. A run whose rows Azure has not written yet is not seen: one that starts
    late within a long window may be such a run.

    Blocks when: a machine is in another run that is neither cancelled nor over, and whose window,
    with `margin_minutes` around it, touches this one.

    UNKNOWN when: not even this run's own row of the machine is there, which would prove that its
    rows can be read; or another run that is not over has no times.

    Skipped when: never.

    Rights: Reader on the machines' subscriptions.
    """
    margin = timedelta(minutes=ctx.config.margin_minutes)
    rows = by_machine(ctx.graph.ask(_QUERY, since=run.start - margin, until=run.end + margin))
    own = run.id.lower()

    def judge(machine: Machine) -> Verdict:
        return _judge(rows.get(machine.id.lower(), []), own)

    return each_machine(run, judge)


def _judge(rows: list[Row], own: str) -> Verdict:
    if all(text(row, "run").lower() != own for row in rows):
        raise CannotTell("maintenanceresources has no row of it, not even for this run")
    others = [row for row in rows if text(row, "run").lower() != own]
    near = [row for row in others if not is_over(text(row, "status"))]
    timed = [row for row in near if moment(row.get("starts")) and moment(row.get("ends"))]
    if timed:
        return _blocked(timed)
    if near:
        run = short_run(text(near[0], "run"))
        raise CannotTell(f"maintenanceresources does not say from when to when {run} lasts")
    return passed(other_runs=len(others))


def _blocked(rows: list[Row]) -> Verdict:
    first = min(rows, key=lambda row: text(row, "starts"))
    starts, ends = moment(first.get("starts")), moment(first.get("ends"))
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    when = f"{starts:%Y-%m-%d %H:%M} to {ends:%H:%M} UTC"
    return blocked(
        f"is in {short_run(text(first, 'run'))} too, {when}{more}",
        other_run=text(first, "run"),
        status=text(first, "status"),
        other_runs=len(rows),
    )
