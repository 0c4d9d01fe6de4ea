"""What the app tells of what it does. Nothing, at the cost of a look, until `use` was called.

Whatever goes wrong in here goes into the log, and never into the way of a step: the cancel call
does not depend on anybody looking.
"""

from __future__ import annotations

import contextvars
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

    from core.ids import RunId
    from core.measures import Report
    from handlers.telemetry.fields import Value
    from handlers.telemetry.recorder import Recorder

__all__ = ["Told", "carried", "event", "record", "step", "use"]

_log = logging.getLogger("patchgate")

Given = TypeVar("Given")
Got = TypeVar("Got")


class Told(Protocol):
    """What is being told about one thing that happens."""

    def tell(self, **fields: Value) -> None:
        """More of it: `outcome="started"` is the field `patchgate.outcome`."""

    def answer(self, answer: object) -> None:
        """What came of a step."""


class _Untold:
    """Nobody listens."""

    def tell(self, **fields: Value) -> None:
        pass

    def answer(self, answer: object) -> None:
        pass

    def __enter__(self) -> Told:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


_UNTOLD = _Untold()
_recorder: Recorder | None = None


def use(recorder: Recorder | None) -> None:
    """Tell it to that one from now on; to nobody for None."""
    global _recorder  # noqa: PLW0603 - one process, one place that it is told to
    _recorder = recorder


def event(run: RunId) -> AbstractContextManager[Told]:
    """An event about this run has been delivered, and is being accepted."""
    return _UNTOLD if _recorder is None else _recorder.event(run)


def step(name: str, request: object) -> AbstractContextManager[Told]:
    """A step is being taken."""
    return _UNTOLD if _recorder is None else _recorder.step(name, request)


def record(report: Report) -> None:
    """A story has ended."""
    if _recorder is not None:
        try:
            _recorder.record(report)
        except Exception as error:  # noqa: BLE001 - nobody's run may suffer from being measured
            _log.warning("a report could not be measured: %s", type(error).__name__)


def carried(work: Callable[[Given], Got]) -> Callable[[Given], Got]:
    """The work, knowing on whatever thread what it is part of."""
    if _recorder is None:
        return work
    context = contextvars.copy_context()
    return lambda given: context.run(work, given)
