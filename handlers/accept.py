"""The trigger's work: understand an event, start its story, answer at once.

Event Grid waits 30 seconds for the answer and delivers again without one, at least once and in any
order. So nothing is judged here: a story is started under a key that a second delivery finds. Only
when the engine takes no story does the trigger stay with the event (see `last_resort`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from core import wire
from core.errors import BadEvent, CannotStart, RefusedEvent, shorten
from core.model import MaintenanceEvent, PostMaintenanceEvent, PreMaintenanceEvent
from core.report import Memory
from handlers.engines import Known, Starter
from handlers.events import POST, PRE, envelopes, event_type, parse_event
from handlers.keeping import owed
from handlers.keys import key_of
from handlers.orders import AftermathOrder
from handlers.safety_net.last_resort import start_or_cancel
from handlers.services import Services
from handlers.starting import Receipt, gate_order, look, start_story
from handlers.telemetry import telling

__all__ = ["accept", "ignored"]

_log = logging.getLogger("patchgate")

_MOST_TYPES = 1000  # that are counted by name

# Events of other types since this process began, by type: for whoever looks into it.
ignored: Counter[str] = Counter()


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
    problems += [_problem(outcome) for outcome in outcomes if isinstance(outcome, BaseException)]
    for problem in problems:
        _log.error("event not accepted: %s", shorten(str(problem), 500))
    if problems:
        raise problems[0] if len(problems) == 1 else ExceptionGroup("events", problems)
    return receipts


def _problem(outcome: BaseException) -> Exception:
    """What was given up (`CancelledError` is no `Exception`) was not accepted either."""
    if isinstance(outcome, Exception):
        return outcome
    return CannotStart("an event", f"it was given up: {type(outcome).__name__}")


async def _accept_one(envelope: Mapping[str, Any], starter: Starter, services: Services) -> Receipt:
    kind = event_type(envelope)
    if kind not in (PRE, POST):
        named = shorten(kind, 80)
        ignored[named if named in ignored or len(ignored) < _MOST_TYPES else "(others)"] += 1
        _log.info("ignored an event of type %r", shorten(kind, 80))
        return Receipt(key="", outcome="ignored")
    event = parse_event(envelope)
    if not services.settings.accepts(event.configuration):
        raise RefusedEvent(str(event.configuration), services.settings.configurations)
    with telling.event(event.run) as told:
        receipt = await _start(event, starter, services)
        told.tell(key=receipt.key, outcome=receipt.outcome)
        return receipt


async def _start(event: MaintenanceEvent, starter: Starter, services: Services) -> Receipt:
    if isinstance(event, PreMaintenanceEvent):
        return await _start_gate(event, starter, services)
    assert isinstance(event, PostMaintenanceEvent)  # noqa: S101 - parse_event makes these two
    return await _start_aftermath(event, starter, services)


async def _start_gate(event: PreMaintenanceEvent, starter: Starter, services: Services) -> Receipt:
    """Start the gate of a run, or cancel the run if nothing will judge it: see `last_resort`.

    An event that says that its run has started judges nothing, so it does not take the gate's key:
    whoever forges one, with a stolen key of the webhook, must not keep the true one from its gate.
    """
    order = gate_order(event, services)
    if services.clock.now() >= event.start and await look(starter, order.key) is None:
        order = replace(order, key=key_of("late", event.run))
    outcome = await start_or_cancel(
        partial(start_story, "gate", order.key, wire.dump(order), starter),
        event,
        order.policy,
        starter=starter,
        services=services,
    )
    if isinstance(outcome, Receipt):
        return outcome
    return Receipt(key=key_of("rescue", event.run), outcome="cancelled by the trigger")


async def _start_aftermath(
    event: PostMaintenanceEvent, starter: Starter, services: Services
) -> Receipt:
    key = key_of("aftermath", event.run)
    ours = [await look(starter, key_of(kind, event.run)) for kind in ("gate", "rescue")]
    memories = await _owed(ours[0], event, starter)
    policy, by_tags = services.policy_for(event.configuration)
    order = AftermathOrder(
        key=key,
        event=event,
        ours=any(map(_was_ours, ours)),
        give_up_after=services.settings.results_wait,
        policy=policy,
        by_tags=by_tags,
        memories=memories,
    )
    return await start_story("aftermath", key, wire.dump(order), starter)


async def _owed(
    gate: Known | None, event: PostMaintenanceEvent, starter: Starter
) -> tuple[Memory, ...]:
    """What was changed before the run and is still to be put back.

    Of a report that cannot be read nothing is known: that is for the story of putting back.
    """
    try:
        return await owed(gate, event.run, starter)
    except ValidationError:
        _log.error("the report of the gate cannot be read: nothing is put back by its aftermath")
        return ()


def _was_ours(known: Known | None) -> bool:
    """A story of ours sent the cancel call for this run."""
    output = known.output if known else None
    return isinstance(output, Mapping) and output.get("cancellation") is not None
