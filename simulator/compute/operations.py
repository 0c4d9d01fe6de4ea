"""Long-running operations of machines and disks, which take the story's time.

Sources: https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations (the
two headers, and that the place to ask at is one of the region) and, for servers of Arc,
https://learn.microsoft.com/rest/api/hybridcompute/machine-run-commands/create-or-update
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.management.operations import Failure
from simulator.messages import Reply, Request, not_found
from simulator.rows.row import guid
from simulator.templates import stamp

__all__ = ["LongRunning", "Operation"]

_PLACE = re.compile(
    r"/subscriptions/[^/]+/providers/microsoft\.(compute|hybridcompute)/locations/[^/]+"
    r"/(?:operations|operationstatus)/(?P<id>[^/]+)"
)
_PREEMPTED = Failure(
    code="OperationPreempted",
    message="Operation execution has been preempted by a more recent operation.",
)


@dataclass(slots=True, kw_only=True)
class Operation:
    """One of them. `ends` None is never; `about` is the key of what it changes."""

    id: str
    about: str
    began: datetime
    ends: datetime | None
    failure: Failure | None = None

    def over(self, now: datetime) -> bool:
        """It has ended by then."""
        return self.ends is not None and self.ends <= now

    def status(self, now: datetime) -> str:
        """In the words of Azure."""
        if not self.over(now):
            return "InProgress"
        return "Failed" if self.failure else "Succeeded"


class LongRunning:
    """All operations. For one thread at a time."""

    def __init__(self, retry_after: int) -> None:
        self._retry_after = str(retry_after)
        self._all: dict[str, Operation] = {}
        self._about: dict[str, list[Operation]] = {}

    def begin(
        self, about: str, began: datetime, ends: datetime | None, failure: Failure | None = None
    ) -> Operation:
        """Take one on."""
        id_ = guid(f"long-running operation {len(self._all)}")
        made = Operation(id=id_, about=about, began=began, ends=ends, failure=failure)
        self._all[id_] = made
        self._about.setdefault(about, []).append(made)
        return made

    def under_way(self, about: str, now: datetime) -> list[Operation]:
        """Those about it that have not ended."""
        return [one for one in self._about.get(about, ()) if not one.over(now)]

    def last(self, about: str) -> Operation:
        """The most recent one about it."""
        return self._about[about][-1]

    def preempt(self, about: str, now: datetime) -> None:
        """End those about it that have not ended: a more recent one takes their place."""
        for operation in self.under_way(about, now):
            operation.ends, operation.failure = now, _PREEMPTED

    def headers(self, request: Request, location: str, operation: Operation) -> dict[str, str]:
        """Where it can be seen how it goes, and how long to wait before each look."""
        subscription = request.path.split("/")[2]
        arc = "microsoft.hybridcompute" in request.key
        kind = "HybridCompute/locations" if arc else "Compute/locations"
        last = "operationstatus" if arc else "operations"
        place = (
            f"http://{request.host}/subscriptions/{subscription}/providers/Microsoft.{kind}"
            f"/{location}/{last}/{operation.id}"
        )
        version = f"api-version={request.api_version}"
        return {
            "Azure-AsyncOperation": f"{place}?{version}",
            "Location": f"{place}?monitor=true&{version}",
            "Retry-After": self._retry_after,
        }

    def behind(self, reply: Reply) -> Operation | None:
        """The operation that an answer tells of."""
        place = reply.headers.get("Azure-AsyncOperation", "").partition("?")[0]
        return self._all.get(place.rpartition("/")[2])

    def answer(self, request: Request, now: datetime) -> Reply | None:
        """How one goes; None for a path that is not about one."""
        wanted = _PLACE.fullmatch(request.key)
        if wanted is None or request.method != "GET":
            return None
        operation = self._all.get(wanted["id"])
        if operation is None:
            return not_found(request)
        wait = {} if operation.over(now) else {"Retry-After": self._retry_after}
        if request.query.get("monitor") == "true":
            return Reply(status=200 if operation.over(now) else 202, headers=wait)
        return Reply(status=200, body=_told(operation, now), headers=wait)


def _told(operation: Operation, now: datetime) -> dict[str, Any]:
    told: dict[str, Any] = {
        "startTime": stamp(operation.began),
        "status": operation.status(now),
        "name": operation.id,
    }
    if operation.over(now) and operation.ends is not None:
        told["endTime"] = stamp(operation.ends)
    if told["status"] == "Failed" and operation.failure is not None:
        told["error"] = {"code": operation.failure.code, "message": operation.failure.message}
    return told
