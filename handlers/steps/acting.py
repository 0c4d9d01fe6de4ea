"""The step in which one action plans, does or undoes what it does."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from actions.context import Context
from core import wire
from core.errors import BadPlugin
from core.model import Machine, Outcome, Status
from handlers.judging.answers import answer_of
from handlers.orders import ActAnswer, ActRequest
from handlers.services import Services
from handlers.steps.surroundings import reaching
from plugins.config import config_of
from plugins.definition import Definition
from plugins.runner import Way, ask

__all__ = ["act"]

_Memories = dict[str, dict[str, Any]]


def act(services: Services, request: ActRequest) -> ActAnswer:
    """One stage of one action, until the request's deadline at the latest.

    Raises `BadPlugin` when this worker cannot load what another one listed: that is no answer.
    """
    definition = _definition(services, request)
    memories = wire.unpack_memories(request.memory) if request.memory else {}
    machines = _concerned(definition, wire.unpack(request.machines), memories, request)
    context: Context[Any] = Context(
        run=request.run.with_machines(machines),
        now=services.clock.now(),
        deadline=request.deadline,
        config=config_of(definition, request.config),
        log=logging.getLogger(f"patchgate.actions.{definition.name}"),
        stage=request.stage,
        memories=memories,
        clock=services.clock,
    )
    way = Way(
        rule=request.asking,
        config=request.config,
        nursery=services.action_nursery,
        bind=lambda told: reaching(services, told, definition.name),
    )
    asked = ask(definition, context, services.clock, way=way)
    said = tuple(_honest(outcome, definition, request) for outcome in asked.outcomes)
    told = [outcome for outcome in said if outcome.memory is None]
    return ActAnswer(
        answer=answer_of(told, asked.notes), memory=_to_remember(said, memories, request)
    )


def _definition(services: Services, request: ActRequest) -> Definition:
    found = services.actions.get(request.action)
    if not isinstance(found, Definition):
        raise BadPlugin(request.action, "this worker", "it cannot be loaded here")
    if request.stage != "undo":
        return found
    if found.undo is None:
        raise BadPlugin(request.action, found.origin, "it has no undo any more")
    return found.undo


def _concerned(
    definition: Definition, machines: Sequence[Machine], memories: _Memories, request: ActRequest
) -> tuple[Machine, ...]:
    """Only those that something is remembered about, once there is a memory to go by."""
    if definition.scope == "run" or not request.memory:
        return tuple(machines)
    return tuple(machine for machine in machines if machine.id.lower() in memories)


def _honest(outcome: Outcome, definition: Definition, request: ActRequest) -> Outcome:
    """What says that it is done while it was to plan has changed what nobody will put back."""
    silent = outcome.memory is None and outcome.status is Status.PASSED
    if request.stage != "plan" or definition.undo is None or not silent:
        return outcome
    why = "says that it is done, without ctx.remember(...) before: nobody could put that back"
    return replace(outcome, status=Status.UNKNOWN, reason=why)


def _to_remember(said: Sequence[Outcome], memories: _Memories, request: ActRequest) -> str:
    if request.stage == "plan":
        memories = {_key(one): one.memory for one in said if one.memory is not None}
    elif request.stage == "undo":
        open_ = {_key(one) for one in said if one.status in (Status.BLOCKED, Status.UNKNOWN)}
        memories = {key: memory for key, memory in memories.items() if key in open_ or not key}
        if not open_:
            memories = {}
        elif "" in memories:
            # Somebody else may have to do by now with what is settled: it is not asked about again.
            settled = {_key(one) for one in said} - open_
            memories[""] = {name: _without(it, settled) for name, it in memories[""].items()}
    else:
        memories = {}
    return wire.pack_memories(memories) if memories else ""


def _without(value: Any, settled: set[str]) -> Any:
    """What is remembered about the machines of a run, by their ids, without those."""
    if isinstance(value, list):
        return [one for one in value if str(one).lower() not in settled]
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if str(key).lower() not in settled}
    return value


def _key(outcome: Outcome) -> str:
    return (outcome.machine or "").lower()
