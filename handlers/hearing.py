"""The middle of the gate: look for machines, ask the checks, and cancel as soon as that is certain.

Three strands run at once. Looks at Resource Graph go on until `find_by`, because its rows may come
late; machines that appear are asked about as well. Checks answer until `check_by`; whoever has not
is UNKNOWN. And once one reason speaks against the run, the cancel call begins (see `cancelling`),
while the other strands go on, so that the report shows all that is wrong and not just the first.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.model import Batch
from core.report import Cancellation, Decision, Ending
from core.timeline import Timeline
from handlers.cancelling import Cancelling
from handlers.docket import Docket
from handlers.engines import Engine, Story, Task
from handlers.looking import Looking, a_little_before
from handlers.orders import (
    CheckAnswer,
    CheckRequest,
    CheckSpec,
    GateOrder,
    RunHead,
)
from handlers.status import show
from handlers.waiting import Waiting

__all__ = ["Hearing"]

_MOST_QUESTIONS = 48  # tasks for checks in one story: replays cost the square of all tasks


class Hearing:
    """One run's machines, checks and decision. `run` is the story; the rest is what came of it."""

    def __init__(
        self, engine: Engine, order: GateOrder, docket: Docket, timeline: Timeline
    ) -> None:
        self._engine, self._order, self._docket = engine, order, docket
        self._timeline = timeline
        self._waiting = Waiting(engine)
        self._cancelling = Cancelling(engine, self._waiting, order.event.run, timeline)
        self._looking = Looking(engine, self._waiting, order, docket, timeline, self._news)
        self._asked: dict[Task, tuple[CheckSpec, str, int]] = {}
        self._parts = 0
        self._check_by: Task | None = None
        self._opened = False  # checks have been asked
        self.decision: Decision = docket.decision(engine.now, all_seen=False)
        self._decided = False

    def run(self) -> Story[None]:
        """Until the decision is made, and if it is to cancel, until that is confirmed or over."""
        if self._engine.now >= self._timeline.check_by:
            self._docket.gap(
                "time",
                "the event came too late to find machines or to ask checks",
                "see the delivery attempts of the event subscription",
                kind="unknown",
            )
            self._looking.stop()
        else:
            self._check_by = self._waiting.on(
                self._engine.timer(self._timeline.check_by), self._time_is_up
            )
            self._looking.begin()
        self._consider()
        yield from self._waiting.run()

    def rescue(self, problem: str) -> Story[None]:
        """The story itself failed: that is no answer, so the run is cancelled all the same."""
        self._waiting.drop_all()
        remedy = "report this problem: it is one of Patchgate's own"
        self._docket.gap("Patchgate", problem, remedy, kind="fault")
        for spec, part, count in self._asked.values():
            self._docket.silent(spec, part, count, "was not heard, since the gate failed")
        self._asked.clear()
        self._looking.stop()
        if not self._cancelling.outcome.confirmed:
            self._decided = False
            self._consider()
        yield from self._waiting.run()

    @property
    def cancellation(self) -> Cancellation | None:
        """What came of the cancel call; None if none was made."""
        return self._cancelling.outcome if self._cancels else None

    @property
    def ending(self) -> Ending:
        """How the gate ended, in a word."""
        if not self.decision.cancels:
            return "proceeded"
        if not self._cancels:
            return "would cancel"
        return "cancelled" if self._cancelling.outcome.confirmed else "not confirmed"

    @property
    def _cancels(self) -> bool:
        return self.decision.cancels and self._order.policy.mode == "enforce"

    def _news(self, newcomers: Sequence[Batch]) -> None:
        """A look has come back. Checks of the run are asked even if no machine is ever seen."""
        if newcomers or not self._opened:
            self._ask(newcomers)
        self._consider()

    # Checks

    def _ask(self, newcomers: Sequence[Batch]) -> None:
        """Ask about machines that have appeared; checks of the whole run are asked anew."""
        self._opened = True
        for spec in self._docket.checks:
            if spec.problem is not None:
                continue
            if spec.scope == "run":
                self._withdraw(spec)
                self._question(spec, "run", self._docket.machines, 1)
                continue
            for group in self._groups(newcomers):
                count = sum(batch.count for batch in group)
                self._parts += 1
                self._question(spec, f"part {self._parts}", group, count)

    def _groups(self, batches: Sequence[Batch]) -> list[Sequence[Batch]]:
        """Batches together, so that all questions stay within `_MOST_QUESTIONS` tasks."""
        if not batches:
            return []
        most = max(1, (_MOST_QUESTIONS - self._parts) // max(1, len(self._docket.checks)))
        size = -(-len(batches) // most)
        return [batches[i : i + size] for i in range(0, len(batches), size)]

    def _question(self, spec: CheckSpec, part: str, machines: Sequence[Batch], count: int) -> None:
        event = self._order.event
        if self._engine.now >= self._timeline.check_by:
            self._docket.silent(spec, part, count, "came too late to be asked")
            return
        request = CheckRequest(
            check=spec.name,
            run=RunHead(
                id=str(event.run),
                configuration_id=str(event.configuration),
                name=event.run.name,
                start=event.start,
                end=event.end,
            ),
            machines=tuple(machines),
            deadline=a_little_before(self._timeline.check_by, self._engine.now),
            timeout=spec.timeout,
            policy=self._order.policy.of(spec.name),
        )
        task = self._engine.activity("ask_check", wire.dump(request))
        self._asked[self._waiting.on(task, self._heard)] = (spec, part, count)

    def _withdraw(self, spec: CheckSpec) -> None:
        """A question that is asked anew: its first answer is of no interest any more."""
        for task in [task for task, (asked, _, _) in self._asked.items() if asked is spec]:
            self._waiting.drop(task)
            del self._asked[task]
        self._docket.withdraw(spec)

    def _heard(self, step: Task) -> None:
        spec, part, count = self._asked.pop(step)
        try:
            self._docket.heard(spec, part, wire.load(CheckAnswer, step.result()))
        except (ActivityFailed, ValidationError) as error:
            self._docket.silent(spec, part, count, shorten(str(error), 300))
        self._consider()

    def _time_is_up(self, timer: Task) -> None:
        by = f"{self._timeline.check_by:%H:%M:%S} UTC"
        for task, (spec, part, count) in self._asked.items():
            self._waiting.drop(task)
            self._docket.silent(spec, part, count, f"did not answer by {by}")
        self._asked.clear()
        self._consider()

    # Decision

    def _consider(self) -> None:
        """Decide if that is certain: one reason is enough to cancel, all answers to proceed."""
        decision = self._docket.decision(self._engine.now, all_seen=self._looking.all_seen)
        if self._looking.all_seen and not self._asked:
            self._waiting.drop(self._check_by)
        if not self._decided:
            self.decision = decision
            if decision.cancels:
                self._decided = True
                self._cancel()
        else:
            self.decision = _with_more(self.decision, decision)

    def _cancel(self) -> None:
        if self._cancels:
            show(self._engine, self._order, self._timeline, "cancelling")
            self._cancelling.begin(self.decision)


def _with_more(decided: Decision, now: Decision) -> Decision:
    """The decision stands, with all that speaks against the run by now.

    A reason that decided stays, even if its check, asked anew about more machines, says otherwise.
    """
    told = {reason.about for reason in now.because}
    kept = tuple(reason for reason in decided.because if reason.about not in told)
    return Decision(action=decided.action, because=kept + now.because, at=decided.at)
