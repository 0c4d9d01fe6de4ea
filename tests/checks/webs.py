"""A web client for tests: names lead to loopback, which only these tests allow."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from core.clock import Clock, ScaledClock
from plugins.reach import Page
from plugins.web import GuardedWeb
from tests.builders import NOON

__all__ = ["LOOPBACK", "SHOP", "Names", "fetch", "named", "web"]

LOOPBACK = ("127.0.0.0/8",)
SHOP = "shop.example.com"


class Names:
    """A name server: each name has these addresses, one answer after the other."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name: list(answer) for name, answer in answers.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        with suppress(ValueError):
            return (str(ip_address(host)),)
        answers = self._answers.get(host.partition(".")[0])
        if not answers:
            raise OSError("no such name")
        return answers.pop(0) if len(answers) > 1 else answers[0]


def hasty() -> Clock:
    """A clock by which a minute is a fifth of a second, for what only a deadline can end."""
    return ScaledClock(start=NOON, speed=300)


def web(
    *,
    names: Names | None = None,
    clock: Clock | None = None,
    seconds: float = 60,
    trust: Path | None = None,
    simulator: str | None = None,
) -> GuardedWeb:
    """A client with so many seconds; `shop` and `other` are on loopback."""
    clock = clock or ScaledClock(start=NOON)
    return GuardedWeb(
        clock=clock,
        until=clock.now() + timedelta(seconds=seconds),
        resolve=names or Names(shop=[["127.0.0.1"]], other=[["127.0.0.1"]]),
        trust=None if trust is None else str(trust),
        simulator=simulator,
    )


def named(url: str, host: str = SHOP) -> str:
    """The URL of a server on loopback, by another name."""
    return url.replace("127.0.0.1", host)


def fetch(url: str, *, allow: Sequence[str] = LOOPBACK, **options: Any) -> Page:
    """One page, with a client of its own; what is no option of the client goes to `fetch`."""
    mine = {
        k: options.pop(k)
        for k in ("names", "clock", "seconds", "trust", "simulator")
        if k in options
    }
    return web(**mine).fetch(url, allow=allow, **options)
