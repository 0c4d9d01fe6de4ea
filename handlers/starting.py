"""Start a story once, however often it is asked for."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Literal, TypeVar

from core.errors import CannotStart
from core.model import PreMaintenanceEvent
from handlers.engines import Json, Known, Starter
from handlers.keys import Kind, is_gate, key_of
from handlers.orders import GateOrder
from handlers.services import Services
from handlers.status import has_result

__all__ = ["Receipt", "gate_order", "look", "soon", "start_story"]

_log = logging.getLogger("patchgate")

T = TypeVar("T")

_ENGINE = 15.0  # real seconds: an engine that has not answered by then is stuck


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one event. `key` is that of its story, empty for an ignored event."""

    key: str
    outcome: Literal["started", "known", "ignored", "cancelled by the trigger"]


def gate_order(
    event: PreMaintenanceEvent, services: Services, warning: str | None = None
) -> GateOrder:
    """What a gate is given: the event, and the policy that is in force now."""
    policy, by_tags = services.policy_for(event.configuration)
    key = key_of("gate", event.run)
    return GateOrder(key=key, event=event, policy=policy, by_tags=by_tags, warning=warning)


async def start_story(story: Kind, key: str, order: Json, starter: Starter) -> Receipt:
    """Start a story unless there is one; a finished one would be silently replaced: look first.

    Raises `CannotStart`, also for a gate that has failed.
    """
    if (known := await look(starter, key)) is not None:
        return _known(key, known)
    try:
        await soon(starter.start(story, key, order))
    except (CannotStart, TimeoutError) as error:
        # Another delivery may have been faster, between our look and our start; and an engine that
        # does not answer may have taken the story.
        if (known := await look(starter, key)) is not None:
            return _known(key, known)
        raise CannotStart(key, str(error) or "the engine does not answer") from error
    _log.info("started %s", key)
    return Receipt(key=key, outcome="started")


async def look(starter: Starter, key: str) -> Known | None:
    """The story of that key. Raises `CannotStart` if nobody can say whether there is one."""
    try:
        return await soon(starter.look(key))
    except CannotStart:
        raise
    except TimeoutError as error:
        raise CannotStart(key, "the engine does not say how it stands") from error
    except Exception as error:  # whatever the engine's client raises: no answer is never a yes
        raise CannotStart(
            key, f"its state cannot be read: {type(error).__name__}: {error}"
        ) from error


async def soon(answer: Awaitable[T]) -> T:
    """The engine's answer. Raises `TimeoutError` if it takes too long."""
    return await asyncio.wait_for(answer, _ENGINE)


def _known(key: str, known: Known) -> Receipt:
    failed = known.state == "Failed" and not has_result(known.status, known.output)
    if failed and is_gate(key):
        # A gate that broke down has judged nothing, and starting it again would end the same way.
        raise CannotStart(key, "its story has failed; see the log of the app")
    _log.info("%s is known already (%s): nothing to do", key, known.state)
    return Receipt(key=key, outcome="known")
