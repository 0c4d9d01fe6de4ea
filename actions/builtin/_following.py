"""Many operations at once, looked at until each of them is over or the time is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from actions import CannotTell, Context
from actions.builtin._at_once import at_once, margin, words_of
from actions.results import failed, nothing_to_do
from core.model import Verdict

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError

__all__ = ["follow", "refused"]

K = TypeVar("K")
V = TypeVar("V")

_EVERY = 10.0  # seconds between two looks at one operation, at least
_READS = 20.0  # a second and subscription: Azure Resource Manager allows 25


def follow(
    begun: Iterable[K], look: Callable[[K], V | None], ctx: Context[Any], *, what: str
) -> dict[K, V | CannotTell]:
    """What `look` says of each, once it says something; `CannotTell` when there is no time left.

    Ends a moment before the deadline: an answer about the whole run that comes too late is none.
    """
    ended: dict[K, V | CannotTell] = {}
    still = list(begun)
    while still:
        seen = at_once(still, look)
        ended |= {key: said for key, said in seen.items() if said is not None}
        still = [key for key in still if key not in ended]
        if still and not _wait(ctx, max(_EVERY, len(still) / _READS)):
            late = CannotTell(f"{what} was not over by {ctx.clock.now():%H:%M:%S} UTC")
            return ended | dict.fromkeys(still, late)
    return ended


def _wait(ctx: Context[Any], seconds: float) -> bool:
    left = (ctx.deadline - ctx.clock.now()).total_seconds() - margin(ctx)
    if left <= 0:
        return False
    ctx.clock.sleep(min(seconds, left))
    return True


def refused(error: HttpResponseError, need: str) -> Verdict:
    """What a refusal says about the machine. Raises `CannotTell` if it is no clear no.

    `need` is the action of Azure that the identity must be allowed.
    """
    status, words = error.status_code, words_of(error)
    if status == 404:
        return nothing_to_do("is gone")
    if status in (401, 403):
        return failed(f"{words} (needs {need})", status=status)
    if status is None or status in (408, 429) or status >= 500:
        raise CannotTell(words)
    return failed(words, status=status)
