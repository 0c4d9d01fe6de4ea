"""The middle of the gate: look for machines, ask the checks, and cancel as soon as that is certain.

Strands run at once. Looks at Resource Graph go on until `find_by`, because its rows may come
late; machines that appear are asked about as well. Checks answer until `check_by`; whoever has not
is UNKNOWN. And once one reason speaks against the run, the cancel call begins (see `cancelling`),
while the other strands go on, so that the report shows all that is wrong and not just the first.
A drill is heard like any run; only its cancel is rehearsed (see `rehearsing`), and never sent.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.model import Batch
from core.report import Cancellation, Decision, Ending, Rehearsal
from handlers.engines import Engine, Story, Task
from handlers.judging.acting import Acting
from handlers.judging.cancelling import Cancelling
from handlers.judging.docket import Docket
from handlers.judging.looking import Looking
from handlers.judging.questions import Questions
from handlers.judging.rehearsing import Rehearsing
from handlers.notifying import Notifying
from handlers.orders import RunHead
from handlers.planning import GatePlan
from handlers.status import show
from handlers.waiting import Waiting

__all__ = ["Hearing"]


class Hearing:
    """One run's machines, checks and decision. `run` is the story; the rest is what came of it."""

    def __init__(
        self, engine: Engine, plan: GatePlan, docket: Docket, notifying: Notifying
    ) -> None:
        self._engine, self._plan, self._docket = engine, plan, docket
        self._notifying = notifying
        self._timeline = plan.timeline
        self._waiting = Waiting(engine)
        self._cancelling = Cancelling(engine, self._waiting, plan.event.run, plan.timeline)
        drill = plan.event.run.is_drill
        self._rehearsing = Rehearsing(engine, self._waiting, plan) if drill else None
        self._looking = Looking(engine, self._waiting, plan, docket, self._news)
        self._acting = Acting(
            engine,
            self._waiting,
            plan,
            docket=docket,
            hand_on=self._acted,
            news=self._consider,
        )
        self._questions = Questions(
            engine,
            self._waiting,
            docket.answers,
            run=RunHead.of(plan.event),
            policy=plan.policy,
            by=plan.timeline.check_by,
            news=self._consider,
        )
        self._judged: tuple[Batch, ...] = ()  # machines that checks have been asked about
        self._check_by: Task | None = None
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
        told = self._notifying.tell("start", "the run is being judged")
        self._waiting.aside(told)
        self._consider()
        yield from self._waiting.run()
        if self._rehearsing is not None and not self.decision.cancels:
            self._rehearsing.begin()
            yield from self._waiting.run()

    def fail(self, problem: str) -> Story[None]:
        """The story itself failed: that is no answer, so the run is cancelled all the same."""
        self._waiting.drop_all()
        remedy = "report this problem: it is one of Patchgate's own"
        self._docket.gap("Patchgate", problem, remedy, kind="fault")
        self._acting.give_up("was not done, since the gate failed")
        self._questions.give_up("was not heard, since the gate failed")
        self._looking.stop()
        self._acting.see_out()
        if not self._cancelling.outcome.confirmed:
            self._decided = False
            self._consider()
        yield from self._waiting.run()

    @property
    def cancellation(self) -> Cancellation | None:
        """What came of the cancel call; None if none was made."""
        return self._cancelling.outcome if self._cancels else None

    @property
    def rehearsal(self) -> Rehearsal | None:
        """What came of rehearsing the cancel call; None unless this is a drill."""
        return None if self._rehearsing is None else self._rehearsing.outcome

    @property
    def ending(self) -> Ending:
        """How the gate ended, in a word."""
        if self._rehearsing is not None:
            return "drill"
        if not self.decision.cancels:
            return "proceeded"
        if not self._cancels:
            return "would cancel"
        return "cancelled" if self._cancelling.outcome.confirmed else "not confirmed"

    @property
    def _cancels(self) -> bool:
        enforced = self._plan.policy.mode == "enforce"
        return self.decision.cancels and enforced and self._rehearsing is None

    def _news(self, newcomers: Sequence[Batch]) -> None:
        """A look has come back. Checks of the run are asked even if no machine is ever seen."""
        self._acting.take(newcomers, all_here=self._all_here)
        self._consider()

    def _acted(self, machines: Sequence[Batch]) -> None:
        """Actions are over for these machines: now they are judged, as they are by now."""
        self._judged += tuple(machines)
        all_here = self._all_here and not self._acting.open
        self._questions.ask(machines, self._judged, all_here=all_here)
        self._consider()

    @property
    def _all_here(self) -> bool:
        return self._looking.all_seen or self._docket.settled

    def _time_is_up(self, timer: Task) -> None:
        by = f"by {self._timeline.check_by:%H:%M:%S} UTC"
        self._acting.give_up(f"was not done {by}")
        self._questions.give_up(f"did not answer {by}")
        self._consider()

    def _consider(self) -> None:
        """Decide if that is certain: one reason is enough to cancel, all answers to proceed."""
        decision = self._docket.decision(self._engine.now, all_seen=self._looking.all_seen)
        if self._looking.all_seen and not self._questions.open and not self._acting.open:
            self._waiting.drop(self._check_by)
        if not self._decided:
            self.decision = decision
            if decision.cancels:
                self._decided = True
                self._acting.stop()
                self._cancel()
        else:
            self.decision = _with_more(self.decision, decision)

    def _cancel(self) -> None:
        """Unless it may not: the run of a drill is never cancelled, nor is any in observe mode."""
        if self._rehearsing is not None:
            show(self._engine, self._plan, "rehearsing")
            self._rehearsing.begin()
        elif self._cancels:
            show(self._engine, self._plan, "cancelling")
            self._cancelling.begin(self.decision)
            told = self._notifying.tell(
                "blocked",
                f"the run is being cancelled: {self.decision.summary}",
                because=self.decision.because,
                machines=self._docket.machine_count,
            )
            self._waiting.aside(told)


def _with_more(decided: Decision, now: Decision) -> Decision:
    """The decision stands, with all that speaks against the run by now.

    A reason that decided stays, even if its check, asked anew about more machines, says otherwise.
    """
    told = {reason.about for reason in now.because}
    kept = tuple(reason for reason in decided.because if reason.about not in told)
    return Decision(action=decided.action, because=kept + now.because, at=decided.at)
