"""Whatever a check does to its process, the app survives, and says what happened."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.model import Outcome, Status
from tests.checks.isolation.conftest import Asker


def eventually(holds: Callable[[], bool]) -> bool:
    """It does, within a few seconds."""
    until = time.monotonic() + 5
    while not (held := holds()) and time.monotonic() < until:
        time.sleep(0.01)
    return held


def gone(pid: int) -> bool:
    """That process has ended; one that only waits to be reaped has, too."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
        return state == b"Z"
    return True


def reason_of(outcome: Outcome) -> str:
    """Why it is unknown, which it is."""
    assert outcome.status is Status.UNKNOWN
    return outcome.reason


def test_a_check_runs_in_a_process_and_a_session_of_its_own(asker: Asker) -> None:
    """Another one for each question, the same for all machines of a question."""
    first, second = asker("fine", "a", "b")
    assert first.evidence == second.evidence
    assert first.evidence["process"] == first.evidence["session"] != os.getpid()
    assert first.evidence["machines"] == 2
    assert asker.only("fine").evidence["process"] != first.evidence["process"]


def test_what_it_answers_is_what_it_would_answer_on_a_thread(asker: Asker) -> None:
    """Sync or async, about machines or about the run, in the order of the machines."""
    outcomes = asker("fine_async", "a", "b")
    assert [(o.machine, o.status, o.reason) for o in outcomes] == [
        ("/machines/a", Status.SKIPPED, "no disks"),
        ("/machines/b", Status.BLOCKED, "is off"),
    ]
    assert [(o.machine, o.status, o.reason) for o in asker("by_machine", "a", "b", "c")] == [
        ("/machines/a", Status.PASSED, ""),
        ("/machines/b", Status.UNKNOWN, "the monitor is down"),
        ("/machines/c", Status.UNKNOWN, "the check's answer leaves this machine out"),
    ]


@pytest.mark.parametrize("code", ["0", "3"])
def test_a_process_that_exits_has_not_answered(asker: Asker, code: str) -> None:
    """Not even if it says that all went well."""
    why = f"its process ended (exit code {code}) before it had answered"
    assert reason_of(asker.only("exits_with", code)) == why


def test_a_crash_is_unknown(asker: Asker) -> None:
    """Of the machine, with the signal's name."""
    why = "its process crashed (SIGSEGV) before it had answered"
    assert reason_of(asker.only("crashes")) == why


@pytest.mark.parametrize("name", ["hog", "small_hog"])
def test_a_check_that_takes_too_much_memory_is_unknown(asker: Asker, name: str) -> None:
    """Whether it takes it in large pieces or in small ones."""
    assert reason_of(asker.only(name)) == "used more than 64 MB"


def test_a_check_may_use_the_memory_that_it_has(asker: Asker) -> None:
    """Two hundred of five hundred megabytes."""
    assert asker.only("frugal").status is Status.PASSED


def test_an_endless_loop_in_c_is_killed_at_the_deadline(asker: Asker) -> None:
    """What was answered before counts."""
    first, second = asker("endless", "quick", "a", seconds=0.3)
    assert first.status is Status.PASSED
    assert reason_of(second) == "did not answer in time, and its process was killed"


def test_the_process_of_a_check_that_hangs_is_gone_after_the_deadline(asker: Asker) -> None:
    """Its machines are unknown, the others are not."""
    first, second = asker("sleeps", "quick", "a", seconds=0.3)
    process = first.evidence["process"]
    assert isinstance(process, int)
    assert reason_of(second)
    assert eventually(lambda: gone(process))


def test_an_odd_answer_is_no_answer(asker: Asker) -> None:
    """It is described where it was made, and never handed over."""
    assert "answered <function" in reason_of(asker.only("odd"))


def test_a_gigabyte_of_output_goes_nowhere(asker: Asker) -> None:
    """And the verdict counts."""
    assert asker.only("noisy").status is Status.PASSED


