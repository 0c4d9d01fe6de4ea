"""One strand of the gate: actions are done to machines before checks are asked about them.

Machines are acted upon once they seem to be all, and in a second lot if more appear. Each action in
its turn plans, is remembered, and then does: what it is about to change is in the history of this
story before it is changed, and the story that puts it back (see `restore`) has been started. After
the last action the machines are handed on to the checks.
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
from handlers.keys import key_of
from handlers.orders import ActAnswer, ActRequest, CheckSpec, RestoreOrder, RunHead
from handlers.planning import GatePlan
from handlers.waiting import Waiting

__all__ = ["Acting"]

_GRACE = timedelta(seconds=15)  # after a step's deadline, until it counts as lost
_TRIES = 3  # to start the story that puts things back
_PAUSE = timedelta(seconds=5)
_LOOK = timedelta(minutes=10)  # after the start, until it is looked whether the run was cancelled

HandOn = Callable[[Sequence[Batch]], None]


class Acting:
    """All actions before one run. `hand_on` gets machines that were acted upon.

    In a drill and in observe mode nothing is done, and all is handed on.
    """

    def __init__(
        self,
        engine: Engine,
        waiting: Waiting,
        plan: GatePlan,
        docket: Docket,
        hand_on: HandOn,
    ) -> None:
        self._engine, self._waiting, self._plan, self._docket = engine, waiting, plan, docket
        self._hand_on = hand_on
        self._held: tuple[Batch, ...] = ()
        self._lot: tuple[Batch, ...] | None = None  # acted upon now
        self._lots = 0
        self._queue: list[CheckSpec] = []
        self._expected = self._stopped = False

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
        if self._held and self._acts:
            count = sum(batch.count for batch in self._held)
            for spec in self._able:
                self._docket.actions.silent(spec, "held", count, reason)
        self.stop()

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
        self._queue = self._able
        self._next()

    def _next(self) -> None:
        """The next action of this lot; after the last, the lot goes to the checks."""
        if self._queue and not self._stopped:
            spec = self._queue.pop(0)
            self._ask(spec, "plan" if spec.undoes else "do")
            return
        lot, self._lot = self._lot or (), None
        self._hand_on(lot)
        if self._held:
            self._begin() if self._acts else self._release()

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
        step = self._engine.activity("act", wire.dump(request))
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
        if answer.answer.tally.total:
            self._docket.actions.heard(spec, f"{stage} {self._lots}", answer.answer)
        if stage == "plan" and answer.memory and not self._stopped:
            self._keep(spec, answer.memory)
        else:
            self._next()

    def _lost(self, spec: CheckSpec, stage: Stage, step: Task, _guard: Task) -> None:
        self._waiting.drop(step)
        self._silent(spec, stage, "its step never came back")

    def _silent(self, spec: CheckSpec, stage: Stage, reason: str) -> None:
        count = sum(batch.count for batch in self._lot or ()) if spec.scope == "machine" else 1
        self._docket.actions.silent(spec, f"{stage} {self._lots}", count, reason)
        self._next()

    # What an action is about to change

    def _keep(self, spec: CheckSpec, packed: str, tries: int = _TRIES) -> None:
        """Make sure that it is put back, whatever happens to this story; only then is it done."""
        if self._expected:
            self._do(spec, packed)
            return
        task = self._engine.activity("expect_end", wire.dump(self._restore_order))
        guard = self._engine.timer(min(self._engine.now + 4 * _GRACE, self._plan.act_by))
        self._waiting.on(task, partial(self._kept, spec, packed, tries, guard))
        self._waiting.on(guard, partial(self._not_kept, spec, packed, tries, task))

    @property
    def _restore_order(self) -> RestoreOrder:
        event, grace = self._plan.event, timedelta(seconds=self._plan.policy.grace)
        look_at = event.start + _LOOK
        return RestoreOrder(
            key=key_of("restore", event.run),
            gate=self._plan.key,
            run=RunHead.of(event),
            look_at=look_at,
            give_back_at=max(event.end + grace, look_at),
        )

    def _kept(self, spec: CheckSpec, packed: str, tries: int, guard: Task, task: Task) -> None:
        self._waiting.drop(guard)
        try:
            task.result()
        except ActivityFailed as error:
            self._again(spec, packed, tries, shorten(str(error), 300))
        else:
            self._expected = True
            self._do(spec, packed)

    def _not_kept(self, spec: CheckSpec, packed: str, tries: int, task: Task, _: Task) -> None:
        self._waiting.drop(task)
        self._again(spec, packed, tries, "the engine did not answer")

    def _again(self, spec: CheckSpec, packed: str, tries: int, problem: str) -> None:
        at = self._engine.now + _PAUSE
        if tries > 1 and at < self._plan.act_by and not self._stopped:
            timer = self._engine.timer(at)
            self._waiting.on(timer, lambda _: self._keep(spec, packed, tries - 1))
        else:
            self._silent(spec, "do", f"it was not done, for nothing would put it back: {problem}")

    def _do(self, spec: CheckSpec, packed: str) -> None:
        if self._stopped:
            self._next()
            return
        self._docket.remember(
            Memory(
                action=spec.name,
                title=spec.title,
                scope=spec.scope,
                origin=spec.origin,
                machines=self._lot or (),
                packed=packed,
                asking=spec.asking,
                config=self._plan.policy.of(spec.name, "actions").config,
            )
        )
        self._ask(spec, "do", packed)
