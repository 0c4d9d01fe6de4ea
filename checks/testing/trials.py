"""A check tried in every situation that any check may get into, with all that it did.

The situations are a few runs, each in surroundings where nothing answers, where everything answers
that there is nothing, and, if the author gives them, where all is answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from checks.testing.builders import a_context
from core.model import Machine, Outcome, Run, RunEnd, Status, Verdict
from plugins.api import Context
from plugins.definition import Definition
from plugins.reach import NOWHERE, Arm, Graph, Page, Web
from plugins.testing.builders import NOW, a_machine, a_run
from plugins.testing.fakes import FakeArm, FakeGraph, FakeWeb, graph_of
from plugins.testing.trying import outcomes_of

__all__ = ["FAILING", "GIVEN", "SILENT", "Call", "Given", "Trial", "trials"]

FAILING = "where nothing answers"
SILENT = "where there is no row of anything"
GIVEN = "in the surroundings that the contract gives"
_MANY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the author gives for a trial."""

    config: Any = None
    graph: Callable[[], Graph] | None = None
    arm: Callable[[], Arm] | None = None
    web: Callable[[], Web] | None = None
    seconds: float = 5.0

    @property
    def answers(self) -> bool:
        """There is something in it that answers."""
        return not (self.graph is None and self.arm is None and self.web is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Once that the check's function was called: what it gave back or raised, and if it asked."""

    subject: Machine | Run
    answer: object = None
    error: BaseException | None = None
    asked: bool = False

    @property
    def verdicts(self) -> Sequence[tuple[str | None, object]]:
        """What it says of whom: machine ids in lower case, or None of the whole run."""
        if isinstance(self.answer, Mapping) and isinstance(self.subject, Run):
            return [(str(key).lower(), value) for key, value in self.answer.items()]
        of = self.subject.id.lower() if isinstance(self.subject, Machine) else None
        return [(of, self.answer)]

    @property
    def passes(self) -> bool:
        """It says yes of somebody."""
        return any(isinstance(v, Verdict) and v.status == Status.PASSED for _, v in self.verdicts)


@dataclass(slots=True, kw_only=True)
class Trial:
    """One situation, and what came of it. `changed`: the check has changed its subject."""

    situation: str
    run: Run
    surroundings: str
    calls: list[Call] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    outcomes: tuple[Outcome, ...] = ()
    again: tuple[Outcome, ...] = ()
    changed: bool = False

    @property
    def late(self) -> bool:
        """It was called and did not come back in time."""
        return len(self.begun) > len(self.calls)


def trials(definition: Definition, given: Given) -> list[Trial]:
    """Every situation, each asked twice; the first that does not end in time is the last."""
    once = replace(definition, options=replace(definition.options, patience=0.0))
    found: list[Trial] = []
    for surroundings in (FAILING, SILENT, *((GIVEN,) if given.answers else ())):
        for name, run in _runs(definition).items():
            trial = _tried(once, given, run, f"about {name}, {surroundings}", surroundings)
            found.append(trial)
            if trial.late:
                return found
    return found


def _runs(definition: Definition) -> dict[str, Run]:
    after = definition.options.when == "after"
    status = "Succeeded" if after else None
    ended = RunEnd(settled=True, status="Succeeded", message="") if after else None
    several = [
        a_machine(
            f"m-{number:02}",
            kind="arc" if number % 3 == 0 else "vm",
            os="Windows" if number % 2 else "Linux",
            update_status=status,
            tags={"service": "shop", "owner": ""} if number % 5 else {},
        )
        for number in range(_MANY)
    ]
    bare = Machine(id=a_machine("bare").id, name="bare")
    return {
        "one machine": a_run(a_machine(update_status=status), ended=ended),
        f"{_MANY} machines": a_run(*several, ended=ended),
        "a machine of which nothing is known": a_run(bare, ended=ended),
        "a run without machines": a_run(ended=ended),
    }


def _tried(
    definition: Definition, given: Given, run: Run, situation: str, surroundings: str
) -> Trial:
    before = repr((run, given.config))
    trial, second = (
        Trial(situation=situation, run=run, surroundings=surroundings) for _ in range(2)
    )
    _ask(definition, given, trial)
    if not trial.late:
        _ask(definition, given, second)
        trial.again = second.outcomes
    trial.changed = before != repr((run, given.config))
    return second if second.late else trial


def _ask(definition: Definition, given: Given, trial: Trial) -> None:
    watched = replace(definition, function=_watched(definition, given, trial))
    context = a_context(trial.run, config=given.config, now=NOW)
    trial.outcomes = outcomes_of(watched, context, given.seconds)


def _watched(definition: Definition, given: Given, trial: Trial) -> Callable[..., Any]:
    """The check's function, with surroundings of its own each time, and every call remembered."""
    function = definition.function

    @contextmanager
    def watching(subject: Machine | Run, context: Sequence[Context[Any]]) -> Iterator[_Watch]:
        own = _surroundings(trial.surroundings, given)
        trial.begun.append(subject.id)
        watch = _Watch(context=[own.around(one) for one in context])
        try:
            yield watch
        except (asyncio.CancelledError, GeneratorExit):  # nobody waits for it any more
            raise
        except BaseException as error:
            trial.calls.append(Call(subject=subject, error=error, asked=own.asked))
            raise
        trial.calls.append(Call(subject=subject, answer=watch.answer, asked=own.asked))

    def sync(subject: Machine | Run, *context: Context[Any]) -> Any:
        with watching(subject, context) as watch:
            watch.answer = function(subject, *watch.context)
        return watch.answer

    async def coroutine(subject: Machine | Run, *context: Context[Any]) -> Any:
        with watching(subject, context) as watch:
            watch.answer = await function(subject, *watch.context)
        return watch.answer

    return coroutine if definition.is_async else sync


@dataclass(slots=True, kw_only=True)
class _Watch:
    context: Sequence[Context[Any]]
    answer: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    graph: Graph
    arm: Arm
    web: Web

    @property
    def asked(self) -> bool:
        """The check has asked somebody, whatever came of it."""
        return any(getattr(one, "asked", ()) for one in (self.graph, self.arm, self.web))

    def around(self, context: Context[Any]) -> Context[Any]:
        """The same context in these surroundings."""
        graph = graph_of(self.graph, context.run)
        return replace(context, graph=graph, arm=self.arm, web=self.web)


def _surroundings(kind: str, given: Given) -> _Surroundings:
    if kind == FAILING:
        return _Surroundings(
            graph=FakeGraph.failing(), arm=FakeArm.failing(), web=FakeWeb.failing()
        )
    if kind == SILENT:
        return _Surroundings(
            graph=FakeGraph(lambda _query: []), arm=_EmptyArm({}), web=FakeWeb(_not_found)
        )
    return _Surroundings(
        graph=NOWHERE if given.graph is None else given.graph(),
        arm=NOWHERE if given.arm is None else given.arm(),
        web=NOWHERE if given.web is None else given.web(),
    )


def _not_found(sent: Any) -> Page:
    return Page(url=sent.url, status=404, body=b"")


class _EmptyArm(FakeArm):
    """Every list is empty, and there is nothing else."""

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        self.asked.append(path)
        return []
