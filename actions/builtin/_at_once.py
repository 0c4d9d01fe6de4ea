"""The same done to many machines, several at once: how fast in all, Azure's limits decide."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from actions import CannotTell, Context
from actions.results import failed
from core.errors import shorten
from core.model import Verdict

if TYPE_CHECKING:
    from azure.core.exceptions import HttpResponseError

__all__ = ["Answers", "at_once", "margin", "refusal", "words_of"]

Answers = dict[str, Verdict | CannotTell]
V = TypeVar("V")
K = TypeVar("K")

_THREADS = 24


def at_once(items: Iterable[K], work: Callable[[K], V]) -> dict[K, V | CannotTell]:
    """What `work` gives for each; a `CannotTell` that it raises is what it gives.

    Raises whatever else `work` raises, when the others are through.
    """
    waiting = list(items)[::-1]
    answers: dict[K, V | CannotTell] = {}
    raised: list[BaseException] = []

    def on_a_thread() -> None:
        while not raised:
            try:
                item = waiting.pop()
            except IndexError:
                return
            try:
                answers[item] = work(item)
            except CannotTell as why:
                answers[item] = why
            except BaseException as error:  # noqa: BLE001  # handed on to the caller
                raised.append(error)

    threads = [
        threading.Thread(target=on_a_thread, daemon=True, name="patchgate action")
        for _ in range(min(_THREADS, len(waiting)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
    return answers


def margin(ctx: Context[Any]) -> float:
    """Seconds before the deadline in which to answer, instead of being cut off there."""
    return min(10.0, 0.1 * (ctx.deadline - ctx.now).total_seconds())


def words_of(error: HttpResponseError) -> str:
    """Azure's own: `AllocationFailed: Allocation failed. …`."""
    told = error.error
    code, message = getattr(told, "code", None), getattr(told, "message", None)
    return shorten(f"{code}: {message}" if code else error.message, 300)


def refusal(error: HttpResponseError) -> Verdict:
    """What Azure did not do, and why."""
    if error.status_code == 403:
        return failed(f"not allowed: {words_of(error)}", status=403)
    return failed(words_of(error), status=error.status_code)
