"""How things stand: a configuration, its topic, and its event subscriptions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from cli.azure.configurations import Configuration, guest_configuration, next_start
from cli.azure.connection import Connection, connect
from cli.azure.event_grid import RIGHTS, EventGrid
from cli.azure.event_grid_values import EventSubscription, Topic
from cli.azure.problems import in_words
from cli.azure.reaching import reach
from cli.exit_codes import NO
from cli.options import configuration_in
from cli.output import refuse
from cli.render.words import span
from cli.waiting import waiting
from core.timeline import FROZEN

__all__ = ["Standing", "look", "too_close"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What was found, and the way to change it."""

    azure: Connection
    grid: EventGrid
    configuration: Configuration
    topic: Topic | None
    subscriptions: Sequence[EventSubscription]

    def find(self, name: str) -> EventSubscription | None:
        """The subscription of that name."""
        return next((one for one in self.subscriptions if one.name.lower() == name.lower()), None)

    def the(self, name: str) -> EventSubscription:
        """The subscription of that name, or leave with those that there are."""
        return self.find(name) or self._without(name)

    def its_topic(self) -> Topic:
        """The topic of a subscription that is there, or leave: it may be hidden from us."""
        if self.topic is None:
            right, where = RIGHTS["topic"], self.configuration.id.subscription
            refuse(
                f"the system topic of {self.configuration.id.name} cannot be seen: "
                f"it needs {right} on /subscriptions/{where}",
                code=NO,
            )
        return self.topic

    def _without(self, name: str) -> NoReturn:
        names = ", ".join(one.name for one in self.subscriptions) or "none"
        refuse(f"no event subscription is named {name!r}; there are: {names}", code=NO)


def look(configuration: str, arm: str | None) -> Standing:
    """Ask Azure, or leave in words."""
    id_ = configuration_in(configuration)
    azure = connect(arm)
    grid = EventGrid(azure, id_)
    with waiting(f"Looking at {id_.name}"):
        reach(azure, "read the configuration")
        found = guest_configuration(azure, id_)
        whole = f"/subscriptions/{id_.subscription}"
        with in_words("list the system topics", right=RIGHTS["topic"], scope=whole):
            topic = grid.topic()
        right = RIGHTS["subscriptions"]
        with in_words("list the event subscriptions", right=right, scope=str(id_)):
            subscriptions = grid.subscriptions(topic)
    return Standing(
        azure=azure, grid=grid, configuration=found, topic=topic, subscriptions=subscriptions
    )


def too_close(standing: Standing) -> str | None:
    """A warning if it is too late for a change before the next run, or if nobody can tell.

    Source: https://learn.microsoft.com/azure/update-manager/pre-post-scripts-overview
    """
    from cli.azure.schedule import BadSchedule  # noqa: PLC0415 - only some commands need it

    now = standing.azure.clock.now()
    try:
        start = next_start(standing.configuration, now)
    except BadSchedule as error:
        return f"when the next run starts cannot be told: {error}"
    if start is None or start - now >= FROZEN:
        return None
    return (
        f"the next run starts in {span(start - now)}, at {start:%Y-%m-%d %H:%M} UTC. Less than 40 "
        "minutes before a run it is too late for a change: Azure would cancel that run"
    )
