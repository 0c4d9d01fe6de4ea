"""Asking a check: whatever comes of it is an outcome, and in time."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.definition import define
from checks.runner import ask_check
from core import wire
from core.model import Outcome, Status
from tests.builders import JSON, NOON, run
from tests.checks.site import FOREVER, asked, context, hung
from tests.fakes import FakeClock

MANY = tuple(f"m{i}" for i in range(50))


class Sulky(Exception):
    """It cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


class SulkyMapping(Mapping[str, Verdict]):
    """An answer that fails when it is read."""

    def __getitem__(self, key: str) -> Verdict:
        raise Sulky

    def __iter__(self) -> Iterator[str]:
        raise Sulky

    def __len__(self) -> int:
        raise Sulky


def _type(value: object) -> str:
    return type(value).__name__


def only(outcomes: tuple[Outcome, ...]) -> Outcome:
    """The one there is."""
    (outcome,) = outcomes
    return outcome


def answering(answer: Any) -> Callable[[Machine], Any]:
    """A check with that answer."""

    def some_check(machine: Machine) -> Any:
        return answer

    return some_check


def answering_run(answer: Any) -> Callable[[Run], Any]:
    """The same about the run."""

    def some_check(run: Run) -> Any:
        return answer

    return some_check


def answering_async(answer: Any) -> Callable[[Machine], Awaitable[Any]]:
    """The same, async."""

    async def some_check(machine: Machine) -> Any:
        return answer

    return some_check


def raising(error: BaseException) -> Callable[[Machine], Verdict]:
    """A check that raises."""

    def some_check(machine: Machine) -> Verdict:
        raise error

    return some_check


def raising_async(error: BaseException) -> Callable[[Machine], Awaitable[Verdict]]:
    """The same, async."""

    async def some_check(machine: Machine) -> Verdict:
        raise error

    return some_check


# Verdicts


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
    Verdict(status=cast(Any, Status.UNKNOWN)),
    Verdict(status=cast(Any, "fine")),
    Verdict(status=cast(Any, None)),
    Sulky(),
    {"/machines/a": passed()},
]


@pytest.mark.parametrize("make", [answering, answering_async])
@pytest.mark.parametrize("answer", NONSENSE, ids=_type)
def test_nonsense_is_unknown(make: Any, answer: Any) -> None:
    """None and True above all: no answer is never a yes."""
    outcome = only(asked(make(answer)))
    assert outcome.status is Status.UNKNOWN
    assert outcome.machine == "/machines/a"
    assert "legal are passed()" in outcome.reason


@pytest.mark.parametrize("answer", [a for a in NONSENSE if not isinstance(a, dict)], ids=_type)
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


# Failures

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
@pytest.mark.parametrize("error", ERRORS, ids=_type)
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


# Hanging


def test_a_check_that_hangs_for_ever_is_unknown_at_the_deadline() -> None:
    """Its thread is abandoned."""

    def some_check(machine: Machine) -> Verdict:
        FOREVER.wait()
        return passed()

    outcomes = hung(some_check, "a", "b")
    assert [o.status for o in outcomes] == [Status.UNKNOWN] * 2
    assert {o.reason for o in outcomes} == {"did not answer in time"}


def test_a_run_check_that_hangs_is_unknown_once() -> None:
    """About the run."""

    def some_check(run: Run) -> Verdict:
        FOREVER.wait()
        return passed()

    assert only(hung(some_check, "a", "b")).machine is None


def test_one_machine_that_hangs_does_not_keep_the_others_from_being_heard() -> None:
    """Another thread takes over."""

    def some_check(machine: Machine) -> Verdict:
        if machine.name == "m7":
            FOREVER.wait()
        return blocked("seen")

    statuses = {o.machine: o.status for o in hung(some_check, *MANY)}
    assert statuses.pop("/machines/m7") is Status.UNKNOWN
    assert set(statuses.values()) == {Status.BLOCKED}


