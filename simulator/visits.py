"""Everything that was asked, in order, and what the scenario lets go wrong with it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Literal

from core.clock import Clock
from simulator.messages import Request, Seen
from simulator.scenario import Fault
from simulator.sites import Sites

__all__ = ["Visit", "Visits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that has arrived: where it is remembered, and what shall go wrong with it.

    `delay` is in seconds of the story's time, until anything else happens; `drop` is when the
    connection is closed instead of answering.
    """

    request: Request
    index: int
    fault: Fault | None = None
    delay: float = 0.0
    drop: Literal["before", "after"] | None = None


class Visits:
    """All requests of one story. Safe to use from several threads."""

    def __init__(self, faults: tuple[Fault, ...], sites: Sites, clock: Clock) -> None:
        self._faults, self._sites, self._clock = faults, sites, clock
        self._lock = threading.Lock()
        self._seen: list[Seen] = []
        self._arrived: dict[str, int] = {}
        self._meant: dict[int, int] = {}  # by the number of a narrow fault

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Every request so far, in the order of arrival."""
        with self._lock:
            return tuple(self._seen)

    def arrive(self, request: Request) -> Visit:
        """Remember a request, and choose what goes wrong with it."""
        seen = _remembered(request, self._clock)
        with self._lock:
            self._seen.append(seen)
            index = len(self._seen) - 1
            if request.what == "site":
                return self._at_site(request, index)
            for kind in (request.what, "any"):
                self._arrived[kind] = self._arrived.get(kind, 0) + 1
            fault = self._fault(request)
        if fault is None:
            return Visit(request=request, index=index)
        return Visit(request=request, index=index, fault=fault, delay=fault.delay, drop=fault.drop)

    def leave(self, visit: Visit, status: int | None, note: str) -> None:
        """Remember how a request was answered; None if it was not."""
        with self._lock:
            self._seen[visit.index] = replace(self._seen[visit.index], status=status, note=note)

    def _at_site(self, request: Request, index: int) -> Visit:
        """No server answers for a name that the scenario does not have."""
        if not self._sites.known(request):
            return Visit(request=request, index=index, drop="before")
        return Visit(request=request, index=index, delay=self._sites.delay(request))

    def _fault(self, request: Request) -> Fault | None:
        """The first that hits; narrow ones count those that they mean, hit or not."""
        found: Fault | None = None
        for number, fault in enumerate(self._faults):
            if fault.on not in (request.what, "any"):
                continue
            arrived = self._arrived[fault.on]
            if fault.narrow:
                if not fault.means(request.method, request.path):
                    continue
                arrived = self._meant[number] = self._meant.get(number, 0) + 1
            if found is None and fault.hits(arrived):
                found = fault
        return found


def _remembered(request: Request, clock: Clock) -> Seen:
    site = request.what == "site"
    return Seen(
        at=clock.now(),
        method=request.method,
        path=request.path,
        what=request.what,
        body=request.content if site else request.json,
        host=request.host,
        raw=request.raw if site else b"",
        headers=request.headers if site else {},
        query=request.query,
    )
