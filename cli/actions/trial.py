"""One action, planned, done and put back by the app's own steps, in an Azure simulated here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actions.context import Stage
from cli.actions.at_once import AtOnce
from cli.event_file import EventNow
from cli.plugins.world import World, asking_of, world_of
from core import wire
from core.clock import seconds_between
from core.model import Gap
from core.report import CheckReport, Memory
from handlers.judging.answers import Answers
from handlers.orders import ActRequest, CheckList, CheckSpec, Look, RunHead
from handlers.services import Services
from handlers.steps.acting import act
from handlers.undoing import undo_all
from plugins.definition import Definition
from simulator import Scenario

__all__ = ["Acted", "trial"]

_ALLOWED = 900.0  # seconds of the simulated night, for planning and for doing
_LATER = timedelta(minutes=30)  # after the window, when the activity log shows all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Acted:
    """What came of it: how it was done, and how it was put back, if that was asked for.

    `remembered` counts what was to be put back: machines, or the run as one.
    """

    machines: int
    report: CheckReport
    notes: tuple[str, ...] = ()
    remembered: int = 0
    undone: CheckReport | None = None
    gaps: tuple[Gap, ...] = ()


def trial(
    definition: Definition, services: Services, scenario: Scenario, now: EventNow, *, undo: bool
) -> Acted:
    """Do it, and put it back if that is wanted.

    Raises `BadPlugin`, and `BadScenario` if the scenario does not go with the event.
    """
    with world_of(services, scenario, now) as world:
        rules = world.rules(definition)
        stages = _Stages(world, definition, rules)
        acted = stages.done()
        if undo and stages.memory:
            acted = replace(acted, undone=stages.undone(now.event.end + _LATER))
        return acted


class _Stages:
    """The stages of one action for one run."""

    def __init__(self, world: World, definition: Definition, rules: CheckList) -> None:
        self._world, self._definition = world, definition
        self._clock = world.services.clock
        self._gaps = rules.gaps
        self._asking = asking_of(definition, rules.policy, _ALLOWED)
        self._config = rules.policy.of(definition.name, "actions").config
        self._look: Look = world.machines()
        self._run: RunHead = world.head()
        self.memory = ""

    def done(self) -> Acted:
        """As a gate does it: planned, remembered, done."""
        spec, answers = self._spec, Answers()
        answers.in_force((spec,))
        if self._look.total or spec.scope == "run":
            self.memory = self._act(spec, "plan", answers) if spec.undoes else ""
            if self.memory or not spec.undoes:
                self._act(spec, "do", answers)
        (report,) = answers.reports()
        return Acted(
            machines=self._look.total,
            report=report,
            notes=answers.notes,
            remembered=len(wire.unpack_memories(self.memory)) if self.memory else 0,
            gaps=(*self._gaps, *self._look.gaps),
        )

    def undone(self, at: datetime) -> CheckReport:
        """As the app puts it back, at that time: what does not work is tried again."""
        self._clock.sleep(max(0.0, seconds_between(self._clock.now(), at)))
        memory = Memory(
            action=self._definition.name,
            title=self._definition.title,
            scope=self._definition.scope,
            origin=self._definition.origin,
            machines=self._look.newcomers,
            packed=self.memory,
            asking=self._asking,
            config=self._config,
        )
        engine = AtOnce(self._world.steps, self._clock)
        (report,) = engine.play(undo_all(engine, (memory,), self._run))
        return report

    @property
    def _spec(self) -> CheckSpec:
        found = self._definition
        return CheckSpec(
            name=found.name,
            title=found.title,
            scope=found.scope,
            origin=found.origin,
            kind="action",
            undoes=found.undo is not None,
        )

    def _act(self, spec: CheckSpec, stage: Stage, answers: Answers) -> str:
        """One stage, heard; what it wants to be remembered."""
        allowed = timedelta(seconds=self._asking.patience + _ALLOWED)
        request = ActRequest(
            action=spec.name,
            stage=stage,
            run=self._run,
            machines=self._look.newcomers,
            memory=self.memory,
            deadline=self._clock.now() + allowed,
            asking=self._asking,
            config=self._config,
        )
        answer = act(self._world.services, request)
        if answer.answer.tally.total:
            answers.heard(spec, stage, answer.answer)
        return answer.memory
