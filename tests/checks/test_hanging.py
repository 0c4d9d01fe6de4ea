"""A check that hangs costs its own outcomes, and never the time of the cancel call."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from checks import Machine, Run, Verdict, blocked, check, passed
from checks.discovery import define
from core.clock import ScaledClock, SystemClock
from core.model import Outcome, Status
from plugins.isolation import Nursery
from plugins.outcomes import silent
from plugins.question import Question
from plugins.runner import MOST_ABANDONED, Asked, Way, ask, ask_check
from plugins.threads import Abandoned, hear
from tests.builders import NOON, run
from tests.checks.answers import (
    MANY,
    SulkyMapping,
    answering_run,
    only,
)
from tests.checks.site import FOREVER, asked, context, hung
from tests.fakes import FakeClock


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


def test_a_coroutine_that_only_waits_is_ended_at_the_deadline() -> None:
    """And leaves no thread behind."""
    ended = threading.Event()

    async def some_check(machine: Machine) -> Verdict:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return passed()

    counted = Abandoned()
    assert only(asked_by(counted, some_check)).status is Status.UNKNOWN
    assert ended.wait(2)
    assert eventually(lambda: counted.count == 0)


def test_threads_that_hang_are_counted_until_they_end() -> None:
    """One for each machine that does not answer."""
    gate, counted = threading.Event(), Abandoned()

    def some_check(machine: Machine) -> Verdict:
        if machine.name != "quick":
            gate.wait()
        return passed()

    asked_by(counted, some_check, "a", "quick", "b")
    assert counted.count == 2
    asked_by(counted, some_check, "quick")
    assert counted.count == 2
    gate.set()
    assert eventually(lambda: counted.count == 0)


@check
def harmless(machine: Machine) -> Verdict:
    """A check that is in no folder."""
    return passed()


def test_when_too_many_hang_the_others_are_asked_in_processes() -> None:
    """And the answer says so, until they have ended."""
    nursery = Nursery(None)
    nursery.abandoned.more(MOST_ABANDONED)
    told = asked_in(nursery)
    assert (only(told.outcomes).status, told.notes) == (Status.PASSED, ())

    nursery.abandoned.more(1)
    told = asked_in(nursery)
    assert only(told.outcomes).reason == "its process cannot load it: there is no such check"
    (note,) = told.notes
    assert note.startswith("more than 24 threads hang in checks that did not answer in time")
    assert note.endswith("until they end, checks are asked in processes of their own")
    nursery.abandoned.more(-1)
    assert only(asked_in(nursery).outcomes).status is Status.PASSED
    nursery.close()


def test_where_there_are_no_processes_the_others_are_asked_on_threads_all_the_same() -> None:
    """And the answer says that this cannot go on."""
    nursery = Nursery(None, forks=False)
    nursery.abandoned.more(MOST_ABANDONED + 1)
    told = asked_in(nursery)
    assert only(told.outcomes).status is Status.PASSED
    (note,) = told.notes
    assert note.endswith("this system has no processes to ask the others in: restart the app")


def asked_in(nursery: Nursery) -> Asked:
    """What comes of asking `harmless`, in real time."""
    now = SystemClock().now()
    given = replace(context(run("a")), now=now, deadline=now + timedelta(seconds=20))
    return ask(define(harmless), given, SystemClock(), way=Way(nursery=nursery))


def asked_by(counted: Abandoned, function: Any, *names: str) -> tuple[Outcome, ...]:
    """What comes of asking on threads that are counted there; sixty seconds take less than one."""
    subject = run(*(names or ("a",)))
    question = Question(
        definition=define(check(function)), context=context(subject), subjects=subject.machines
    )
    clock = ScaledClock(start=NOON, speed=200)
    answers = hear(question, clock, abandoned=counted).answers
    return tuple(
        answers.get(index, silent("some_check", machine, "silent"))[0]
        for index, machine in enumerate(subject.machines)
    )


def eventually(holds: Callable[[], bool]) -> bool:
    """It does, within two seconds."""
    until = time.monotonic() + 2
    while not holds() and time.monotonic() < until:
        time.sleep(0.005)
    return holds()


def test_no_thread_of_a_check_keeps_the_process_alive() -> None:
    """Those that hang are daemons."""

    def some_check(machine: Machine) -> Verdict:
        FOREVER.wait()
        return passed()

    hung(some_check)
    mine = [thread for thread in threading.enumerate() if thread.name == "some_check"]
    assert mine
    assert all(thread.daemon for thread in mine)
