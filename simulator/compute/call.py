"""One request as the desks of machines see it, from the wire or from somebody else's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from simulator.messages import Reply, Request

__all__ = ["Call", "CallDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, when it is dealt with, and who it comes from."""

    request: Request
    at: datetime
    by: str

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that was sent; an empty one if there was none."""
        return self.request.json if isinstance(self.request.json, dict) else {}

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties."""
        found = self.body.get("properties")
        return found if isinstance(found, dict) else {}


class CallDesk(Protocol):
    """Answers for some of the paths."""

    def answer(self, call: Call) -> Reply | None:
        """The answer, or None if the path is not one of its own."""
        ...
