"""`try_check`: what the gate would make of a check, in a line of a test."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Event

import pytest

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.testing import NOW, FakeArm, FakeGraph, Outcome, Status, a_machine, a_run, try_check
from core.errors import BadPlugin


@dataclass(frozen=True, kw_only=True)
class Limit:
    most: int


@check
def running(machine: Machine) -> Verdict:
    """The machine runs."""
    return passed() if machine.power == "running" else blocked("is off", power=machine.power)


@check
async def few(run: Run, ctx: Context[Limit]) -> Verdict:
    """There are few machines."""
    return blocked("too many") if len(run.machines) > ctx.config.most else passed()


@check
def has_row(run: Run, ctx: Context) -> Mapping[str, Verdict | CannotTell]:
    """Every machine has a row."""
    rows = {row["id"] for row in ctx.graph.ask("resources | where run == {run_id}")}
    return {m.id: passed() if m.id in rows else CannotTell("no row") for m in run.machines}


def only(outcomes: tuple[Outcome, ...]) -> Outcome:
    """The one there is."""
    (outcome,) = outcomes
    return outcome


def test_a_check_of_machines_is_asked_about_one_or_several() -> None:
    assert only(try_check(running, a_machine())).status == "passed"
    off = only(try_check(running, a_machine(power="stopped")))
    assert (off.status, off.reason, off.evidence) == ("blocked", "is off", {"power": "stopped"})
    both = try_check(running, [a_machine("a"), a_machine("b", power="stopped")])
    assert [outcome.status for outcome in both] == ["passed", "blocked"]
    assert [outcome.machine for outcome in both] == [a_machine("a").id, a_machine("b").id]


def test_a_check_of_a_run_answers_about_the_run() -> None:
    assert only(try_check(few, a_run("a"), config={"most": 1})).status == "passed"
    outcome = only(try_check(few, a_run("a", "b"), config={"most": 1}))
    assert (outcome.status, outcome.machine) == ("blocked", None)


def test_a_check_of_a_run_may_answer_about_each_machine() -> None:
    run = a_run("a", "b")
    graph = FakeGraph({"resources": [{"id": run.machines[0].id}]})
    outcomes = try_check(has_row, run, graph=graph)
    assert [(o.status, o.reason) for o in outcomes] == [("passed", ""), ("unknown", "no row")]
    assert run.id in graph.asked[0]


def test_what_is_not_given_cannot_be_asked() -> None:
    """And what fails is UNKNOWN with its own sentence."""
    assert only(try_check(has_row, a_machine())).reason == "there is no Resource Graph here"
    failing = FakeGraph.failing("throttled")
    assert only(try_check(has_row, a_machine(), graph=failing)).reason == "throttled"


def test_resource_manager_and_now_are_the_tests_choice() -> None:
    @check
    def mine(machine: Machine, ctx: Context) -> Verdict:
        found = ctx.arm.get(machine.id, api_version="2024-01-01")
        return passed(name=found["name"], at=ctx.now.isoformat())

    arm = FakeArm({a_machine().id: {"name": "x"}})
    later = NOW + timedelta(days=1)
    outcome = only(try_check(mine, a_machine(), arm=arm, now=later))
    assert outcome.evidence == {"name": "x", "at": later.isoformat()}


@pytest.mark.parametrize("config", [{}, {"most": "many"}, {"most": 1, "least": 0}])
def test_a_config_is_validated_as_the_app_does(config: dict[str, object]) -> None:
    with pytest.raises(BadPlugin, match="config"):
        try_check(few, a_run("a"), config=config)


def test_what_is_no_legal_check_is_told() -> None:
    def unmarked(machine: Machine) -> Verdict:
        return passed()

    def untyped(machine) -> Verdict:  # type: ignore[no-untyped-def]  # noqa: ANN001
        return passed()

    with pytest.raises(BadPlugin, match="not marked with @check"):
        try_check(unmarked, a_machine())
    with pytest.raises(BadPlugin, match="legal forms"):
        try_check(check(untyped), a_machine())


def test_a_check_that_is_wrong_is_unknown_as_in_the_gate() -> None:
    @check
    def wrong(machine: Machine) -> Verdict:
        return True  # type: ignore[return-value]

    outcome = only(try_check(wrong, a_machine()))
    assert outcome.status is Status.UNKNOWN
    assert "answered True" in outcome.reason


def test_nobody_waits_for_patience() -> None:
    """It is asked again until it passes; ten minutes take no time."""
    answers = iter(["stopped", "starting", "running"])

    @check(patience=600, every=60)
    def patient(run: Run, ctx: Context) -> Verdict:
        power = str(ctx.graph.ask("resources")[0]["power"])
        return passed(now=str(ctx.now)) if power == "running" else blocked(f"is {power}")

    began = time.monotonic()
    graph = FakeGraph(lambda query: [{"power": next(answers)}])
    outcome = only(try_check(patient, a_run("a"), graph=graph))
    assert (outcome.status, outcome.asked) == ("passed", 3)
    assert outcome.evidence == {"now": str(NOW + timedelta(seconds=120))}
    assert time.monotonic() - began < 5


def test_a_check_that_hangs_is_not_waited_for() -> None:
    @check
    def hangs(machine: Machine) -> Verdict:
        Event().wait()
        return passed()

    outcome = only(try_check(hangs, a_machine(), seconds=0.1))
    assert (outcome.status, outcome.reason) == ("unknown", "did not answer in time")


def test_a_check_of_a_process_is_tried_on_a_thread() -> None:
    """Fakes do not cross the border."""

    @check(isolation="process")
    def isolated(machine: Machine) -> Verdict:
        return passed()

    assert only(try_check(isolated, a_machine())).status == "passed"
