"""Shipped actions as the app asks them: with its own clients, of the simulator, over HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from actions.context import Context, Stage
from actions.kind import ACTIONS
from arg_queries.machines import find_machines
from arg_queries.resource_graph import ResourceGraph
from arm.endpoint import Endpoint
from arm.management import ManagementClients
from arm.reader import ArmReader
from arm.session import ArmSession
from arm.token import credential_for
from arm.writes import Writes
from core.model import Outcome, Run
from handlers.steps.surroundings import RunArm, RunGraph
from plugins.answers import CannotTell
from plugins.config import config_of
from plugins.definition import define
from plugins.runner import Way, ask
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS, World, world

__all__ = ["Played", "playing"]

Memories = Mapping[str, Mapping[str, Any]]


@dataclass(kw_only=True)
class Played:
    """One action in one simulated Azure."""

    world: World
    action: Any
    config: Mapping[str, Any] = field(default_factory=dict)
    memories: Memories = field(default_factory=dict)
    run: Run = field(init=False)

    def __post_init__(self) -> None:
        self._endpoint = Endpoint(url=self.world.url, scope="simulator/.default", simulated=True)
        clock, credential = self.world.clock, credential_for(self._endpoint)
        self._graph = ResourceGraph(self._endpoint, credential, clock)
        self._reader = ArmReader(
            ArmSession(self._endpoint, credential, clock), self._endpoint, clock
        )
        self._clients = ManagementClients(self._endpoint, credential, clock, Writes(clock))
        until = clock.now() + timedelta(minutes=5)
        found = find_machines(self._graph, RUN, SUBSCRIPTIONS, until)
        assert found.machines
        self.run = Run(
            id=str(RUN),
            configuration_id=str(RUN.configuration),
            name=RUN.name,
            start=START,
            end=END,
            machines=tuple(found.machines),
            subscriptions=SUBSCRIPTIONS,
        )

    def start(self) -> dict[str, Outcome]:
        """It is planned, remembered and done."""
        planned = self.stage("plan")
        self.memories = {
            (one.machine or "").lower(): one.memory
            for one in planned.values()
            if one.memory is not None
        }
        return self.stage("do") if self.memories else planned

    def stage(self, stage: Stage, seconds: float = 900) -> dict[str, Outcome]:
        """The outcomes of one stage, by the names of machines ("": of the run)."""
        clock = self.world.clock
        definition = define(ACTIONS, self.action)
        context: Context[Any] = Context(
            run=self.run,
            now=clock.now(),
            deadline=clock.now() + timedelta(seconds=seconds),
            config=config_of(definition, self.config),
            log=logging.getLogger("patchgate.actions.trial"),
            stage=stage,
            memories=self.memories,
            clock=clock,
        )
        asked = definition.undo if stage == "undo" else definition
        assert asked is not None
        outcomes = ask(asked, context, clock, way=Way(bind=self._bound)).outcomes
        return {(one.machine or "").rpartition("/")[2]: one for one in outcomes}

    def power(self) -> dict[str, str]:
        """The truth."""
        return {one.name: self.world.azure.power.of(one.id) for one in self.run.machines}

    def tags(self) -> dict[str, dict[str, str]]:
        """The truth."""
        return {one.name: self.world.azure.power.tags(one.id) for one in self.run.machines}

    def _bound(self, context: Any) -> Context[Any]:
        until = context.deadline - timedelta(seconds=5)
        return replace(
            context,
            graph=RunGraph(client=self._graph, run=self.run, until=until),
            arm=RunArm(client=self._reader, until=until),
            azure=self._clients.for_action(
                stage=context.stage,
                deadline=until,
                run=self.run.id,
                action=getattr(self.action, "__name__", ""),
                problem=CannotTell,
            ),
        )


@contextmanager
def playing(action: Any, scenario: str, **config: Any) -> Iterator[Played]:
    """That action in a simulated Azure that plays this scenario, 40 minutes before the start."""
    with world(scenario) as w:
        yield Played(world=w, action=action, config=config)
