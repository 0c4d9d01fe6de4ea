"""The steps that ask the engine itself: start the story that puts back, recall what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from core import wire
from core.report import Memory
from handlers.engines import Json, Known, Starter, Step
from handlers.orders import Recalled, RecallRequest, RestoreOrder
from handlers.starting import look, start_story

__all__ = ["KEEPING", "keeping_steps", "memories_in"]

_OVER = ("Completed", "Failed", "Terminated", "Canceled")


async def expect_end(request: Json, starter: Starter) -> Json:
    """Start the story that puts back, unless it has been. Raises `CannotStart`."""
    order = wire.load(RestoreOrder, request)
    await start_story("restore", order.key, request, starter)
    return order.key


async def recall(request: Json, starter: Starter) -> Json:
    """What a gate has changed, and whether somebody puts it back. Raises `CannotStart`."""
    asked = wire.load(RecallRequest, request)
    aftermath = await look(starter, asked.aftermath)
    if aftermath is not None and aftermath.state != "Failed":
        return wire.dump(Recalled(by="aftermath"))
    gate = await look(starter, asked.gate)
    return wire.dump(_recalled(gate))


def _recalled(gate: Known | None) -> Recalled:
    if gate is None:
        return Recalled(problem="its gate is not there any more")
    if not isinstance(gate.output, Mapping):
        how = "has failed" if gate.state in _OVER else "is still at work"
        return Recalled(problem=f"its gate {how}, and nobody knows what it has changed")
    try:
        memories = memories_in(gate.output)
    except ValidationError:
        return Recalled(problem="the report of its gate cannot be read")
    return Recalled(memories=memories, by="gate" if _undone(gate.output) else None)


def memories_in(output: Mapping[str, Any]) -> tuple[Memory, ...]:
    """What a gate's report says was changed. Raises `pydantic.ValidationError`."""
    return wire.load(tuple[Memory, ...], output.get("memories", []))


def _undone(output: Mapping[str, Any]) -> bool:
    return bool(output.get("undone"))


# name → the step, which needs the engine.
KEEPING = {"expect_end": expect_end, "recall": recall}


def keeping_steps(starter: Starter) -> dict[str, Step]:
    """These steps as plain functions, for engines that take no others."""

    def plain(name: str) -> Step:
        return lambda request: asyncio.run(KEEPING[name](request, starter))

    return {name: plain(name) for name in KEEPING}
