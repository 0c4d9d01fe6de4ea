"""A session that remembers what was sent, for whoever is interrupted before the answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arm.answer import Answer, Fate
from arm.session import ArmSession
from core.ids import ArmPath, RunId

__all__ = ["WatchedSession"]


class WatchedSession(ArmSession):
    """`cancels` counts the cancel calls that may have had their effect."""

    cancels = 0

    def send(
        self,
        method: str,
        target: RunId | ArmPath,
        *,
        api_version: str,
        until: datetime,
        body: dict[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        largest: int = 1_000_000,
    ) -> Answer:
        """Send it, and count it from the moment at which it may be on its way."""
        self.cancels += method == "PUT"
        answer = super().send(
            method,
            target,
            api_version=api_version,
            until=until,
            body=body,
            query=query,
            largest=largest,
        )
        self.cancels -= method == "PUT" and answer.fate is Fate.NOT_SENT
        return answer
