"""Work that may hang, bounded by the wall clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import TypeVar

from arm.lines import Lines, current

__all__ = ["within"]

T = TypeVar("T")


def within(seconds: float, work: Callable[[], T]) -> T:
    """What `work` gives. Raises `TimeoutError` after so many real seconds, and what `work` raises.

    The time-outs of HTTP libraries bound each wait for bytes and not the whole: an answer that
    trickles in, a name server or an identity that hangs would outlast any deadline. Connections of
    ours (see `arm.transport`) are then cut, which ends the work as well. Other work that hangs is
    left to itself, on a thread that keeps nobody from leaving.
    """
    future: Future[T] = Future()
    lines = Lines()

    def run() -> None:
        current.set(lines)
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  # handed on to the caller
            future.set_exception(error)
        finally:
            lines.let_go()

    context = copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True, name="patchgate call").start()
    try:
        return future.result(seconds)
    except TimeoutError:
        lines.cut()
        raise
