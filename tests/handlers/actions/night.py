"""A night with an action that starts machines: gate, putting back and aftermath in virtual time.

The action is scripted, and does to `Estate` what the shipped one does to Azure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from core import wire
from core.errors import CannotStart
from core.model import Batch, Machine, Outcome, PostMaintenanceEvent, RunEnd, Status
from core.policy import Policy
from core.report import AftermathReport, GateReport, RestoreReport
from handlers.engines import Known
from handlers.events import parse_event
from handlers.judging.answers import answer_of
from handlers.keeping import expect_end, owed, recall
from handlers.keys import key_of
from handlers.orders import ActAnswer, AftermathOrder, CheckList, GateOrder, Look
from tests.durable_host import Done, DurableHost, Instance, Raised
from tests.fakes import FakeKnown
from tests.stories import CONFIRMED, at, play, pre_event, sample, says, spec

START = spec("start", scope="machine", kind="action", undoes=True)
NAMES = ("a", "b", "c")
Fate = Literal["answers", "raises before", "raises after", "lost before", "lost after"]
Decide = Callable[[str, int], Fate]


def machine_id(name: str) -> str:
    """As memories name it."""
    return f"/machines/{name}"


@dataclass(kw_only=True)
class Estate:
    """Which machines are on, and who has switched them on."""

    on: dict[str, str | None] = field(default_factory=dict)  # name → who; None: off

    def plan(self) -> dict[str, Any]:
        return {machine_id(name): {"was": "off"} for name, who in self.on.items() if who is None}

    def do(self, memory: dict[str, Any]) -> list[Outcome]:
        for name in self._names(memory):
            if self.on.get(name, "") is None:
                self.on[name] = "us"
        return [_said(name, Status.PASSED) for name in self._names(memory)]

    def undo(self, memory: dict[str, Any]) -> list[Outcome]:
        said = []
        for name in self._names(memory):
            ours = self.on.get(name) == "us"
            if ours:
                self.on[name] = None
            said.append(_said(name, Status.PASSED if ours else Status.SKIPPED))
        return said

    def _names(self, memory: dict[str, Any]) -> list[str]:
        return [key.rpartition("/")[2] for key in memory]


def _as_told(instance: Instance) -> FakeKnown:
    return FakeKnown(
        state=instance.state, status=instance.custom_status, output=instance.output, order=None
    )


def _said(name: str, status: Status) -> Outcome:
    return Outcome(check="start", status=status, machine=machine_id(name), reason="so")


@dataclass(kw_only=True)
class Night:
    """Three machines of the sample run; what a test is about, it changes."""

    estate: Estate = field(default_factory=lambda: Estate(on={"a": None, "b": "others", "c": None}))
    policy: Policy = field(default_factory=Policy)
    actions: tuple[Any, ...] = (START,)
    checks: tuple[Any, ...] = (spec("fine"),)
    began: str = "02:22"
    seconds: float = 20.0  # that an action takes for one stage
    blocked: bool = False
    cancelled_by_others: bool = False
    cancellation: Any = CONFIRMED
    fate: Decide = lambda stage, time: "answers"
    acts: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, stage, action
    asked_at: list[datetime] = field(default_factory=list)
    judged_on: list[dict[str, str | None]] = field(default_factory=list)
    told_of: list[dict[str, str | None]] = field(default_factory=list)  # name → power, as shown
    blind: bool = False  # what actions have changed is not shown anew
    engine_down: bool = False

    def __post_init__(self) -> None:
        self.host = DurableHost(play, self.work, at(self.began))
        self.run = pre_event().run
        self.gate_key = key_of("gate", self.run)
        self.restore_key = key_of("restore", self.run)
        self.aftermath_key = key_of("aftermath", self.run)

    # What happens

    def arrive(self) -> None:
        """The pre event, once more."""
        if self.gate_key not in self.host.instances:
            order = GateOrder(key=self.gate_key, event=pre_event(), policy=self.policy)
            self.host.begin("gate", self.gate_key, wire.dump(order))

    def end(self) -> None:
        """The post event, once more: the trigger hands on what the gate has changed."""
        if self.aftermath_key in self.host.instances:
            return
        event = parse_event(sample("post.eventgrid"))
        assert isinstance(event, PostMaintenanceEvent)
        gate = self.host.instances.get(self.gate_key)
        memories = asyncio.run(owed(_as_told(gate) if gate else None, self.run, self))
        order = AftermathOrder(
            key=self.aftermath_key, event=event, ours=False, give_up_after=600.0, memories=memories
        )
        self.host.begin("aftermath", self.aftermath_key, wire.dump(order))

    def until(self, clock: str) -> None:
        self.host.run_until(at(clock))

    def over(self) -> None:
        self.host.run()

    # What it came to

    @property
    def gate(self) -> GateReport:
        return wire.load(GateReport, self._output(self.gate_key))

    @property
    def restore(self) -> RestoreReport | None:
        output = self._output(self.restore_key)
        return None if output is None else wire.load(RestoreReport, output)

    @property
    def aftermath(self) -> AftermathReport:
        return wire.load(AftermathReport, self._output(self.aftermath_key))

    def stages(self) -> list[str]:
        """In the order in which they were begun."""
        return [f"{stage} {action}" for _, stage, action in self.acts]

    def _output(self, key: str) -> Any:
        instance = self.host.instances.get(key)
        if instance is None or instance.state != "Completed":
            return None
        return instance.output

    # The steps

    def work(  # noqa: PLR0911 - a line for each step
        self, name: str, request: Any, now: datetime
    ) -> Done | Raised | None:
        if name == "act":
            return self._act(request, now)
        if name == "expect_end":
            try:
                return Done(answer=asyncio.run(expect_end(request, self)))
            except CannotStart as error:
                return Raised(message=str(error))
        if name == "recall":
            return Done(answer=asyncio.run(recall(request, self)))
        if name == "ask_check":
            self.asked_at.append(now)
            self.judged_on.append(dict(self.estate.on))
            shown = wire.unpack([wire.load(Batch, batch) for batch in request["machines"]])
            self.told_of.append({machine.name: machine.power for machine in shown})
            count = sum(batch["count"] for batch in request["machines"])
            status = Status.BLOCKED if self.blocked else Status.PASSED
            return says("fine", status, count, reason="no")
        if name == "find_machines" and request.get("only") and self.blind:
            return Raised(message="Resource Graph is down")
        if name == "read_ending":
            word = "Cancelled" if self.cancelled_by_others else "Succeeded"
            return Done(answer=wire.dump(RunEnd(settled=True, status=word, message="")))
        if name == "cancel_run":
            seconds = 1.0 if self.cancellation.confirmed else 60.0
            return Done(answer=wire.dump(self.cancellation), seconds=seconds)
        usual: dict[str, Any] = {
            "list_checks": CheckList(policy=self.policy, checks=self.checks, actions=self.actions),
            "find_machines": self._look(request),
        }
        return Done(answer=wire.dump(usual[name]) if name in usual else None)

    def _look(self, request: Any) -> Look:
        machines = wire.pack(
            [Machine(id=machine_id(name), name=name, power=self._power(name)) for name in NAMES]
        )
        newcomers = () if request.get("known") else (machines,)
        return Look(total=3, fingerprint="abc", newcomers=newcomers)

    def _power(self, name: str) -> str:
        return "deallocated" if self.estate.on.get(name) is None else "running"

    # The engine, as the steps see it that ask it: a `Starter`

    async def look(self, key: str) -> Known | None:
        """The story of that key."""
        instance = self.host.instances.get(key)
        return None if instance is None else _as_told(instance)

    async def start(self, story: str, key: str, order: Any) -> None:
        """Unless the engine is down."""
        if self.engine_down:
            raise CannotStart(key, "the engine is down")
        self.host.begin(story, key, order)

    def _act(self, request: Any, now: datetime) -> Done | Raised | None:
        stage, action = request["stage"], request["action"]
        self.acts.append((now, stage, action))
        time = sum(1 for _, s, a in self.acts if (s, a) == (stage, action))
        fate = self.fate(stage, time)
        if fate == "raises before":
            return Raised(message="broke down")
        if fate == "lost before":
            return None
        answer = self._acted(stage, request)
        if fate == "raises after":
            return Raised(message="broke down after it was done")
        return (
            None if fate == "lost after" else Done(answer=wire.dump(answer), seconds=self.seconds)
        )

    def _acted(self, stage: str, request: Any) -> ActAnswer:
        memory = wire.unpack_memories(request["memory"]) if request["memory"] else {}
        if stage == "plan":
            plan = self.estate.plan()
            idle = [_said(n, Status.SKIPPED) for n in NAMES if machine_id(n) not in plan]
            packed = wire.pack_memories(plan) if plan else ""
            return ActAnswer(answer=answer_of(idle), memory=packed)
        said = self.estate.do(memory) if stage == "do" else self.estate.undo(memory)
        return ActAnswer(answer=answer_of(said))
