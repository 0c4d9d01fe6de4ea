"""One strand of the gate: actions are done to machines before checks are asked about them.

Machines are acted upon once they seem to be all, and in a second lot if more appear. Each action in
its turn plans, is remembered, and then does: what it is about to change is in the history of this
story before it is changed, and a story that puts it back (see `remembering`) has been started.
After the last action the machines are looked at anew and handed on to the checks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from pydantic import ValidationError

from actions.context import Stage
from core import wire
from core.errors import ActivityFailed, shorten
from core.model import Batch
from core.report import Memory
from handlers.engines import Engine, Task
from handlers.judging.docket import Docket
from handlers.judging.looking import a_little_before
from handlers.judging.remembering import Remembering
from handlers.orders import ActAnswer, ActRequest, CheckSpec, Look, LookRequest, RunHead
from handlers.planning import GatePlan
from handlers.waiting import Waiting

__all__ = ["Acting"]

_GRACE = timedelta(seconds=15)  # after a step's deadline, until it counts as lost
_ANEW = timedelta(seconds=60)  # for a look at what has been changed

HandOn = Callable[[Sequence[Batch]], None]


class Acting:
    """All actions before one run.

    `hand_on` gets machines that were acted upon; `news` is called when an action has answered. In a
    drill and in observe mode nothing is done, and all is handed on.
    """

    def __init__(
        self,
        engine: Engine,
        waiting: Waiting,
        plan: GatePlan,
        *,
        docket: Docket,
        hand_on: HandOn,
        news: Callable[[], None],
    ) -> None:
        self._engine, self._waiting, self._plan, self._docket = engine, waiting, plan, docket
        self._hand_on, self._news = hand_on, news
        self._remembering = Remembering(
            engine, waiting, plan, docket=docket, stopped=lambda: self._stopped
        )
        self._held: tuple[Batch, ...] = ()
        self._lot: tuple[Batch, ...] | None = None  # acted upon now
        self._lots = 0
        self._queue: list[CheckSpec] = []
        self._step: Task | None = None  # under way
        self._stopped = self._touched = False
        self._over: str | None = None  # why what was not done is UNKNOWN

    @property
    def open(self) -> bool:
        """Machines have not been handed on yet."""
        return bool(self._held) or self._lot is not None

    def take(self, newcomers: Sequence[Batch], *, all_here: bool) -> None:
        """Machines have appeared: act upon them, once no more are to be expected."""
        self._held += tuple(newcomers)
        if not self._acts:
            self._release()
        elif self._lot is None and all_here:
            self._begin()

    def stop(self) -> None:
        """Begin no more actions: the run will not start. What is under way goes on to its end."""
        self._stopped = True
        if self._lot is None:
            self._release()

    def give_up(self, reason: str) -> None:
        """The time is up: whatever was not done is UNKNOWN, because of this."""
        if self._acts:
            self._over = reason
            count = sum(batch.count for batch in self._held)
            for spec in self._able if self._held else ():
                self._docket.actions.silent(spec, "held", count, reason)
        self.stop()

    def see_out(self) -> None:
        """The story has failed: wait for what is under way, so that nothing is undone meanwhile."""
        step = self._step
        if step is None or step.done:
            return
        guard = self._engine.timer(self._plan.act_by + _GRACE)
        self._waiting.on(step, lambda _: self._waiting.drop(guard))
        self._waiting.on(guard, lambda _: self._waiting.drop(step))

    @property
    def _able(self) -> list[CheckSpec]:
        return [spec for spec in self._docket.actions.checks if spec.problem is None]

    @property
    def _acts(self) -> bool:
        return self._plan.touches and not self._stopped and bool(self._able)

    def _release(self) -> None:
        held, self._held = self._held, ()
        self._hand_on(held)

    def _begin(self) -> None:
        if not self._held:
            self._release()
            return
        self._lot, self._held = self._held, ()
        self._lots += 1
        self._queue, self._touched = self._able, False
        self._next()

    def _next(self) -> None:
        """The next action of this lot; after the last, the lot goes to the checks."""
        if self._queue and not self._stopped:
            spec = self._queue.pop(0)
            self._ask(spec, "plan" if spec.undoes else "do")
            return
        while self._queue:
            self._leave_out(self._queue.pop(0))
        if self._touched and not self._stopped:
            self._look_anew()
        else:
            self._finish()

    def _finish(self) -> None:
        lot, self._lot = self._lot or (), None
        self._hand_on(lot)
        if self._held:
            self._begin() if self._acts else self._release()

    def _leave_out(self, spec: CheckSpec) -> None:
        """It is not done. That is no answer, unless the run is cancelled anyhow."""
        if self._over is not None:
            self._docket.actions.silent(spec, f"do {self._lots}", self._count(spec), self._over)

    def _count(self, spec: CheckSpec) -> int:
        return sum(batch.count for batch in self._lot or ()) if spec.scope == "machine" else 1

    # One action

    def _ask(self, spec: CheckSpec, stage: Stage, memory: str = "") -> None:
        by = self._plan.act_by
        if self._engine.now >= by:
            self._silent(spec, stage, f"there was no time for it before {by:%H:%M:%S} UTC")
            return
        request = ActRequest(
            action=spec.name,
            stage=stage,
            run=RunHead.of(self._plan.event),
            machines=self._lot or (),
            memory=memory,
            deadline=a_little_before(by, self._engine.now),
            asking=spec.asking,
            config=self._plan.policy.of(spec.name, "actions").config,
        )
        step = self._step = self._engine.activity("act", wire.dump(request))
        guard = self._engine.timer(by + _GRACE)
        self._waiting.on(step, partial(self._ended, spec, stage, guard))
        self._waiting.on(guard, partial(self._lost, spec, stage, step))

    def _ended(self, spec: CheckSpec, stage: Stage, guard: Task, step: Task) -> None:
        self._waiting.drop(guard)
        try:
            answer = wire.load(ActAnswer, step.result())
        except (ActivityFailed, ValidationError) as error:
            self._silent(spec, stage, shorten(str(error), 300))
            return
        tally = answer.answer.tally
        if tally.total:
            self._docket.actions.heard(spec, f"{stage} {self._lots}", answer.answer)
        self._touched |= stage == "do" and tally.skipped < tally.total
        self._news()
        if stage == "plan" and answer.memory:
            self._keep(spec, answer.memory)
        else:
            self._next()

    def _lost(self, spec: CheckSpec, stage: Stage, step: Task, _guard: Task) -> None:
        self._waiting.drop(step)
        self._silent(spec, stage, "its step never came back")

    def _silent(self, spec: CheckSpec, stage: Stage, reason: str) -> None:
        self._docket.actions.silent(spec, f"{stage} {self._lots}", self._count(spec), reason)
        self._touched |= stage == "do"
        self._news()
        self._next()

    def _keep(self, spec: CheckSpec, packed: str) -> None:
        """Make sure that it is put back, whatever happens to this story; only then is it done."""
        memory = Memory(
            action=spec.name,
            title=spec.title,
            scope=spec.scope,
            origin=spec.origin,
            machines=self._lot or (),
            packed=packed,
            asking=spec.asking,
            config=self._plan.policy.of(spec.name, "actions").config,
        )
        if self._stopped:
            self._do(spec, memory, None)
        else:
            self._remembering.keep(memory, partial(self._do, spec, memory))

    def _do(self, spec: CheckSpec, memory: Memory, problem: str | None) -> None:
        if self._stopped:
            self._leave_out(spec)
            self._next()
        elif problem is not None:
            why = f"it was not done, for nothing would put it back: {problem}"
            self._silent(spec, "do", why)
        else:
            self._docket.remember(memory)
            self._ask(spec, "do", memory.packed)

    # After the last

    def _look_anew(self) -> None:
        """Machines have been changed: what checks are told of them is read once more."""
        now = self._engine.now
        room = min(_ANEW, max(timedelta(), self._plan.timeline.check_by - now) / 4)
        request = LookRequest(
            run=self._plan.event.run,
            subscriptions=self._plan.event.subscriptions,
            until=now + room,
            only=self._lot or (),
        )
        step = self._engine.activity("find_machines", wire.dump(request))
        guard = self._engine.timer(now + 1.25 * room)
        self._waiting.on(step, partial(self._looked, guard))
        self._waiting.on(guard, partial(self._not_looked, step))

    def _looked(self, guard: Task, step: Task) -> None:
        self._waiting.drop(guard)
        try:
            look = wire.load(Look, step.result())
        except (ActivityFailed, ValidationError) as error:
            self._as_before(shorten(str(error), 300))
            return
        if _count(look.newcomers) == _count(self._lot or ()):
            self._lot = look.newcomers
        if look.gaps:
            self._as_before(look.gaps[0].problem)
        else:
            self._finish()

    def _not_looked(self, step: Task, _guard: Task) -> None:
        self._waiting.drop(step)
        self._as_before("Resource Graph did not answer in time")

    def _as_before(self, problem: str) -> None:
        self._docket.warnings.append(
            "checks may have been told of machines as they were before the actions, for not all of"
            f" them could be looked at anew: {problem}"
        )
        self._finish()


def _count(batches: Sequence[Batch]) -> int:
    return sum(batch.count for batch in batches)