def test_one_machine_that_hangs_in_async_does_not_either() -> None:
    """The loop goes on."""

    async def some_check(machine: Machine) -> Verdict:
        if machine.name == "m7":
            await asyncio.Event().wait()
        return blocked("seen")

    statuses = {o.machine: o.status for o in hung(some_check, *MANY)}
    assert statuses.pop("/machines/m7") is Status.UNKNOWN
    assert set(statuses.values()) == {Status.BLOCKED}


def test_an_async_check_that_blocks_its_loop_is_unknown_at_the_deadline() -> None:
    """It costs its own outcomes, and not the time of the cancel call."""

    async def some_check(machine: Machine) -> Verdict:
        FOREVER.wait()
        return passed()

    assert {o.status for o in hung(some_check, "a", "b")} == {Status.UNKNOWN}


def test_an_answer_that_hangs_when_it_is_read_is_unknown_at_the_deadline() -> None:
    """A mapping is the author's code, too."""

    class Slow(SulkyMapping):
        def __iter__(self) -> Iterator[str]:
            FOREVER.wait()
            return iter(())

    assert only(hung(answering_run(Slow()))).status is Status.UNKNOWN


def test_what_answers_too_late_changes_nothing() -> None:
    """The outcome is made, and stays."""
    gate = threading.Event()

    def some_check(machine: Machine) -> Verdict:
        gate.wait()
        return passed()

    outcome = only(hung(some_check))
    gate.set()
    assert outcome.status is Status.UNKNOWN


def test_after_the_deadline_nobody_is_asked() -> None:
    """Not even once."""
    calls: list[str] = []

    def some_check(machine: Machine) -> Verdict:
        calls.append(machine.name)
        return passed()

    outcomes = asked(some_check, *MANY, seconds=0)
    assert {o.status for o in outcomes} == {Status.UNKNOWN}
    assert calls == []


def test_a_slow_check_is_asked_about_several_machines_at_once() -> None:
    """Eight that wait for each other get their answer only together."""
    together = threading.Barrier(8)

    def some_check(machine: Machine) -> Verdict:
        together.wait()
        return passed()

    outcomes = asked(some_check, *(f"m{i}" for i in range(8)))
    assert {o.status for o in outcomes} == {Status.PASSED}


def test_seconds_are_those_of_the_story() -> None:
    """As its clock tells them."""
    clock = FakeClock(NOON)

    def some_check(machine: Machine) -> Verdict:
        clock.sleep(2.5)
        return passed()

    definition = define(check(some_check))
    outcome = only(ask_check(definition, run("a"), context(run("a")), clock))
    assert outcome.seconds == 2.5


# Runs


def test_a_verdict_about_the_run_is_one_outcome() -> None:
    """Of no machine."""
    outcome = only(asked(answering_run(blocked("change freeze")), "a", "b"))
    assert (outcome.status, outcome.machine) == (Status.BLOCKED, None)
    assert outcome.reason == "change freeze"


@pytest.mark.parametrize("is_async", [False, True])
def test_a_verdict_for_each_machine(*, is_async: bool) -> None:
    """By id, in any letter case, in the order of the run."""
    answer = {"/MACHINES/B": blocked("is off"), "/machines/a": passed()}

    async def async_check(run: Run) -> Mapping[str, Verdict]:
        return answer

    outcomes = asked(async_check if is_async else answering_run(answer), "a", "b")
    assert [(o.machine, o.status) for o in outcomes] == [
        ("/machines/a", Status.PASSED),
        ("/machines/b", Status.BLOCKED),
    ]


def test_a_machine_that_is_left_out_is_unknown() -> None:
    """Its owner may have meant it, and may have not."""
    first, second = asked(answering_run({"/machines/a": passed()}), "a", "b")
    assert first.status is Status.PASSED
    assert (second.status, second.machine) == (Status.UNKNOWN, "/machines/b")
    assert "leaves this machine out" in second.reason


def test_a_machine_that_is_not_of_the_run_is_unknown_too() -> None:
    """Something is mixed up: it may be the answer of a machine that was left out."""
    answers = {"/machines/a": passed(), "/machines/x": passed()}
    first, other = asked(answering_run(answers), "a")
    assert first.status is Status.PASSED
    assert (other.status, other.machine) == (Status.UNKNOWN, None)
    assert "/machines/x" in other.reason


