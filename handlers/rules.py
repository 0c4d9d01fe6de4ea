"""Which checks are in force for a run, and under which policy: the first thing that a story asks.

Loading checks runs users' code, and a policy may go by the tags of the maintenance configuration,
which have to be read. So this is a step, with a deadline; without its answer nothing is in force,
which is a gap.
"""

from __future__ import annotations

from datetime import datetime

from core import wire
from core.errors import ActivityFailed
from core.model import Gap, GapKind
from core.policy import Policy
from handlers.engines import Engine, Story
from handlers.orders import CheckList, ListRequest
from handlers.waiting import within

__all__ = ["policy_gaps", "rules_for"]

_FAULT = "report this problem: it is one of Patchgate's own"


def rules_for(engine: Engine, request: ListRequest, by: datetime) -> Story[CheckList]:
    """The checks and the policy in force; never raises, for what is missing is a gap."""
    try:
        task = engine.activity("list_checks", wire.dump(request))
        if not (yield from within(engine, task, by)):
            remedy = "see what the files in my_checks do on import"
            return _none(request.policy, "they could not be loaded in time", remedy)
        return wire.load(CheckList, task.result())
    except ActivityFailed as error:
        return _none(request.policy, str(error), "see the log of the app")
    except Exception as error:  # noqa: BLE001 - a fault of ours is no answer, never a yes
        problem = f"the list of checks failed: {type(error).__name__}: {error}"
        return _none(request.policy, problem, _FAULT, kind="fault")


def _none(policy: Policy, problem: str, remedy: str, kind: GapKind = "unknown") -> CheckList:
    subject = "Patchgate" if kind == "fault" else "checks"
    gap = Gap(subject=subject, problem=problem, remedy=remedy, kind=kind)
    return CheckList(policy=policy, checks=(), gaps=(gap,))


def policy_gaps(policy: Policy) -> tuple[Gap, ...]:
    """That the policy file cannot be used, if it cannot."""
    if policy.problem is None:
        return ()
    remedy = "mend the file: nothing in it is in force"
    return (Gap(subject="gate.toml", problem=policy.problem, remedy=remedy, kind="unknown"),)
