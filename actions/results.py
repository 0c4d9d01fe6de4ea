"""The three answers of an action.

To whoever decides they are verdicts: what was done passed, what failed is blocked, and where there
was nothing to do the question did not arise.
"""

from __future__ import annotations

from core.model import Status, Verdict

__all__ = ["done", "failed", "nothing_to_do"]


def done(reason: str = "", /, **evidence: str | float | bool | None) -> Verdict:
    """It is as it should be, because of this action; `evidence` is what was seen."""
    return Verdict(status=Status.PASSED, reason=reason, evidence=dict(evidence))


def nothing_to_do(reason: str, /, **evidence: str | float | bool | None) -> Verdict:
    """It was as it should be already, or is none of this action's business: nothing was changed."""
    return Verdict(status=Status.SKIPPED, reason=reason, evidence=dict(evidence))


def failed(reason: str, /, **evidence: str | float | bool | None) -> Verdict:
    """It is not as it should be, because of `reason`. Counts as an objection to the run."""
    return Verdict(status=Status.BLOCKED, reason=reason, evidence=dict(evidence))
