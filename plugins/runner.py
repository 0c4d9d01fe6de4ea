"""Ask a check, again while there is patience, and make an outcome of whatever comes of it.

A check is somebody else's code: it may raise, exit, hang for ever or answer nonsense. Each of these
is an UNKNOWN of the machine it was asked about, and none of them keeps the others from being heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.clock import Clock, seconds_between
from core.model import Asking, Machine, Outcome, Run, Status
from plugins.api import Context
from plugins.definition import Definition
from plugins.masked_log import MASKING
from plugins.outcomes import silent
from plugins.question import Answer, Heard, Question
from plugins.threads import ABANDONED, hear

if TYPE_CHECKING:
    from plugins.isolation import Nursery

__all__ = ["MOST_ABANDONED", "Asked", "Way", "ask", "ask_check"]

MOST_ABANDONED = 24  # threads of hung checks; beyond that, checks are asked in processes
_BREATH = 1.0  # seconds at least between an answer and the next time that it is asked
_SETTLED = (Status.PASSED, Status.SKIPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a check is asked: its rule, its config as the policy file has it, and where.

    `config` is for a process, which validates it anew. Without a `nursery` there is no process.
    `bind` ties what the check may ask to the deadline of the context that it is given.
    """

    rule: Asking = field(default_factory=Asking)
    config: Mapping[str, Any] = field(default_factory=dict)
    nursery: Nursery | None = None
    bind: Callable[[Context[Any]], Context[Any]] = lambda context: context


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking: the outcomes, and sentences for the report about how it went."""

    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()


def ask_check(
    definition: Definition, run: Run, context: Context[Any], clock: Clock
) -> tuple[Outcome, ...]:
    """Ask once, on threads: one outcome per machine of the run, or one for the run."""
    return ask(definition, replace(context, run=run), clock).outcomes


def ask(
    definition: Definition, context: Context[Any], clock: Clock, *, way: Way | None = None
) -> Asked:
    """One outcome per machine of the context's run, or one for the run; never after its deadline.

    With patience, whatever has not passed is asked again until it passes, the patience is over or
    the deadline is near; the last answer counts. Each time has a `now` and a deadline of its own.
    Whatever gave no answer at all is UNKNOWN.
    """
    context.log.addFilter(MASKING)
    asking = _Asking(definition, context, clock, way or Way())
    while (due := asking.ask_once()) is not None:
        clock.sleep(seconds_between(clock.now(), due))
    return asking.asked()


class _Asking:
    """One check's answers so far, by the position of their subject."""

    def __init__(
        self, definition: Definition, context: Context[Any], clock: Clock, way: Way
    ) -> None:
        self._definition, self._context, self._clock, self._way = definition, context, clock, way
        run = context.run
        self._subjects: Sequence[Machine | Run] = (
            (run,) if definition.scope == "run" else run.machines
        )
        self._open = list(range(len(self._subjects)))  # have not passed
        self._answers: dict[int, Answer] = {}
        self._times = [0] * len(self._subjects)
        self._silence = Heard().silence
        self._notes: dict[str, None] = {}
        self._patient_until = clock.now() + timedelta(seconds=way.rule.patience)

    def ask_once(self) -> datetime | None:
        """Ask whatever has not passed, and say when to ask again; None if that is over."""
        began = self._clock.now()
        subjects = [self._subjects[index] for index in self._open]
        question = Question(
            definition=self._definition, context=self._told(began), subjects=subjects
        )
        heard = self._put(question)
        self._silence = heard.silence
        for position, index in enumerate(self._open):
            self._times[index] += 1
            if position in heard.answers:  # silence does not take an answer back
                self._answers[index] = heard.answers[position]
        self._open = [index for index in self._open if not self._passed(index)]
        return self._due(began) if self._open else None

    def asked(self) -> Asked:
        """All of it, in the order of the subjects."""
        return Asked(
            outcomes=tuple(
                outcome if times == outcome.asked else replace(outcome, asked=max(1, times))
                for index, times in enumerate(self._times)
                for outcome in self._answer(index)
            ),
            notes=tuple(self._notes),
        )

    def _answer(self, index: int) -> Answer:
        if index in self._answers:
            return self._answers[index]
        return silent(self._definition.name, self._subjects[index], self._silence)

    def _passed(self, index: int) -> bool:
        answer = self._answers.get(index)
        return answer is not None and not any(one.status not in _SETTLED for one in answer)

    def _told(self, now: datetime) -> Context[Any]:
        timeout, deadline = self._way.rule.timeout, self._context.deadline
        if timeout is not None:
            deadline = min(deadline, now + timedelta(seconds=timeout))
        return self._way.bind(replace(self._context, now=now, deadline=deadline))

    def _due(self, began: datetime) -> datetime | None:
        """When to ask again: a last time when the patience ends, or when time for it runs out."""
        now, every = self._clock.now(), self._way.rule.every
        room = max(_BREATH, 2 * seconds_between(began, now))
        last = min(self._patient_until, self._context.deadline - timedelta(seconds=room))
        due = max(began + timedelta(seconds=every), now + timedelta(seconds=min(every, _BREATH)))
        due = min(due, last)
        return due if due > now else None

    def _put(self, question: Question) -> Heard:
        rule, nursery = self._way.rule, self._way.nursery
        if rule.isolation == "process":
            if nursery is None:
                return Heard(silence="it must have a process of its own, and there is none here")
            return nursery.hear(question, self._clock, config=self._way.config, memory=rule.memory)
        abandoned = ABANDONED if nursery is None else nursery.abandoned
        if nursery is None or abandoned.count <= MOST_ABANDONED:
            return hear(question, self._clock, abandoned=abandoned)
        self._notes[_too_many(forks=nursery.forks)] = None
        if not nursery.forks:
            return hear(question, self._clock, abandoned=abandoned)
        return nursery.hear(question, self._clock, config=self._way.config, memory=rule.memory)


def _too_many(*, forks: bool) -> str:
    told = f"more than {MOST_ABANDONED} threads hang in checks that did not answer in time"
    if forks:
        return f"{told}: until they end, checks are asked in processes of their own"
    return f"{told}, and this system has no processes to ask the others in: restart the app"