def test_a_flood_of_answers_ends_it(asker: Asker) -> None:
    """The app reads a few megabytes at most."""
    assert reason_of(asker.only("floods")) == "its process said more than 8 MB, and was killed"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "[" * 100_000,
        '{"answer": 5}',
        '{"answer": [0]}',
        '{"answer": [7, []]}',
        '{"answer": [0, []]}',
        '{"answer": [0, [{"check": "says", "status": "fine", "machine": "/machines/a"}]]}',
        '{"answer": [0, [{"check": "says", "status": "passed", "machine": "/machines/b"}]]}',
        '{"answer": [0, [{"check": "says", "status": "passed"}]]}',
        '{"log": [1]}',
        '{"log": [[], 5]}',
        '{"log": [Infinity, "x"]}',
        "\n".join(['{"log": [20, "x"]}'] * 300),
        '{"failed": 5, "answer": null}',
    ],
    ids=range(16),
)
def test_nonsense_where_answers_go_is_unknown(asker: Asker, line: str) -> None:
    """It cannot be told from an answer that was damaged."""
    why = reason_of(asker.only("says", config={"line": line}, seconds=2))
    assert why.startswith("its process ")
    assert why.endswith(", and was killed")


def test_an_answer_about_the_run_that_leaves_a_machine_out_is_unknown(asker: Asker) -> None:
    """Nobody would miss that machine."""
    one = '{"check": "c", "status": "passed", "machine": "/machines/%s"}'
    said = f'{{"answer": [0, [{one % "a"}]]}}'
    outcome = asker.only("says_of_the_run", "a", "b", config={"line": said})
    assert reason_of(outcome) == "its process answered about something else, and was killed"
    said = f'{{"answer": [0, [{one % "b"}, {one % "a"}]]}}'
    outcomes = asker("says_of_the_run", "a", "b", config={"line": said})
    assert [outcome.status for outcome in outcomes] == [Status.PASSED] * 2


def test_what_comes_from_another_process_is_cut_and_masked_here_too(asker: Asker) -> None:
    """A child may be out of its mind."""
    reason = "token=abcdef " + "x" * 5_000
    said = (
        '{"answer": [0, [{"check": "other", "status": "blocked", "machine": "/machines/a",'
        f'"reason": "{reason}", "seconds": -5, "asked": 99, "evidence": {{"k": NaN}}}}]]}}'
    )
    outcome = asker.only("says", config={"line": said})
    assert (outcome.check, outcome.status, outcome.asked) == ("says", Status.BLOCKED, 1)
    assert outcome.seconds == 0
    assert outcome.evidence == {"k": "nan"}
    assert len(outcome.reason) == 500
    assert outcome.reason.startswith("token=(masked) xxx")


def test_two_answers_about_one_machine_are_unknown_if_they_differ(asker: Asker) -> None:
    """The second may have been the true one."""
    one = '{"check": "c", "status": "%s", "machine": "/machines/a"}'
    lines = "\n".join(f'{{"answer": [0, [{one % status}]]}}' for status in ("passed", "blocked"))
    first, _ = asker("says", "a", "b", config={"line": lines}, seconds=0.3)
    assert reason_of(first) == "answered twice, and differently"


def test_a_check_that_forks_answers_as_itself(asker: Asker) -> None:
    """Its copy has nothing to say."""
    outcome = asker.only("forks")
    assert (outcome.status, outcome.reason) == (Status.BLOCKED, "itself")


def test_what_a_check_leaves_behind_is_killed(asker: Asker, tmp_path: Path) -> None:
    """Also a process that has gone into a session of its own."""
    file = tmp_path / "pids"
    assert asker.only("leaves_children", config={"file": str(file)}).status is Status.PASSED
    pids = [int(pid) for pid in file.read_text(encoding="utf-8").split()]
    assert len(pids) == 2
    assert eventually(lambda: all(map(gone, pids)))


def test_a_nursery_that_is_killed_is_started_again(asker: Asker) -> None:
    """Whose check killed it twice is unknown; the next question is answered as if nothing were."""
    why = "the process that starts processes for checks has ended"
    assert reason_of(asker.only("kills_the_nursery")) == why
    assert asker.only("fine").status is Status.PASSED


def test_a_question_that_lost_its_nursery_is_put_once_more(asker: Asker, tmp_path: Path) -> None:
    """What killed it may have been the check of another question."""
    (file := tmp_path / "first").touch()
    assert asker.only("kills_it_once", config={"file": str(file)}).status is Status.PASSED


def test_many_questions_at_once_have_a_process_each(asker: Asker) -> None:
    """And none gets the answer of another."""
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(lambda n: asker.only("exits_with", str(n)), range(1, 25)))
    assert [o.machine for o in outcomes] == [f"/machines/{n}" for n in range(1, 25)]
    assert all(f"exit code {n})" in reason_of(o) for n, o in enumerate(outcomes, 1))
