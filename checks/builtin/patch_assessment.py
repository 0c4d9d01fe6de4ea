"""A machine whose updates could not even be listed is not one to install them on.

Facts: https://learn.microsoft.com/azure/update-manager/query-logs (the table, its properties, kept
for 7 days) and .../rest/api/compute/virtual-machines/assess-patches (the words of `status`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from checks import CannotTell, Context, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, by_machine, each_machine, fresh, moment, text

_QUERY = Path(__file__).with_suffix(".kql")
_NEVER = datetime.min.replace(tzinfo=UTC)
_GOOD = {"succeeded", "completedwithwarnings"}
_KEPT = timedelta(days=366)  # far longer than Azure keeps an assessment


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchAssessment:
    """Which assessment counts.

    `max_age_days`: the last one may be so many days old. 3 by default: Azure assesses daily where
    periodic assessment is on.

    `reboot_pending`: what a machine is that must restart before it is patched: `"block"` (the
    default) or `"pass"`.
    """

    max_age_days: float = 3.0
    reboot_pending: Literal["block", "pass"] = "block"

    def __post_init__(self) -> None:
        if not 0 < self.max_age_days <= 7:
            raise ValueError("max_age_days must be above 0 and at most 7: Azure keeps no more")


@check(
    enabled=False,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/patchAssessmentResults/latest/read",
        "Microsoft.HybridCompute/machines/patchAssessmentResults/read",
    ),
)
def patch_assessment(run: Run, ctx: Context[PatchAssessment]) -> Mapping[str, Verdict | CannotTell]:
    """Every machine was assessed for updates lately, with success, and waits for no restart.

    Asks: Resource Graph's `patchassessmentresources` for the last assessment of each machine.

    Blocks when: that assessment failed, is older than `max_age_days`, or says that a restart is
    pending (by choice, see `reboot_pending`).

    UNKNOWN when: there is no assessment, since Azure keeps one for 7 days only; when it is still
    under way, has no time, or says a word that is not known; when several differ, and their times
    do not say which is the last; and when it does not say whether a restart is pending, unless that
    would pass anyway.

    Skipped when: never.

    Rights: Reader on the machines' subscriptions.
    """
    rows = by_machine(ctx.graph.ask(_QUERY))

    def judge_newest(found: list[Row]) -> Verdict:
        if not found:
            raise CannotTell(
                "patchassessmentresources has no assessment of it, and keeps one for 7 days"
            )
        newest = max(found, key=lambda row: moment(row.get("assessed")) or _NEVER)
        last = moment(newest.get("assessed"))
        rivals = [row for row in found if moment(row.get("assessed")) in (None, last)]
        if len({(text(row, "status"), text(row, "rebootPending")) for row in rivals}) > 1:
            raise CannotTell("patchassessmentresources does not say which assessment is its last")
        return _judge(newest, ctx)

    return each_machine(run, lambda machine: judge_newest(rows.get(machine.id.lower(), [])))


def _judge(row: Row, ctx: Context[PatchAssessment]) -> Verdict:
    status, assessed = text(row, "status"), text(row, "assessed")
    if status.lower() == "failed":
        told = f": {text(row, 'problem')}" if text(row, "problem") else ""
        return blocked(f"its last assessment failed{told}", assessed=assessed)
    if status.lower() not in _GOOD:
        raise CannotTell(f"its last assessment is {status or 'without a status'}: no result")
    days = fresh(assessed, ctx.now, _KEPT, "its last assessment") / timedelta(days=1)
    if days > ctx.config.max_age_days:
        told = f"{days:.1f} days old, more than {ctx.config.max_age_days:g}"
        return blocked(f"its last assessment is {told}", assessed=assessed, status=status)
    pending = text(row, "rebootPending").lower()
    if pending == "true" and ctx.config.reboot_pending == "block":
        return blocked("must restart before it is patched", assessed=assessed, reboot_pending=True)
    if pending not in ("true", "false") and ctx.config.reboot_pending == "block":
        raise CannotTell("its last assessment does not say whether a restart is pending")
    return passed(assessed=assessed, status=status, reboot_pending=pending == "true")
