"""Blocking work beside the event loop, on a thread that nobody else waits for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["on_own_thread"]

Given = TypeVar("Given")
Got = TypeVar("Got")


async def on_own_thread(work: Callable[[Given], Got], given: Given) -> Got:
    """What `work` makes of `given`, on a thread of its own.

    The worker's pool has a handful of threads: steps that wait for hung checks would fill it, and
    the cancel call would never get one.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Got] = loop.create_future()

    def settle(method: Callable[[Any], None], value: Any) -> None:
        if not answer.done():
            method(value)

    def run() -> None:
        try:
            value = work(given)
        except BaseException as error:  # noqa: BLE001 - handed on to whoever awaits the step
            # A future takes neither StopIteration nor what would end the loop.
            plain = isinstance(error, Exception) and not isinstance(error, StopIteration)
            told = error if plain else RuntimeError(f"the step ended with {error!r}")
            loop.call_soon_threadsafe(settle, answer.set_exception, told)
        else:
            loop.call_soon_threadsafe(settle, answer.set_result, value)

    threading.Thread(target=run, daemon=True, name="patchgate step").start()
    return await answer
