"""The trigger's work: understand an event, start its story, answer at once.

Event Grid waits 30 seconds for the answer and delivers again without one, at least once and in any
order. So nothing is judged here: a story is started under a key that a second delivery finds. Only
when the engine takes no story does the trigger stay with the event (see `last_resort`).
"""

from __future__ import annotations

import asyncio
import fnmatch
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from core import wire
from core.errors import BadEvent, CannotStart, RefusedEvent, shorten
from core.model import MaintenanceEvent, PostMaintenanceEvent, PreMaintenanceEvent
from handlers.engines import Known, Starter
from handlers.events import POST, PRE, envelopes, event_type, parse_event
from handlers.keys import key_of
from handlers.last_resort import start_or_cancel
from handlers.orders import AftermathOrder, GateOrder
from handlers.services import Services

__all__ = ["Receipt", "accept", "ignored"]

_log = logging.getLogger("patchgate")

# Events of other types since this process began, by type: for whoever looks into it.
ignored: Counter[str] = Counter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of one event. `key` is that of its story, empty for an ignored event."""

    key: str
    outcome: Literal["started", "known", "ignored", "cancelled by the trigger"]


async def accept(
    body: str | bytes | Mapping[str, Any] | Sequence[Any], starter: Starter, services: Services
) -> tuple[Receipt, ...]:
    """Accept one delivery: an event, or an array of them.

    Raises `BadEvent`, `RefusedEvent` or `CannotStart`, so that Event Grid delivers again and in
    the end dead-letters what nobody took. Of an array every event is tried before that.
    """
    found: list[Mapping[str, Any]] = []
    problems: list[Exception] = []
    try:
        for envelope in envelopes(body):
            found.append(envelope)  # noqa: PERF402 - one by one: what came before a refusal counts
    except BadEvent as error:
        problems.append(error)
    # Side by side: whoever has to hold on to one event must not keep its neighbours waiting.
    outcomes = await asyncio.gather(
        *(_accept_one(envelope, starter, services) for envelope in found), return_exceptions=True
    )
    receipts = tuple(outcome for outcome in outcomes if isinstance(outcome, Receipt))
    problems += [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    for problem in problems:
        _log.error("event not accepted: %s", shorten(str(problem), 500))
    if problems:
        raise problems[0] if len(problems) == 1 else ExceptionGroup("events", problems)
    return receipts


async def _accept_one(envelope: Mapping[str, Any], starter: Starter, services: Services) -> Receipt:
    kind = event_type(envelope)
    if kind not in (PRE, POST):
        ignored[shorten(kind, 80)] += 1
        _log.info("ignored an event of type %r", shorten(kind, 80))
        return Receipt(key="", outcome="ignored")
    event = parse_event(envelope)
    _allowed(event, services.settings.configurations)
    if isinstance(event, PreMaintenanceEvent):
        return await _start_gate(event, starter, services)
    assert isinstance(event, PostMaintenanceEvent)  # noqa: S101 - parse_event makes these two
    return await _start_aftermath(event, starter, services)


def _allowed(event: MaintenanceEvent, globs: tuple[str, ...]) -> None:
    configuration = event.configuration.key
    if not any(fnmatch.fnmatchcase(configuration, glob.lower()) for glob in globs):
        raise RefusedEvent(str(event.configuration), globs)


async def _start_gate(event: PreMaintenanceEvent, starter: Starter, services: Services) -> Receipt:
    key = key_of("gate", event.run)
    policy, by_tags = services.policy_for(event.configuration)
    order = wire.dump(GateOrder(key=key, event=event, policy=policy, by_tags=by_tags))
    outcome = await start_or_cancel(
        partial(_start, "gate", key, order, starter), event, policy, services
    )
    if isinstance(outcome, Receipt):
        return outcome
    return Receipt(key=key, outcome="cancelled by the trigger")


async def _start_aftermath(
    event: PostMaintenanceEvent, starter: Starter, services: Services
) -> Receipt:
    key = key_of("aftermath", event.run)
    gate = await _look(starter, key_of("gate", event.run))
    policy, by_tags = services.policy_for(event.configuration)
    order = AftermathOrder(
        key=key,
        event=event,
        ours=_was_ours(gate),
        give_up_after=services.settings.results_wait,
        policy=policy,
        by_tags=by_tags,
    )
    return await _start("aftermath", key, wire.dump(order), starter)


def _was_ours(gate: Known | None) -> bool:
    """Our gate sent the cancel call for this run."""
    output = gate.output if gate else None
    return isinstance(output, Mapping) and output.get("cancellation") is not None


async def _start(
    story: Literal["gate", "aftermath"], key: str, order: Any, starter: Starter
) -> Receipt:
    """Start a story unless there is one; a finished one would be silently replaced: look first."""
    if (known := await _look(starter, key)) is not None:
        return _known(key, known)
    try:
        await starter.start(story, key, order)
    except CannotStart:
        # Another delivery may have been faster, between our look and our start.
        if (known := await _look(starter, key)) is not None:
            return _known(key, known)
        raise
    _log.info("started %s", key)
    return Receipt(key=key, outcome="started")


async def _look(starter: Starter, key: str) -> Known | None:
    try:
        return await starter.look(key)
    except CannotStart:
        raise
    except Exception as error:  # whatever the engine's client raises: no answer is never a yes
        raise CannotStart(
            key, f"its state cannot be read: {type(error).__name__}: {error}"
        ) from error


def _known(key: str, known: Known) -> Receipt:
    if known.state == "Failed" and key.startswith("gate-"):
        # A gate that broke down has judged nothing, and starting it again would end the same way.
        raise CannotStart(key, "its story has failed; see the log of the app")
    _log.info("%s is known already (%s): nothing to do", key, known.state)
    return Receipt(key=key, outcome="known")
