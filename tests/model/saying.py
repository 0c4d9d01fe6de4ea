"""What a scripted check says, moment by moment. Also the first half of every check file printed.

So it knows nothing but the API for checks: see `check_files`, which copies this text.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from checks import CannotTell, Context, Machine, Run, blocked, passed, skipped

SPEED = 150  # seconds of the story in one real second, as `patchgate simulate` has them


@dataclass(frozen=True, kw_only=True)
class Phase:
    """What it says while the start is at least `until` seconds away, and after how many seconds."""

    says: str
    seconds: float = 0.0
    until: float = 0.0


def phase_at(phases: Sequence[Phase], ctx: Context[Any]) -> Phase:
    """The phase in which the check is asked; the last one stays."""
    left = (ctx.run.start - ctx.now).total_seconds()
    return next((phase for phase in phases if left >= phase.until), phases[-1])


def say(word: str, subject: Machine | Run) -> Any:
    """The answer for that word, which may be none at all."""
    if isinstance(subject, Run) and word in _OF_MACHINES:
        return _of_machines(word, subject)
    if word == "raise":
        raise ValueError("this check is broken")
    if word == "cannot tell":
        raise CannotTell("nobody knows")
    if word == "exit":
        raise SystemExit(1)
    said: dict[str, Any] = {
        "pass": passed("fine"),
        "skip": skipped("not a question here"),
        "block": blocked("not tonight"),
        "none": None,
        "true": True,
        "text": "passed",
    }
    return said[word]


_OF_MACHINES = ("each", "leaves out", "invents", "one blocked", "one true", "one cannot tell")


def _of_machines(word: str, run: Run) -> Any:
    answers: dict[str, Any] = {machine.id: passed() for machine in run.machines}
    first = min(answers, default="/nobody")
    if word == "leaves out":
        answers.pop(first, None)
    if word == "invents":
        answers["/subscriptions/none/of/the/run"] = passed()
    if word.startswith("one "):
        odd = {"blocked": blocked("this one"), "true": True, "cannot tell": CannotTell("which?")}
        answers[first] = odd[word.removeprefix("one ")]
    return answers


def take_time(phase: Phase) -> None:
    """As long as it takes to answer; for ever, if it hangs."""
    while phase.says == "hang":
        time.sleep(1)
    time.sleep(phase.seconds / SPEED)
