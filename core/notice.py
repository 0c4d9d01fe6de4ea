"""What people are told about a run: one notice for each state that it comes to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["NOTICE_STATES", "Notice", "NoticeState"]

NoticeState = Literal["start", "blocked", "cancelled", "unconfirmed", "finished", "undone"]
NOTICE_STATES: tuple[NoticeState, ...] = (
    "start",
    "blocked",
    "cancelled",
    "unconfirmed",
    "finished",
    "undone",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A run has come to a state. `run` and `configuration` are ids, `start` is in UTC.

    `blocked` is told when it is decided, `cancelled` when that is proven, `unconfirmed` when it is
    not. `machines` counts them; `report_url` is where all of it can be read.
    """

    state: NoticeState
    run: str
    configuration: str
    headline: str
    start: datetime
    reasons: tuple[str, ...] = ()
    machines: int = 0
    report_url: str | None = None

    @property
    def key(self) -> str:
        """The same whenever this state of this run is told; letter case of the id is nothing."""
        digest = hashlib.sha256(self.run.lower().encode()).hexdigest()[:24]
        return f"patchgate-{digest}-{self.state}"
