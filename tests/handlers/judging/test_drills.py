"""A drill is judged like any run, and its cancel is rehearsed and never sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.ids import DRILL
from core.model import Gap, Status
from core.policy import Policy
from core.report import GateReport, Rehearsal, Rehearsed
from handlers.keys import key_of
from handlers.orders import GateOrder
from handlers.status import has_result
from tests.durable_host import Done, DurableHost, Instance, Raised
from tests.stories import Site, at, looks, machines, play, pre_event, says, spec

EVENT = replace(pre_event(), run=replace(pre_event().run, name=f"{DRILL}1"))
REACHED = Rehearsal(reached=True, seen=(Rehearsed(part="token", ok=True, saw="one"),))
NOBODY = Gap(subject="machines", problem="no machine of this run is seen", remedy="look")


@dataclass(frozen=True, kw_only=True)
class Drilled:
    """A drill that has ended."""

    instance: Instance
    report: GateReport

    def times(self, step: str) -> list[datetime]:
        """When that step was begun, each time."""
        return [moment for moment, name, _ in self.instance.steps if name == step]


def drill(site: Site, arrival: str = "02:22", rehearsal: Any = None) -> Drilled:
    """Play the gate of a drill at that site. `rehearsal`: what comes of that step."""
    reaction = rehearsal or (lambda request, now: Done(answer=wire.dump(REACHED)))

    def work(name: str, request: Any, now: datetime) -> Done | Raised | None:
        if name == "rehearse_cancel":
            answered: Done | Raised | None = reaction(request, now)
            return answered
        return site.work(name, request, now)

    key = key_of("gate", EVENT.run)
    host = DurableHost(play, work, at(arrival))
    order = GateOrder(key=key, event=EVENT, policy=site.policy)
    instance = host.begin("gate", key, wire.dump(order))
    host.run()
    assert instance.state == "Completed", instance.error
    return Drilled(instance=instance, report=wire.load(GateReport, instance.output))


def nobody(**more: Any) -> Site:
    """A site that sees no machine of the run, as of one that does not exist."""
    return Site(
        steps={"find_machines": lambda request, now: looks(total=0, gaps=(NOBODY,))}, **more
    )


def untouched(drilled: Drilled) -> None:
    """What must hold of every drill."""
    assert drilled.times("cancel_run") == []
    assert drilled.report.ending == "drill"
    assert drilled.report.cancellation is None
    assert has_result(None, drilled.instance.output)


def test_a_run_without_machines_is_decided_against_and_its_cancel_is_rehearsed() -> None:
    drilled = drill(
        nobody(
            checks=(spec("whole", scope="run"),),
            answers={"whole": lambda request, now: says("whole")},
        )
    )
    untouched(drilled)
    assert drilled.report.decision.cancels
    assert drilled.report.rehearsal == REACHED
    assert len(drilled.times("rehearse_cancel")) == 1
    assert [check.tally.passed for check in drilled.report.checks] == [1]


def test_it_is_rehearsed_as_soon_as_it_would_be_cancelled() -> None:
    """Not in the end: the way to the call has to be there when the call would go."""
    blocked = Site(answers={"fine": lambda request, now: says("fine", Status.BLOCKED, 3)})
    drilled = drill(blocked)
    untouched(drilled)
    assert drilled.times("rehearse_cancel")[0] < at("02:23")


@pytest.mark.parametrize(
    "policy",
    [Policy(mode="observe"), Policy(on_gap="proceed"), Policy(mode="observe", on_gap="proceed")],
    ids=["observe", "proceed", "both"],
)
def test_it_is_rehearsed_whatever_the_policy_makes_of_the_run(policy: Policy) -> None:
    drilled = drill(nobody(policy=policy))
    untouched(drilled)
    assert drilled.report.rehearsal == REACHED


def test_a_drill_that_would_go_ahead_is_rehearsed_when_all_is_asked() -> None:
    drilled = drill(Site())
    untouched(drilled)
    assert not drilled.report.decision.cancels
    assert drilled.report.rehearsal == REACHED


@pytest.mark.parametrize(
    "outcome",
    [Raised(message="worker died"), Done(answer={"reached": "perhaps"}), None],
    ids=["raised", "nonsense", "never"],
)
def test_a_rehearsal_that_gives_no_answer_has_reached_nothing(outcome: Any) -> None:
    drilled = drill(nobody(), rehearsal=lambda request, now: outcome)
    untouched(drilled)
    assert drilled.report.rehearsal is not None
    assert not drilled.report.rehearsal.reached
    assert drilled.report.rehearsal.problem


def test_a_gate_that_fails_rehearses_all_the_same() -> None:
    """What would be cancelled because the story broke is rehearsed because it broke."""
    broken = Site(steps={"list_checks": lambda request, now: Done(answer={"checks": "none"})})
    drilled = drill(broken)
    untouched(drilled)
    assert drilled.report.decision.cancels
    assert drilled.report.rehearsal == REACHED


def test_an_event_that_comes_after_the_start_rehearses_nothing() -> None:
    drilled = drill(Site(), arrival="03:01")
    untouched(drilled)
    assert drilled.report.rehearsal is None
    assert "was not tried" in drilled.report.headline


def test_a_drill_that_comes_late_is_rehearsed_without_a_question() -> None:
    drilled = drill(Site(), arrival="02:55")
    untouched(drilled)
    assert drilled.times("ask_check") == []
    assert drilled.report.rehearsal == REACHED


STATUSES = st.sampled_from([Status.PASSED, Status.BLOCKED, Status.UNKNOWN, Status.SKIPPED])
SECONDS = st.sampled_from([0.1, 5.0, 70.0, 400.0, 1600.0])
POLICIES = st.builds(
    Policy,
    mode=st.sampled_from(["enforce", "observe"]),
    on_gap=st.sampled_from(["cancel", "proceed"]),
    reserve=st.sampled_from([0.0, 120.0, 1500.0]),
)


@settings(max_examples=60, deadline=None)
@given(
    policy=POLICIES,
    arrival=st.sampled_from(["02:20", "02:46", "02:49:59", "02:52", "02:59:59", "03:00"]),
    answers=st.tuples(STATUSES, SECONDS),
    look=st.tuples(st.sampled_from([0, 2]), SECONDS),
    rehearsed=st.tuples(st.sampled_from(["answers", "raises", "never"]), SECONDS),
)
def test_no_interleaving_sends_a_cancel_call(
    policy: Policy,
    arrival: str,
    answers: tuple[Status, float],
    look: tuple[int, float],
    rehearsed: tuple[str, float],
) -> None:
    """However slow, late or broken everything is, and whatever the policy says."""

    def see(request: Any, now: datetime) -> Done:
        total, seconds = look
        gaps = () if total else (NOBODY,)
        new = (machines("a", "b"),) if total and not request.get("known") else ()
        return looks(*new, total=total, gaps=gaps, seconds=seconds)

    def rehearse(request: Any, now: datetime) -> Done | Raised | None:
        what, seconds = rehearsed
        if what == "never":
            return None
        if what == "raises":
            return Raised(message="it broke", seconds=seconds)
        return Done(answer=wire.dump(REACHED), seconds=seconds)

    status, seconds = answers
    site = Site(
        policy=policy,
        answers={"fine": lambda request, now: says("fine", status, 2, seconds)},
        steps={"find_machines": see},
    )
    untouched(drill(site, arrival, rehearse))
