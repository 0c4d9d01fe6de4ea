"""The three answers that a check may give, and the way to say that it has none."""

from __future__ import annotations

from core.model import Status, Verdict
from plugins.answers import CannotTell

__all__ = ["CannotTell", "blocked", "passed", "skipped"]


def passed(reason: str = "", /, **evidence: str | float | bool | None) -> Verdict:
    """Nothing speaks against patching."""
    return Verdict(status=Status.PASSED, reason=reason, evidence=dict(evidence))


def blocked(reason: str, /, **evidence: str | float | bool | None) -> Verdict:
    """Do not patch, because of `reason`; `evidence` is what was seen."""
    return Verdict(status=Status.BLOCKED, reason=reason, evidence=dict(evidence))


def skipped(reason: str, /, **evidence: str | float | bool | None) -> Verdict:
    """The question does not arise here, because of `reason`. Counts as no objection."""
    return Verdict(status=Status.SKIPPED, reason=reason, evidence=dict(evidence))
