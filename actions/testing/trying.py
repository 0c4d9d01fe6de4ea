"""Play an action through its stages as the app does, with fakes around it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from actions.context import Azure, Context, Stage
from actions.kind import ACTIONS
from actions.testing.fakes import at_stage
from core.clock import Clock
from core.model import Machine, Outcome, Run
from plugins.config import config_of
from plugins.definition import Definition
from plugins.reach import NOWHERE, Arm, Graph, Web
from plugins.testing.builders import NOW, a_machine, a_run
from plugins.testing.fakes import graph_of
from plugins.testing.trying import SkippingClock, examined, outcomes_of, run_of

__all__ = ["Given", "Tried", "a_context", "try_action", "try_do", "try_undo"]

Memories = Mapping[str, Mapping[str, Any]]
_SECONDS = 600.0  # of the story's time, for each stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of an action: an outcome per machine, or of the run, and what it remembered.

    `memories` are by machine id in lower case; of an action on a whole run there is one, under "".
    """

    outcomes: tuple[Outcome, ...]
    memories: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def memory(self) -> dict[str, Any]:
        """What was remembered, if it was about one machine or about the run; else empty."""
        return next(iter(self.memories.values())) if len(self.memories) == 1 else {}


class Given(TypedDict, total=False):
    """What is around an action; what is not given cannot be asked.

    `config` is what stands in gate.toml under `[actions.NAME.config]`. `now` may be a clock; of a
    moment, waiting moves the time on at once. For each stage there are so many `seconds`.
    """

    config: Mapping[str, Any]
    graph: Graph
    arm: Arm
    web: Web
    azure: Azure
    now: datetime | Clock
    seconds: float


class _Trial:
    """An action, and what is around it in each of its stages."""

    def __init__(self, action: Any, about: Machine | Run | Sequence[Machine], given: Given) -> None:
        self.definition = examined(ACTIONS, action)
        self.run = run_of(about)
        self._config = config_of(self.definition, given.get("config", {}))
        self._given = given
        now = given.get("now", NOW)
        self._clock = SkippingClock(now) if isinstance(now, datetime) else now

    def planned(self) -> tuple[Outcome, ...]:
        """What it gives, or wants to remember, when it may change nothing."""
        return self._asked(self.definition, "plan", {})

    def done(self, memories: Memories) -> tuple[Outcome, ...]:
        """What it gives when it has remembered."""
        return self._asked(self.definition, "do", memories)

    def undone(self, undo: Definition, memories: Memories) -> tuple[Outcome, ...]:
        """What its undo gives."""
        return self._asked(undo, "undo", memories)

    def _asked(self, function: Definition, stage: Stage, memories: Memories) -> tuple[Outcome, ...]:
        run, now, given = _only(self.run, memories), self._clock.now(), self._given
        context = Context(
            run=run,
            now=now,
            deadline=now,
            config=self._config,
            log=logging.getLogger(f"patchgate.actions.{self.definition.name}"),
            graph=graph_of(given.get("graph"), run),
            arm=given.get("arm", NOWHERE),
            web=given.get("web", NOWHERE),
            stage=stage,
            clock=self._clock,
            memories=memories,
        )
        if "azure" in given:
            context = replace(context, azure=at_stage(given["azure"], stage))
        seconds = given.get("seconds", _SECONDS)
        return outcomes_of(function, context, seconds, clock=self._clock)


def try_action(
    action: Any, about: Machine | Run | Sequence[Machine], **given: Unpack[Given]
) -> Tried:
    """What the app would make of that action: it is planned, remembered and done.

    It is examined, configured and asked by the app's own code. Whatever it remembers is given back
    to it, and it goes on, as in the app after a crash: from its beginning. Around it is what is
    `given`: see `Given`. Raises `BadPlugin` for an action, or a config, that is not legal.
    """
    trial = _Trial(action, about, given)
    if trial.definition.undo is None:
        return Tried(outcomes=trial.done({}))
    planned = trial.planned()
    memories = {(o.machine or "").lower(): o.memory for o in planned if o.memory is not None}
    if not memories:
        return Tried(outcomes=planned)
    settled = tuple(outcome for outcome in planned if outcome.memory is None)
    return Tried(outcomes=(*settled, *trial.done(memories)), memories=memories)


def try_do(
    action: Any,
    about: Machine | Run | Sequence[Machine],
    memories: Memories,
    **given: Unpack[Given],
) -> tuple[Outcome, ...]:
    """What comes of it when it is done again after a crash, with what it had remembered before.

    The rest is as for `try_action`.
    """
    return _Trial(action, about, given).done(memories)


def try_undo(
    action: Any,
    about: Machine | Run | Sequence[Machine],
    memories: Memories,
    **given: Unpack[Given],
) -> tuple[Outcome, ...]:
    """What the app would make of its undo, for whatever is in the `memories` of `try_action`.

    The rest is as for `try_action`. Raises `TypeError` for an action that has no undo.
    """
    trial = _Trial(action, about, given)
    if trial.definition.undo is None:
        raise TypeError(f"{trial.definition.name} has no undo")
    return trial.undone(trial.definition.undo, memories) if memories else ()


def a_context(
    run: Run | None = None,
    *,
    stage: Stage = "do",
    memory: Mapping[str, Any] | None = None,
    config: Any = None,
    graph: Graph | None = None,
    azure: Azure | None = None,
    now: datetime = NOW,
) -> Context[Any]:
    """What an action is told, for a test that calls its function itself.

    There are ten minutes, which pass without any waiting; what is not given cannot be asked.
    `config` is a value of the action's own type.
    """
    subject = run if run is not None else a_run(a_machine())
    context = Context(
        run=subject,
        now=now,
        deadline=now + timedelta(seconds=_SECONDS),
        config=config,
        log=logging.getLogger("patchgate.actions.trial"),
        graph=graph_of(graph, subject),
        stage=stage,
        memory=memory or {},
        clock=SkippingClock(now),
    )
    return context if azure is None else replace(context, azure=at_stage(azure, stage))


def _only(run: Run, memories: Memories) -> Run:
    """The run with the machines that are remembered; all, if it is remembered as a whole."""
    if not memories or "" in memories:
        return run
    return replace(run, machines=tuple(m for m in run.machines if m.id.lower() in memories))
