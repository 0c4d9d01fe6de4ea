"""The step that asks one check about machines of a run, or about the run."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from checks.api import Context
from checks.definition import CheckDefinition, config_of
from checks.runner import ask_check as ask
from checks.web import GuardedWeb
from core import wire
from core.errors import BadCheck
from core.model import Outcome, Run
from handlers.answers import answer_of
from handlers.orders import CheckAnswer, CheckRequest
from handlers.services import Services
from handlers.surroundings import RunArm, RunGraph

__all__ = ["ask_check", "outcomes_of"]

_TO_SPEAK = timedelta(seconds=5)  # before the deadline, so that a check can still say what it lacks


def ask_check(services: Services, request: CheckRequest) -> CheckAnswer:
    """Ask one check, until the request's deadline at the latest: see `outcomes_of`."""
    return answer_of(outcomes_of(services, request))


def outcomes_of(services: Services, request: CheckRequest) -> tuple[Outcome, ...]:
    """All that the check says, also what passed.

    Raises `BadCheck` when this worker cannot load what another one listed: that is no answer.
    """
    definition = services.checks.get(request.check)
    if not isinstance(definition, CheckDefinition):
        raise BadCheck(request.check, "this worker", "it cannot be loaded here")
    run = request.run.with_machines(wire.unpack(request.machines))
    context = _context(services, definition, run, request)
    return ask(definition, run, context, services.clock)


def _context(
    services: Services, definition: CheckDefinition, run: Run, request: CheckRequest
) -> Context[Any]:
    now = services.clock.now()
    deadline = request.deadline
    until = max(now, deadline - min((deadline - now) / 10, _TO_SPEAK))
    return Context(
        run=run,
        now=now,
        deadline=deadline,
        config=config_of(definition, request.config),
        log=logging.getLogger(f"patchgate.checks.{definition.name}"),
        graph=RunGraph(client=services.graph, run=run, until=until),
        arm=RunArm(client=services.reader, until=until),
        web=GuardedWeb(clock=services.clock, until=until, simulator=services.settings.simulator),
    )
