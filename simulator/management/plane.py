"""The management plane as a whole: which desk answers what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.clock import Clock
from simulator.management.app_settings import AppSettings
from simulator.management.configurations import configuration_of
from simulator.management.event_subscriptions import EventSubscriptions
from simulator.management.first import made_from
from simulator.management.host_keys import HostKeys
from simulator.management.metrics import Metrics
from simulator.management.operations import Operations
from simulator.management.rights import Rights
from simulator.management.shelf import Shelf
from simulator.management.store import Store
from simulator.management.subscriptions import Subscriptions
from simulator.management.system_topics import SystemTopics
from simulator.messages import Reply, Request
from simulator.rows.row import RunFacts
from simulator.scenario import Scenario

__all__ = ["Desk", "Management"]


class Desk(Protocol):
    """Answers for some of the paths."""

    def answer(self, request: Request) -> Reply | None:
        """The answer, or None if the path is not one of its own."""
        ...


class Management:
    """All resources. Safe to use from several threads.

    Tests put what they need on the `store`, count events in the `metrics`, and grant `rights`.
    """

    def __init__(self, clock: Clock) -> None:
        self.store = Store()
        self.metrics = Metrics(self.store)
        self.rights = Rights(self.store)
        self._operations = Operations(clock)
        self._desks: Sequence[Desk] = (
            self._operations,
            self.metrics,
            self.rights,
            SystemTopics(self.store, self._operations),
            EventSubscriptions(self.store, self._operations),
            AppSettings(self.store),
            HostKeys(self.store),
            Subscriptions(clock),
            Shelf(self.store),  # which takes whatever the others leave
        )

    def hold(self, scenario: Scenario, facts: RunFacts) -> None:
        """Hold a run's configuration, and its event subscriptions, unless it is known."""
        if self.store.get(str(facts.run.configuration)) is not None:
            return
        self.store.put(configuration_of(scenario.configuration, facts))
        made_from(scenario.event_subscriptions, facts, self.store, self.metrics)

    def answer(self, request: Request) -> Reply | None:
        """The answer, or None for what is not here."""
        self._operations.settle()
        answers = (desk.answer(request) for desk in self._desks)
        return next((reply for reply in answers if reply is not None), None)
