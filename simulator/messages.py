"""A request to the simulator, the answer to it, and what is remembered of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

__all__ = ["Reply", "Request", "Seen", "What", "arm_error"]

What = Literal["graph", "cancel", "read", "other"]

_GRAPH = "/providers/microsoft.resourcegraph/resources"
_RUNS = "/providers/microsoft.maintenance/applyupdates/"
_HOST_MAINTENANCE = _RUNS + "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came over the wire. `json` is None for a body that is empty or not JSON."""

    method: str
    path: str
    api_version: str | None = None
    authorised: bool = False
    json: Any = None

    @property
    def key(self) -> str:
        """The path as Azure compares it: without case, without a slash at the end."""
        return self.path.lower().rstrip("/")

    @property
    def dangerous(self) -> bool:
        """It would start maintenance of the host, which Patchgate must never do."""
        return self.method != "GET" and self.key.endswith(_HOST_MAINTENANCE)

    @property
    def what(self) -> What:
        """Which of the APIs it is for."""
        if self.method == "POST" and self.key == _GRAPH:
            return "graph"
        if _RUNS not in self.key or self.dangerous:
            return "other"
        kinds: dict[str, What] = {"PUT": "cancel", "GET": "read"}
        return kinds.get(self.method, "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer: `body` is JSON, or text that is sent as it stands."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request as the simulator remembers it, with the story's time of its arrival.

    `status` is None while there is no answer, and for ever if the connection was dropped.
    """

    at: datetime
    method: str
    path: str
    what: What
    status: int | None = None
    body: Any = None
    note: str = ""


def arm_error(
    status: int, code: str, message: str, *, details: tuple[Mapping[str, Any], ...] = ()
) -> Reply:
    """An error in the form that Azure Resource Manager gives all of them."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = list(details)
    return Reply(status=status, body={"error": error}, headers={"x-ms-failure-cause": "service"})
