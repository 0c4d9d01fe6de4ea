"""A process of its own for the first event after a cold start: prints the milliseconds it takes.

The host has indexed `function_app` by then, and whatever an event needs beyond that is imported.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_EVENT = Path(__file__).parents[1] / "samples" / "events" / "pre.eventgrid.json"


@dataclass(frozen=True, kw_only=True)
class _Event:
    """What the host hands over."""

    id: str
    topic: str
    subject: str
    event_type: str
    data: Any
    event_time: datetime = field(default_factory=lambda: datetime.now(UTC))

    def get_json(self) -> Any:
        return self.data


class _Client:
    """A Durable client that starts nothing."""

    async def get_status(self, key: str) -> None:
        return None

    async def start_new(self, story: str, key: str, order: Any) -> None:
        return None


async def _ours(text: str) -> float:
    app = importlib.import_module("function_app")  # as the host does
    (raw,) = json.loads(text)
    event = _Event(
        id=raw["id"],
        topic=raw["topic"],
        subject=raw["subject"],
        event_type=raw["eventType"],
        data=raw["data"],
    )
    began = time.perf_counter()
    await app.patchgate().accept(event, _Client())
    return 1000 * (time.perf_counter() - began)


def _floor(text: str) -> float:
    from benchmarks.accepting import floor  # noqa: PLC0415 - not part of what is measured

    began = time.perf_counter()
    floor(text, {})
    return 1000 * (time.perf_counter() - began)


def main(which: str) -> None:
    """Measure one of the two."""
    text = _EVENT.read_text(encoding="utf-8")
    print(json.dumps(asyncio.run(_ours(text)) if which == "ours" else _floor(text)))


if __name__ == "__main__":
    main(*sys.argv[1:])
