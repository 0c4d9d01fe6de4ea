"""A Patchgate that stops for ever at one named point of one run's story, until it is killed there.

The app itself knows nothing of it: these are its own parts with a gate in front of some calls.
"""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import handlers.app
from arm.answer import Answer
from arm.session import ArmSession
from core.clock import Clock
from core.settings import Settings
from handlers.app import Patchgate
from handlers.engines import Json
from handlers.engines.durable_functions import DurableStarter
from handlers.services import Services

__all__ = ["Point", "holding"]

_BEGINS = 12  # OrchestratorStarted: one for each replay


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where to stop: a `place` such as "before PUT", in the story of the run whose id has this."""

    place: str
    run: str

    def is_here(self, place: str, told: object) -> bool:
        """Whether this is the place, and what is told there is about the run."""
        return place == self.place and self.run.lower() in json.dumps(told, default=str).lower()


def holding(settings: Settings, root: Path, clock: Clock, point: Point) -> Patchgate:
    """The app, on this clock, that stops at this point."""
    gate = _Held(settings, root)
    gate.point = point
    # The app makes its own services, for the machine's clock.
    gate._services = _HeldServices(settings=settings, root=root, clock=clock)  # noqa: SLF001
    gate._services.point = point  # noqa: SLF001
    app: Any = handlers.app
    app.DurableStarter = _starter(point)
    return gate


_first = threading.Semaphore()


def _say() -> None:
    """The point is reached; two steps at once may come to it."""
    if _first.acquire(blocking=False):
        print("held", flush=True)  # noqa: T201 - to the test that waits for it


def _stop() -> None:
    _say()
    threading.Event().wait()


class _Held(Patchgate):
    point: Point

    def tell(self, story: str, context: Any) -> Any:
        replay = sum(event.event_type == _BEGINS for event in context.histories)
        if self.point.is_here(f"replay {replay}", context.get_input()):
            _stop()
        return super().tell(story, context)

    async def step(self, name: str, request: Json) -> Json:
        if self.point.is_here(f"before {name}", request):
            await _stop_here()
        answer = await super().step(name, request)
        if self.point.is_here(f"after {name}", request):
            await _stop_here()
        return answer


async def _stop_here() -> None:
    _say()
    await asyncio.Event().wait()


class _HeldServices(Services):
    point: Point

    def _session(self) -> ArmSession:
        session = _HeldSession(self._endpoint, self._credential, self.clock)
        session.point = self.point
        return session


class _HeldSession(ArmSession):
    point: Point

    def send(self, method: str, target: Any, **options: Any) -> Answer:
        if self.point.is_here(f"before {method}", str(target)):
            _stop()
        answer = super().send(method, target, **options)
        if self.point.is_here(f"after {method}", str(target)):
            _stop()
        return answer


def _starter(point: Point) -> type[DurableStarter]:
    class Held(DurableStarter):
        async def start(self, story: str, key: str, order: Json) -> None:
            if point.is_here("before start", order):
                await _stop_here()
            await super().start(story, key, order)
            if point.is_here("after start", order):
                await _stop_here()

    return Held
