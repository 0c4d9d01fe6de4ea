"""Accepting an event: from the JSON that Event Grid posts to a story's order, handed to an engine.

The engine only remembers. The floor: parse the JSON, read the fields that matter, look into a dict.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.processes import answer_of
from benchmarks.sample import ROOT, envelope
from core.settings import Settings
from handlers.accept import accept
from handlers.engines import Json, Known
from handlers.services import Services

__all__ = ["figures", "floor"]

_MANY = 10  # events are so quick that a round has more of them


def figures(size: Size) -> Iterator[Figure]:
    """Milliseconds, of an event like any other and of the first in the life of a process."""
    ours, straight = alternate(_MANY * size.rounds, _ours, _floor)
    yield Figure(
        name="accept",
        title="accept an event",
        unit="ms",
        ours=Series(ours),
        floor=Series(straight),
        target=100,
    )
    first, first_floor = alternate(
        size.few,
        lambda: float(answer_of("first_event", "ours")),
        lambda: float(answer_of("first_event", "floor")),
    )
    yield Figure(
        name="accept-first",
        title="accept the first event (imports)",
        unit="ms",
        ours=Series(first),
        floor=Series(first_floor),
    )


@dataclass(frozen=True, slots=True)
class _Remembering:
    """An engine that starts nothing."""

    started: dict[str, Any]

    async def look(self, key: str) -> Known | None:
        known: Known | None = self.started.get(key)
        return known

    async def start(self, story: str, key: str, order: Json) -> None:
        self.started[key] = order


def _ours() -> float:
    text, services = json.dumps([envelope()]), Services(settings=Settings(), root=ROOT)

    async def timed() -> float:
        began = time.perf_counter()
        await accept(text, _Remembering({}), services)
        return 1000 * (time.perf_counter() - began)

    return asyncio.run(timed())


def _floor() -> float:
    text = json.dumps([envelope()])
    began = time.perf_counter()
    floor(text, {})
    return 1000 * (time.perf_counter() - began)


def floor(text: str, known: dict[str, Any]) -> None:
    """Accept events, trusting them."""
    for event in json.loads(text):
        data = event["data"]
        run = data["CorrelationId"]
        if event["eventType"].endswith("PreMaintenanceEvent") and run not in known:
            known[run] = (
                data["StartDateTime"],
                data["EndDateTime"],
                data["CancellationCutOffDateTime"],
                data["ResourceSubscriptionIds"],
            )
