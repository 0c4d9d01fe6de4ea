"""One check, asked by the app's own steps about a run in an Azure that is simulated here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from cli.event_file import EventNow
from cli.plugins.world import asking_of, world_of
from core.model import Gap
from handlers.orders import CheckRequest
from handlers.services import Services
from handlers.steps.asking import asked
from plugins.definition import Definition
from plugins.runner import Asked
from simulator import Scenario

__all__ = ["Heard", "trial"]

_ALLOWED = 30.0  # seconds for each time that it is asked, unless its timeout is less


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it: how many machines it was asked about, its outcomes, and what was missing."""

    machines: int
    asked: Asked
    gaps: tuple[Gap, ...] = ()


def trial(definition: Definition, services: Services, scenario: Scenario, now: EventNow) -> Heard:
    """Ask it. Raises `BadPlugin`, and `BadScenario` if the scenario does not go with the event."""
    with world_of(services, scenario, now) as world:
        rules = world.rules(definition)
        asking = asking_of(definition, rules.policy, _ALLOWED)
        if asking.isolation == "process":
            world.services.nursery.warm()
        look = world.machines()
        run = world.head()
        request = CheckRequest(
            check=definition.name,
            run=run,
            machines=look.newcomers,
            deadline=world.services.clock.now() + timedelta(seconds=asking.patience + _ALLOWED),
            asking=asking,
            config=rules.policy.of(definition.name).config,
        )
        heard = asked(world.services, request)
    return Heard(machines=look.total, asked=heard, gaps=(*rules.gaps, *look.gaps))
