"""One check, asked by the app's own steps about a run in an Azure that is simulated here.

The clock stands still, and moves on when somebody sleeps: patience, lag and delays take no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

from checks.testing import SkippingClock
from cli.checks.in_force import values
from cli.embedded import BEFORE, ended
from cli.event_file import EventNow
from core import wire
from core.model import Asking, Gap, RunEnd
from core.policy import Policy
from handlers.activities import steps
from handlers.orders import (
    CheckList,
    CheckRequest,
    EndRequest,
    ListRequest,
    Look,
    LookRequest,
    RunHead,
)
from handlers.services import Services
from handlers.steps.asking import asked
from plugins.definition import Definition
from plugins.runner import Asked
from simulator import Azure, Scenario, serve

__all__ = ["Heard", "trial"]

_ALLOWED = 30.0  # seconds for each time that it is asked, unless its timeout is less
_PAUSE = 60.0
_LOOKS = 15
_ASKING = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came of it: how many machines it was asked about, its outcomes, and what was missing."""

    machines: int
    asked: Asked
    gaps: tuple[Gap, ...] = ()


def trial(definition: Definition, services: Services, scenario: Scenario, now: EventNow) -> Heard:
    """Ask it. Raises `BadPlugin`, and `BadScenario` if the scenario does not go with the event."""
    with _world(services, scenario, now) as world:
        rules = world.rules(definition)
        asking = _asking(definition, rules.policy)
        if asking.isolation == "process":
            world.services.nursery.warm()
        look = world.machines()
        ended = None if now.is_pre else world.ending()
        request = CheckRequest(
            check=definition.name,
            run=RunHead.of(now.event, ended),
            machines=look.newcomers,
            deadline=world.services.clock.now() + timedelta(seconds=asking.patience + _ALLOWED),
            asking=asking,
            config=rules.policy.of(definition.name).config,
        )
        heard = asked(world.services, request)
    return Heard(machines=look.total, asked=heard, gaps=(*rules.gaps, *look.gaps))


def _asking(definition: Definition, policy: Policy) -> Asking:
    chosen = {name: value.value for name, value in values(definition, policy).items()}
    return Asking(
        timeout=min(_ALLOWED, chosen["timeout"] or _ALLOWED),
        patience=chosen["patience"],
        every=chosen["every"],
        isolation=chosen["isolation"],
        memory=chosen["memory"],
    )


@contextmanager
def _world(services: Services, scenario: Scenario, now: EventNow) -> Iterator[_World]:
    """Azure has been there since before the run; the event arrives after that."""
    event = now.event
    clock = SkippingClock(min(now.arrives, event.start - BEFORE))
    azure = Azure(
        scenario if now.is_pre else ended(scenario, event.start, now.arrives),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=clock,
    )
    clock.sleep((now.arrives - clock.now()).total_seconds())
    with serve(azure) as url:
        settings = replace(services.settings, simulator=url)
        own = Services(settings=settings, root=services.root, clock=clock)
        try:
            yield _World(own, now)
        finally:
            own.nursery.close()


class _World:
    """The steps that a story takes before a check is asked."""

    def __init__(self, services: Services, now: EventNow) -> None:
        self.services, self._event = services, now.event
        self._steps = steps(services)

    def rules(self, definition: Definition) -> CheckList:
        """The policy for this run's configuration, by its blocks, and by tags if need be."""
        policy, by_tags = self.services.policy_for(self._event.configuration)
        request = ListRequest(
            configuration=self._event.configuration,
            policy=policy,
            by_tags=by_tags,
            until=self.services.clock.now() + _ASKING,
            when=definition.options.when,
        )
        return wire.load(CheckList, self._steps["list_checks"](wire.dump(request)))

    def machines(self) -> Look:
        """The run's machines, looked for again while none is there or some are missing."""
        look = self._look()
        for _ in range(_LOOKS):
            if look.total and not look.gaps:
                return look
            self.services.clock.sleep(_PAUSE)
            look = self._look()
        return look

    def _look(self) -> Look:
        request = LookRequest(
            run=self._event.run,
            subscriptions=self._event.subscriptions,
            until=self.services.clock.now() + _ASKING,
        )
        return wire.load(Look, self._steps["find_machines"](wire.dump(request)))

    def ending(self) -> RunEnd:
        """How the run ended, as soon as that is settled."""
        end = self._end()
        for _ in range(_LOOKS):
            if end.settled:
                return end
            self.services.clock.sleep(_PAUSE)
            end = self._end()
        return end

    def _end(self) -> RunEnd:
        request = EndRequest(
            run=self._event.run,
            subscriptions=self._event.subscriptions,
            until=self.services.clock.now() + _ASKING,
        )
        return wire.load(RunEnd, self._steps["read_ending"](wire.dump(request)))