def test_two_different_verdicts_for_one_machine_are_unknown() -> None:
    """The later one must not hide the earlier; two that agree are one."""
    answers = {"/machines/a": blocked("is off"), "/MACHINES/A": passed()}
    outcome = only(asked(answering_run(answers), "a"))
    assert outcome.status is Status.UNKNOWN
    assert "twice" in outcome.reason
    agreed = {"/machines/a": passed(), "/MACHINES/A": passed()}
    assert only(asked(answering_run(agreed), "a")).status is Status.PASSED


def test_an_empty_answer_leaves_everyone_out() -> None:
    """It is not a yes."""
    outcomes = asked(answering_run({}), "a", "b")
    assert [o.status for o in outcomes] == [Status.UNKNOWN] * 2


def test_nonsense_about_one_machine_is_that_machines_unknown() -> None:
    """The others' verdicts count."""
    first, second = asked(answering_run({"/machines/a": True, "/machines/b": passed()}), "a", "b")
    assert (first.status, second.status) == (Status.UNKNOWN, Status.PASSED)


def test_an_answer_that_cannot_be_read_is_unknown() -> None:
    """Nor a key that cannot be shown."""
    assert only(asked(answering_run(SulkyMapping()))).status is Status.UNKNOWN
    assert {o.status for o in asked(answering_run({Sulky(): passed()}))} == {Status.UNKNOWN}


# Sizes


def test_long_reasons_are_cut() -> None:
    """And keep to one line."""
    outcome = only(asked(answering(blocked("is off\n" * 10_000))))
    assert outcome.status is Status.BLOCKED
    assert len(outcome.reason) <= 500
    assert outcome.reason.isprintable()
    assert len(only(asked(raising(RuntimeError("x" * 10_000)))).reason) <= 500
    assert len(only(asked(raising(CannotTell("x" * 10_000)))).reason) <= 500


def test_a_reason_that_is_no_text_becomes_one() -> None:
    """The answer counts."""
    assert only(asked(answering(blocked(cast(Any, 5))))).reason == "5"
    assert only(asked(answering(blocked(cast(Any, Sulky()))))).status is Status.BLOCKED


class Colour(IntEnum):
    """A number with a name."""

    RED = 1


ODD_EVIDENCE = {
    "long": "x" * 10_000,
    "many": list(range(10_000)),
    "nan": float("nan"),
    "infinite": float("-inf"),
    "huge": 10**10_000,
    "sulky": Sulky(),
    "colour": Colour.RED,
    "bytes": b"\xff\n",
    "none": None,
    "yes": True,
    "k" * 500: 1.5,
}


def test_evidence_is_cut_and_made_plain() -> None:
    """Whatever the author saw, the report has it in a sane size, and as JSON."""
    evidence = {**ODD_EVIDENCE, **{f"more {i}": i for i in range(100)}}
    outcome = only(asked(answering(blocked("is off", **cast(Any, evidence)))))
    assert len(outcome.evidence) == 20
    text = json.dumps(wire.dump(outcome), allow_nan=False)
    assert len(text) < 2500
    assert wire.load(Outcome, json.loads(text)) == outcome
    assert outcome.evidence["none"] is None
    assert outcome.evidence["yes"] is True
    assert outcome.evidence["colour"] == 1


@pytest.mark.parametrize("evidence", [None, "text", 5, [1]])
def test_evidence_that_is_no_mapping_is_left_out(evidence: Any) -> None:
    """The verdict counts."""
    verdict = Verdict(status=Status.BLOCKED, reason="is off", evidence=evidence)
    outcome = only(asked(answering(verdict)))
    assert (outcome.status, outcome.evidence) == (Status.BLOCKED, {})


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


def test_no_thread_of_a_check_keeps_the_process_alive() -> None:
    """Those that hang are daemons."""

    def some_check(machine: Machine) -> Verdict:
        FOREVER.wait()
        return passed()

    hung(some_check)
    mine = [thread for thread in threading.enumerate() if thread.name == "some_check"]
    assert mine
    assert all(thread.daemon for thread in mine)
