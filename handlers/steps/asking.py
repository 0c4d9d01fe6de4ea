"""The step that asks one check about machines of a run, or about the run."""

from __future__ import annotations

import logging
from typing import Any

from core import wire
from core.errors import BadPlugin
from handlers.judging.answers import answer_of
from handlers.orders import CheckAnswer, CheckRequest
from handlers.services import Services
from handlers.steps.surroundings import reaching
from plugins.api import Context
from plugins.config import config_of
from plugins.definition import Definition
from plugins.runner import Asked, Way, ask

__all__ = ["ask_check", "asked"]


def ask_check(services: Services, request: CheckRequest) -> CheckAnswer:
    """Ask one check, until the request's deadline at the latest: see `asked`."""
    answers = asked(services, request)
    return answer_of(answers.outcomes, answers.notes)


def asked(services: Services, request: CheckRequest) -> Asked:
    """All that the check says, also what passed.

    Raises `BadPlugin` when this worker cannot load what another one listed: that is no answer.
    """
    definition = services.checks.get(request.check)
    if not isinstance(definition, Definition):
        raise BadPlugin(request.check, "this worker", "it cannot be loaded here")
    context: Context[Any] = Context(
        run=request.run.with_machines(wire.unpack(request.machines)),
        now=services.clock.now(),
        deadline=request.deadline,
        config=config_of(definition, request.config),
        log=logging.getLogger(f"patchgate.checks.{definition.name}"),
    )
    way = Way(
        rule=request.asking,
        config=request.config,
        nursery=services.nursery,
        bind=lambda told: reaching(services, told),
    )
    return ask(definition, context, services.clock, way=way)
