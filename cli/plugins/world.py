"""A run in an Azure that is simulated here, and the app's own steps towards a question about it.

The clock stands still, and moves on when somebody sleeps: patience, lag and delays take no time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from cli.embedded import BEFORE, ended
from cli.event_file import EventNow
from cli.plugins.in_force import values
from core import wire
from core.model import Asking, RunEnd
from core.policy import Policy
from handlers.activities import steps
from handlers.orders import CheckList, EndRequest, ListRequest, Look, LookRequest, RunHead
from handlers.services import Services
from plugins.definition import Definition
from plugins.testing.trying import SkippingClock
from simulator import Azure, Scenario, serve

__all__ = ["World", "asking_of", "world_of"]

_PAUSE = 60.0
_LOOKS = 15
_ASKING = timedelta(minutes=2)


def asking_of(definition: Definition, policy: Policy, allowed: float) -> Asking:
    """How it is asked, with so many seconds for each time, unless its timeout is less."""
    in_force = values(definition, policy, definition.kind.table)
    chosen = {name: value.value for name, value in in_force.items()}
    return Asking(
        timeout=min(allowed, chosen["timeout"] or allowed),
        patience=chosen["patience"],
        every=chosen["every"],
        isolation=chosen["isolation"],
        memory=chosen["memory"],
    )


@contextmanager
def world_of(services: Services, scenario: Scenario, now: EventNow) -> Iterator[World]:
    """Azure has been there since before the run; the event arrives after that.

    Raises `BadScenario` if the scenario does not go with the event.
    """
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
            yield World(own, now)
        finally:
            own.nursery.close()
            own.action_nursery.close()


class World:
    """The steps that a story takes before a check is asked, or an action done."""

    def __init__(self, services: Services, now: EventNow) -> None:
        self.services, self._now = services, now
        self.steps = steps(services)

    def rules(self, definition: Definition) -> CheckList:
        """The policy for this run's configuration, by its blocks, and by tags if need be."""
        configuration = self._now.event.configuration
        policy, by_tags = self.services.policy_for(configuration)
        request = ListRequest(
            configuration=configuration,
            policy=policy,
            by_tags=by_tags,
            until=self.services.clock.now() + _ASKING,
            when=definition.options.when,
        )
        return wire.load(CheckList, self.steps["list_checks"](wire.dump(request)))

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
            run=self._now.event.run,
            subscriptions=self._now.event.subscriptions,
            until=self.services.clock.now() + _ASKING,
        )
        return wire.load(Look, self.steps["find_machines"](wire.dump(request)))

    def head(self) -> RunHead:
        """The run; after a post event with how it ended, as soon as that is settled."""
        return RunHead.of(self._now.event, None if self._now.is_pre else self._ending())

    def _ending(self) -> RunEnd:
        end = self._end()
        for _ in range(_LOOKS):
            if end.settled:
                return end
            self.services.clock.sleep(_PAUSE)
            end = self._end()
        return end

    def _end(self) -> RunEnd:
        request = EndRequest(
            run=self._now.event.run,
            subscriptions=self._now.event.subscriptions,
            until=self.services.clock.now() + _ASKING,
        )
        return wire.load(RunEnd, self.steps["read_ending"](wire.dump(request)))
