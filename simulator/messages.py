"""A request to the simulator, the answer to it, and what is remembered of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

__all__ = ["Reply", "Request", "Seen", "What", "arm_error", "not_found"]

What = Literal["graph", "cancel", "read", "arm", "site", "other"]

_GRAPH = "/providers/microsoft.resourcegraph/resources"
_ARM = "/subscriptions/"
_RUNS = "/providers/microsoft.maintenance/applyupdates/"
_SITE = ".simulator"
_HOST_MAINTENANCE = _RUNS + "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came over the wire. `json` is None for a body that is empty or not JSON.

    Names of headers are in lower case, and so are those of the `query`. `host` has its port.
    """

    method: str
    path: str
    api_version: str | None = None
    authorised: bool = False
    json: Any = None
    raw: bytes = b""
    host: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The path as Azure compares it: without case, without a slash at the end."""
        return self.path.lower().rstrip("/")

    @property
    def dangerous(self) -> bool:
        """It would start maintenance of the host, which Patchgate must never do."""
        return self.method != "GET" and self.key.endswith(_HOST_MAINTENANCE)

    @property
    def site(self) -> str | None:
        """The name of the web server that it is for; None if it is for Azure."""
        name = self.host.partition(":")[0].lower()
        return name.removesuffix(_SITE) if name.endswith(_SITE) else None

    @property
    def page(self) -> tuple[str | None, str]:
        """The web server that it is for, and the path on it."""
        return self.site, self.path

    @property
    def content(self) -> Any:
        """The body: JSON, or else text; None if there is none."""
        if self.json is not None or not self.raw:
            return self.json
        return self.raw.decode(errors="replace")

    @property
    def what(self) -> What:
        """Which of the APIs it is for."""
        if self.site is not None:
            return "site"
        if self.method == "POST" and self.key == _GRAPH:
            return "graph"
        if _RUNS not in self.key or self.dangerous:
            return "arm" if self.key.startswith(_ARM) and not self.dangerous else "other"
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

    `status` is None while there is no answer, and for ever if the connection was dropped. What came
    for a site is kept as it came: `raw` bytes and `headers`, whose names are in lower case, as are
    those of the `query`.
    """

    at: datetime
    method: str
    path: str
    what: What
    status: int | None = None
    body: Any = None
    note: str = ""
    host: str = ""
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)


def arm_error(
    status: int, code: str, message: str, *, details: tuple[Mapping[str, Any], ...] = ()
) -> Reply:
    """An error in the form that Azure Resource Manager gives all of them."""
    error: dict[str, Any] = {"code": code, "message": message}
    if details:
        error["details"] = list(details)
    return Reply(status=status, body={"error": error}, headers={"x-ms-failure-cause": "service"})


def not_found(request: Request) -> Reply:
    """What Azure Resource Manager says of a path that leads nowhere."""
    return arm_error(404, "ResourceNotFound", f"The resource '{request.path}' was not found.")
