"""The steps that ask the engine itself: start the story that puts back, recall what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from core import wire
from core.errors import CannotStart
from core.ids import RunId
from core.report import CheckReport, Memory
from handlers.engines import Json, Known, Starter, Step
from handlers.keys import key_of
from handlers.orders import Recalled, RecallRequest, RestoreOrder
from handlers.starting import look, start_story

__all__ = ["KEEPING", "keeping_steps", "memories_in", "owed"]

_BROKEN = ("Failed", "Terminated", "Canceled")
_OVER = ("Completed", *_BROKEN)


async def expect_end(request: Json, starter: Starter) -> Json:
    """Start the story that puts back, unless it has been.

    Raises `CannotStart`, also for one that is over: it would put back nothing any more.
    """
    order = wire.load(RestoreOrder, request)
    known = await look(starter, order.key)
    if known is not None and known.state in _OVER:
        raise CannotStart(order.key, "it is over already")
    await start_story("restore", order.key, request, starter)
    return order.key


async def recall(request: Json, starter: Starter) -> Json:
    """What a gate has changed, and whether somebody puts it back. Raises `CannotStart`."""
    asked = wire.load(RecallRequest, request)
    aftermath = await look(starter, asked.aftermath)
    if aftermath is not None and _puts_back(aftermath):
        return wire.dump(Recalled(by="aftermath", post_event=True))
    gate = await look(starter, asked.gate)
    return wire.dump(replace(_recalled(gate), post_event=aftermath is not None))


async def owed(gate: Known | None, run: RunId, starter: Starter) -> tuple[Memory, ...]:
    """What the story of the post event has to put back: what nobody has, and nobody failed to tell.

    Raises `pydantic.ValidationError` if the gate's report cannot be read, and `CannotStart`.
    """
    output = gate.output if gate else None
    if not isinstance(output, Mapping) or not (memories := memories_in(output)) or _undone(output):
        return ()
    restore = await look(starter, key_of("restore", run))
    restored = restore.output if restore else None
    return () if isinstance(restored, Mapping) and _undone(restored) else memories


def _puts_back(aftermath: Known) -> bool:
    """It has, or is going to: it may have begun when nothing was known of the gate's changes."""
    if aftermath.state in _BROKEN:
        return False
    if isinstance(aftermath.output, Mapping):
        return _undone(aftermath.output)
    shown = aftermath.status
    return not isinstance(shown, Mapping) or bool(shown.get("undoes", True))


def _recalled(gate: Known | None) -> Recalled:
    if gate is None:
        return Recalled(problem="its gate is not there any more", final=True)
    if not isinstance(gate.output, Mapping):
        over = gate.state in _OVER
        how = "has failed" if over else "is still at work"
        return Recalled(problem=f"its gate {how}", final=over)
    try:
        memories = memories_in(gate.output)
        return Recalled(memories=memories, by="gate" if _undone(gate.output) else None)
    except ValidationError:
        return Recalled(problem="the report of its gate cannot be read", final=True)


def memories_in(output: Mapping[str, Any]) -> tuple[Memory, ...]:
    """What a gate's report says was changed. Raises `pydantic.ValidationError`."""
    return wire.load(tuple[Memory, ...], output.get("memories", []))


def _undone(output: Mapping[str, Any]) -> bool:
    """All of it, and without a failure. Raises `pydantic.ValidationError`."""
    undone = wire.load(tuple[CheckReport, ...], output.get("undone", []))
    return bool(undone) and not any(one.failing for one in undone)


# name → the step, which needs the engine.
KEEPING = {"expect_end": expect_end, "recall": recall}


def keeping_steps(starter: Starter) -> dict[str, Step]:
    """These steps as plain functions, for engines that take no others."""

    def plain(name: str) -> Step:
        return lambda request: asyncio.run(KEEPING[name](request, starter))

    return {name: plain(name) for name in KEEPING}
