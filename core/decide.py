"""The decision. Pure: answers in, a decision with its reasons out.

Reasons only ever add up: an answer that comes later can add one and takes none away. So as soon as
there is one, "cancel" is certain, while "proceed" needs every answer. What may still change is
therefore left out until it cannot: a tolerated share of blocked machines until it is known how many
machines there are, and (see `handlers.judging.docket`) what a check says of a run that is not yet
complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from core.model import Gap, Outcome, Status
from core.policy import PluginTable, Policy, allowed_blocked
from core.report import CheckReport, Decision, Reason

__all__ = ["decide"]

_NAMED = 20  # machines named in one reason; the rest is in the check's outcomes


_TABLE: dict[str, PluginTable] = {"check": "checks", "action": "actions"}


def decide(
    checks: Iterable[CheckReport],
    gaps: Sequence[Gap],
    policy: Policy,
    at: datetime,
    *,
    machines: int | None,
) -> Decision:
    """Judge what is known so far; `machines` is how many the run has, None while more may appear.

    No answer is never a yes: a gap, and an UNKNOWN of a required check, cancel unless the policy
    says "proceed" of them.
    """
    because = [*_of_gaps(gaps, policy), *_of_checks(checks, policy, machines)]
    return Decision(action="cancel" if because else "proceed", because=tuple(because), at=at)


def _of_gaps(gaps: Sequence[Gap], policy: Policy) -> list[Reason]:
    word = {"gap": policy.on_gap, "unknown": policy.on_unknown or "cancel", "fault": "cancel"}
    return [
        Reason(about=gap.subject, text=gap.problem, remedy=gap.remedy)
        for gap in gaps
        if word[gap.kind] == "cancel"
    ]


def _of_checks(
    checks: Iterable[CheckReport], policy: Policy, machines: int | None
) -> Iterable[Reason]:
    for check in checks:
        if not check.required:
            continue
        yield from _blocked(check, policy.of(check.name, _TABLE[check.kind]).tolerance, machines)
        if check.on_unknown == "cancel":
            yield from _unknown(check)


def _blocked(check: CheckReport, tolerance: int | str, machines: int | None) -> Iterable[Reason]:
    tally = check.tally
    if machines is None and isinstance(tolerance, str):
        return
    speaking = [o for o in check.outcomes if o.status is Status.BLOCKED]
    by_machine = _by_machine(check)
    asked = max(tally.total, machines or 0) if check.scope == "machine" else tally.total
    # What is tolerated is machines: a no about the run as a whole is not one of them.
    of_run = any(outcome.machine is None for outcome in speaking)
    allowed = 0 if of_run else allowed_blocked(tolerance, asked)
    if tally.blocked <= allowed:
        return
    beyond = f", {allowed} tolerated" if allowed else ""
    count = f"{tally.blocked} of {tally.total} machines{beyond}: " if by_machine else ""
    yield Reason(
        about=check.name,
        text=count + _told(speaking),
        remedy=_remedy(check, allowed),
        machines=_machines(speaking),
    )


def _by_machine(check: CheckReport) -> bool:
    """It answers machine by machine: asked so, or asked about the run and answering so."""
    named = any(outcome.machine is not None for outcome in check.outcomes)
    return check.scope == "machine" or named


def _remedy(check: CheckReport, allowed: int) -> str:
    done = {"check": "the check passes", "action": "the action is done"}
    if not _by_machine(check):
        return done[check.kind]
    if allowed:
        return f"at most {allowed} machines are blocked"
    return "every machine passes, or those blocked leave this schedule"


def _unknown(check: CheckReport) -> Iterable[Reason]:
    if not check.tally.unknown:
        return
    silent = [o for o in check.outcomes if o.status is Status.UNKNOWN]
    count = f"no answer for {check.tally.unknown} of {check.tally.total} machines: "
    yield Reason(
        about=check.name,
        text=(count if _by_machine(check) else "no answer: ") + _told(silent),
        remedy=f'the {check.kind} answers, or on_unknown = "proceed" is set for it',
        machines=_machines(silent),
    )


def _told(outcomes: Sequence[Outcome]) -> str:
    """The different things that were said, most frequent first."""
    said = Counter(outcome.reason for outcome in outcomes)
    texts = [reason for reason, _ in said.most_common()]
    return "; ".join(texts[:3]) + ("; …" if len(texts) > 3 else "")


def _machines(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    return tuple(o.machine for o in outcomes if o.machine is not None)[:_NAMED]
