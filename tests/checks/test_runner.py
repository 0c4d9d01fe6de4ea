"""Asking a check: whatever comes of it is an outcome."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, passed, skipped
from checks.discovery import define
from core.model import Status
from plugins.runner import ask_check
from tests.builders import JSON, NOON, run
from tests.checks.answers import (
    MANY,
    Sulky,
    answering,
    answering_async,
    answering_run,
    only,
    raising,
    raising_async,
    type_name,
)
from tests.checks.site import asked, context
from tests.fakes import FakeClock


@pytest.mark.parametrize("make", [answering, answering_async])
@pytest.mark.parametrize("verdict", [passed(seen=1), blocked("is off"), skipped("no disks")])
def test_a_verdict_becomes_an_outcome_for_each_machine(make: Any, verdict: Verdict) -> None:
    """In the order of the machines, with who said it."""
    outcomes = asked(make(verdict), *MANY)
    assert [o.machine for o in outcomes] == [f"/machines/{name}" for name in MANY]
    assert {(o.check, o.status, o.reason) for o in outcomes} == {
        ("some_check", verdict.status, verdict.reason)
    }
    assert all(o.evidence == verdict.evidence for o in outcomes)
    assert all(o.seconds >= 0 for o in outcomes)


def test_a_run_without_machines_has_no_outcomes() -> None:
    """That the list is empty is a gap of its own."""
    definition = define(answering(passed()))
    clock = FakeClock(NOON)
    assert ask_check(definition, run(), context(run()), clock) == ()


def test_a_check_may_be_told_more() -> None:
    """The run with its machines, the deadline, its config and a log."""
    seen: list[Context[str]] = []

    def some_check(machine: Machine, ctx: Context[str]) -> Verdict:
        seen.append(ctx)
        return passed()

    async def async_check(run: Run, ctx: Context[str]) -> Verdict:
        seen.append(ctx)
        return passed()

    for function in (some_check, async_check):
        assert only(asked(function, config="mine")).status is Status.PASSED
    for ctx in seen:
        assert ctx.config == "mine"
        assert [m.name for m in ctx.run.machines] == ["a"]
        assert ctx.deadline == NOON + timedelta(seconds=60)
        ctx.log.debug("seen")


async def _never_awaited() -> Verdict:
    return passed()


NONSENSE = [
    None,
    True,
    False,
    "passed",
    0,
    [],
    (),
    [passed()],
    passed,
    Verdict,
    Status.PASSED,
    Verdict(status=cast("Any", Status.UNKNOWN)),
    Verdict(status=cast("Any", "fine")),
    Verdict(status=cast("Any", None)),
    Sulky(),
    {"/machines/a": passed()},
]


@pytest.mark.parametrize("make", [answering, answering_async])
@pytest.mark.parametrize("answer", NONSENSE, ids=type_name)
def test_nonsense_is_unknown(make: Any, answer: Any) -> None:
    """None and True above all: no answer is never a yes."""
    outcome = only(asked(make(answer)))
    assert outcome.status is Status.UNKNOWN
    assert outcome.machine == "/machines/a"
    assert "legal are passed()" in outcome.reason


@pytest.mark.parametrize("answer", [a for a in NONSENSE if not isinstance(a, dict)], ids=type_name)
def test_nonsense_about_a_run_is_unknown(answer: Any) -> None:
    """Once, about the run."""
    outcome = only(asked(answering_run(answer), "a", "b"))
    assert (outcome.status, outcome.machine) == (Status.UNKNOWN, None)


def test_a_coroutine_from_a_sync_check_is_unknown() -> None:
    """Somebody forgot to await; it does not leave a warning behind either."""

    def some_check(machine: Machine) -> Any:
        return _never_awaited()

    outcome = only(asked(some_check))
    assert outcome.status is Status.UNKNOWN
    assert "coroutine" in outcome.reason


@settings(deadline=None, max_examples=100)
@given(answer=JSON)
def test_json_is_never_an_answer(answer: Any) -> None:
    """Whatever it says."""
    assert all(o.status is Status.UNKNOWN for o in asked(answering(answer)))
    assert all(o.status is Status.UNKNOWN for o in asked(answering_run(answer)))


ERRORS = [
    RuntimeError("the disk\nis full"),
    SystemExit(0),
    KeyboardInterrupt(),
    GeneratorExit(),
    StopIteration(),
    asyncio.CancelledError(),
    RecursionError(),
    MemoryError(),
    BaseException("odd"),
    Sulky(),
]


@pytest.mark.parametrize("make", [raising, raising_async])
@pytest.mark.parametrize("error", ERRORS, ids=type_name)
def test_a_check_that_raises_is_unknown(make: Any, error: BaseException) -> None:
    """With the kind of error, its words on one line, and where."""
    outcomes = asked(make(error), "a", "b", "c")
    assert [o.status for o in outcomes] == [Status.UNKNOWN] * 3
    assert all(o.reason.startswith("raised ") for o in outcomes)
    assert all(type(error).__name__ in o.reason or "StopIteration" in o.reason for o in outcomes)
    assert all(o.reason.isprintable() for o in outcomes)


def test_sys_exit_ends_neither_the_thread_nor_the_gate() -> None:
    """The other machines are asked all the same."""

    def some_check(machine: Machine) -> Verdict:
        if machine.name == "a":
            sys.exit("over")
        return passed()

    first, *others = asked(some_check, "a", *MANY)
    assert first.status is Status.UNKNOWN
    assert "raised SystemExit: over" in first.reason
    assert all(o.status is Status.PASSED for o in others)


@pytest.mark.parametrize("make", [raising, raising_async])
def test_a_check_may_say_that_it_cannot_tell(make: Any) -> None:
    """In its own words, without the looks of a crash."""
    outcome = only(asked(make(CannotTell("the monitor is down"))))
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, "the monitor is down")


def test_a_check_that_stops_its_own_loop_is_unknown() -> None:
    """And leaves no exception behind in a thread of ours."""

    async def some_check(machine: Machine) -> Verdict:
        asyncio.get_running_loop().stop()
        await asyncio.Event().wait()
        return passed()

    assert {o.status for o in asked(some_check, "a", "b")} == {Status.UNKNOWN}


def test_a_check_that_leaves_tasks_behind_has_answered() -> None:
    """Its verdict counts; its tasks are ended."""

    async def some_check(machine: Machine) -> Verdict:
        some_check.task = asyncio.ensure_future(asyncio.sleep(3600))  # type: ignore[attr-defined]
        return passed()

    assert only(asked(some_check)).status is Status.PASSED


@settings(deadline=None, max_examples=60)
@given(
    statuses=st.lists(st.sampled_from(["passed", "blocked", "raise", "none"]), max_size=20),
    is_async=st.booleans(),
)
def test_there_is_one_outcome_for_each_machine_whatever_they_do(
    statuses: list[str], *, is_async: bool
) -> None:
    """In their order; only what was answered is not unknown."""

    def answer(machine: Machine) -> Any:
        what = statuses[int(machine.name)]
        if what == "raise":
            raise RuntimeError
        return {"passed": passed(), "blocked": blocked("x"), "none": None}[what]

    def some_check(machine: Machine) -> Any:
        return answer(machine)

    async def async_check(machine: Machine) -> Any:
        await asyncio.sleep(0)
        return answer(machine)

    function = async_check if is_async else some_check
    subject = run(*(str(i) for i in range(len(statuses))))
    outcomes = ask_check(define(function), subject, context(subject), FakeClock(NOON))
    legal = {"passed": Status.PASSED, "blocked": Status.BLOCKED}
    assert [o.status for o in outcomes] == [legal.get(s, Status.UNKNOWN) for s in statuses]
