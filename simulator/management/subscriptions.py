"""A subscription itself, with the time at which Azure answers, by Azure's clock.

Source: https://learn.microsoft.com/rest/api/resources/subscriptions/get
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import format_datetime

from core.clock import Clock
from simulator.messages import Reply, Request

__all__ = ["Subscriptions"]

_ONE = re.compile(r"/subscriptions/(?P<id>[^/]+)")


class Subscriptions:
    """The desk for subscriptions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def answer(self, request: Request) -> Reply | None:
        """The subscription; None for another path."""
        found = _ONE.fullmatch(request.key)
        if found is None or request.method != "GET":
            return None
        body = {
            "id": found[0],
            "subscriptionId": found["id"],
            "displayName": "a subscription",
            "state": "Enabled",
        }
        date = format_datetime(self._clock.now().astimezone(UTC), usegmt=True)
        return Reply(status=200, body=body, headers={"Date": date})
