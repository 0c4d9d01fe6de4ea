"""How a run ended, from Azure's words. Pure.

The values of a run's status are published nowhere in full; what is not known here is shown as it
is. The two messages of a cancelled run differ in spelling between sources, so they are matched by
their telling words.
"""

from __future__ import annotations

from collections.abc import Sequence

from cancel_client.answers import says_cancelled
from core.model import PatchResult, RunEnd
from core.report import Ended

__all__ = ["how_it_ended", "how_it_stands"]

_DONE = {"succeeded", "completed", "completedwithwarnings"}
_FAILED = {"failed", "timedout", "completedwitherrors"}


def how_it_stands(
    status: str, message: str, results: Sequence[PatchResult], problem: str | None
) -> RunEnd:
    """What Resource Graph says, and whether that is final: the run's row, or every machine's."""
    known = [result.status.lower() for result in results]
    machines_final = bool(known) and all(map(_is_final, known))
    return RunEnd(
        settled=problem is None and (_is_final(status.lower()) or machines_final),
        status=status,
        message=message,
        results=tuple(results),
        problem=problem,
    )


def _is_final(word: str) -> bool:
    return word in _DONE or word in _FAILED or says_cancelled(word)


def how_it_ended(end: RunEnd, *, ours: bool) -> Ended:
    """One word for it. `ours`: our gate cancelled this run, or tried to. No row is "unknown"."""
    words = [end.status.lower(), *(r.status.lower() for r in end.results if r.machines)]
    if any(says_cancelled(word) for word in words[:1]) or _all_cancelled(words[1:]):
        return _who_cancelled(end.message, ours=ours)
    if any(word in _FAILED for word in words):
        return "failed"
    if any(word in _DONE for word in words) and end.settled:
        return "installed"
    return "unknown"


def _all_cancelled(words: Sequence[str]) -> bool:
    return bool(words) and all(says_cancelled(word) for word in words)


def _who_cancelled(message: str, *, ours: bool) -> Ended:
    said = message.lower()
    if "internal platform failure" in said:
        return "cancelled by the system"
    if ours:
        return "cancelled by us"
    # "… using cancellation API at …", or no message: somebody with the right to, and not us.
    return "cancelled by somebody else"
