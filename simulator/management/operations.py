"""Long-running operations, as Azure Resource Manager tells how they go.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core.clock import Clock
from simulator.messages import Reply, Request, not_found
from simulator.rows.row import guid

__all__ = ["Failure", "Operations"]

_POLLS = 2
_TAKES = timedelta(seconds=2)  # of the story's time, for those who do not ask how it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How an operation ends that does not work."""

    code: str
    message: str


@dataclass(slots=True, kw_only=True)
class _Operation:
    began: datetime
    end: Callable[[], None]
    failure: Failure | None
    polls: int = 0
    over: bool = False

    def settle(self, now: datetime) -> None:
        if not self.over and (self.polls >= _POLLS or now >= self.began + _TAKES):
            self.over = True
            self.end()


class Operations:
    """All that are under way. One ends when it was asked about twice, or after two seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._started: dict[str, _Operation] = {}

    def start(self, end: Callable[[], None], failure: Failure | None = None) -> str:
        """Begin one; `end` does what it is for, once it ends. Answers its id."""
        with self._lock:
            id_ = guid(f"operation {len(self._started)}")
            began = self._clock.now()
            self._started[id_] = _Operation(began=began, end=end, failure=failure)
        return id_

    def settle(self) -> None:
        """End those that have taken long enough."""
        now = self._clock.now()
        with self._lock:
            for operation in self._started.values():
                operation.settle(now)

    def answer(self, request: Request) -> Reply | None:
        """How one goes; None for a path that is not about one."""
        head, _, id_ = request.key.rpartition("/")
        if request.method != "GET" or not head.endswith(("/operationsstatus", "/operationresults")):
            return None
        with self._lock:
            operation = self._started.get(id_)
            if operation is None:
                return not_found(request)
            operation.polls += 1
            operation.settle(self._clock.now())
        if head.endswith("/operationresults"):
            return Reply(status=204 if operation.over else 202, headers=_location(request))
        return Reply(status=200, body=_told(request.path, id_, operation))


def _location(request: Request) -> dict[str, str]:
    return {"Location": f"http://{request.host}{request.path}?api-version={request.api_version}"}


def _told(path: str, id_: str, operation: _Operation) -> dict[str, Any]:
    told: dict[str, Any] = {"id": path, "name": id_, "status": "InProgress"}
    if operation.over and operation.failure is not None:
        error = {"code": operation.failure.code, "message": operation.failure.message}
        told |= {"status": "Failed", "error": error}
    elif operation.over:
        told["status"] = "Succeeded"
    return told
