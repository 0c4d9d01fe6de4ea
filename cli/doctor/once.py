"""Something that is asked once, at the side, and that several questions wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

__all__ = ["Once"]

T = TypeVar("T")


class Once(Generic[T]):
    """Work that begins at once, on a thread that keeps nobody from leaving."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._future: Future[T] = Future()
        threading.Thread(target=self._run, args=(work,), daemon=True, name="doctor").start()

    def get(self) -> T:
        """What it gave, as soon as it is there. Raises what it raised."""
        return self._future.result()

    def _run(self, work: Callable[[], T]) -> None:
        try:
            self._future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            self._future.set_exception(error)
