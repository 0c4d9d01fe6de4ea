"""What the tests of `arm` are made of: a credential, a session, and the run that they ask about."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from azure.core.credentials import AccessToken

from arm.answer import Answer
from arm.endpoint import Endpoint
from arm.session import ArmSession
from core.clock import Clock, ScaledClock
from core.ids import RunId
from tests.simulator.world import CANCEL, RUN, START, HandClock

__all__ = ["SCOPE", "VERSION", "Tokens", "cancel", "hasty", "send"]

SCOPE = "https://management.example/.default"
VERSION = "2023-09-01-preview"


class Tokens:
    """A credential: it gives `secret-1`, `secret-2`, … and remembers for which scopes."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.scopes: list[str] = []
        self._before = before

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self._before()
        self.scopes += scopes
        return AccessToken(f"secret-{len(self.scopes)}", int(time.time()) + 3600)


def send(
    url: str,
    method: str = "GET",
    *,
    run: RunId = RUN,
    credential: Tokens | None = None,
    clock: Clock | None = None,
    seconds: float = 600,
    body: dict[str, Any] | None = None,
    simulated: bool = False,
) -> Answer:
    """One request through a session of its own, with so many `seconds` of the story's time."""
    clock = clock or HandClock()
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=simulated)
    session = ArmSession(endpoint, credential or Tokens(), clock)
    until = clock.now() + timedelta(seconds=seconds)
    return session.send(method, run, api_version=VERSION, until=until, body=body)


def cancel(url: str, **options: Any) -> Answer:
    """The cancel call."""
    return send(url, "PUT", body=CANCEL, **options)


def hasty() -> ScaledClock:
    """A clock by which a minute is a fifth of a second, for what only a deadline can end."""
    return ScaledClock(start=START - timedelta(minutes=40), speed=300)
