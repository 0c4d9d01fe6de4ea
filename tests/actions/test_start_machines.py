"""start_machines: what is off is started and judged so; afterwards, what is ours is stopped.

And nothing else: what somebody else has to do with runs on, and so does whatever is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.builtin.start_machines import start_machines
from actions.testing import NOW, Outcome, Status, Tried, try_action, try_do, try_undo
from plugins.answers import CannotTell
from tests.actions.estate import STRANGER, Estate, a_refusal

HOUR = 3600.0


def _started(estate: Estate, **more: Any) -> Tried:
    return try_action(start_machines, estate.run, **estate.given(**more))


def _undone(estate: Estate, tried: Tried, **more: Any) -> dict[str, Outcome]:
    return _by_name(try_undo(start_machines, estate.run, tried.memories, **estate.given(**more)))


def _by_name(outcomes: tuple[Outcome, ...]) -> dict[str, Outcome]:
    return {(one.machine or "").rpartition("/")[2]: one for one in outcomes}


def _of(tried: Tried) -> dict[str, Outcome]:
    return _by_name(tried.outcomes)


def test_what_is_off_is_started_and_what_runs_is_left_alone() -> None:
    estate = Estate(off=["a", "b"], on=["c"])
    tried = _started(estate)
    assert {name: one.status for name, one in _of(tried).items()} == {
        "a": Status.PASSED,
        "b": Status.PASSED,
        "c": Status.SKIPPED,
    }
    assert estate.powers() == {"a": "running", "b": "running", "c": "running"}
    assert sorted(estate.asked) == [("start", "a"), ("start", "b")]


def test_what_was_started_is_remembered_and_stopped_again() -> None:
    """Those two and no other."""
    estate = Estate(off=["a", "b"], on=["c"])
    tried = _started(estate)
    assert [one.rpartition("/")[2] for one in tried.memory["off"]] == ["a", "b"]
    estate.clock.sleep(2 * HOUR)
    undone = _undone(estate, tried)
    assert estate.powers() == {"a": "deallocated", "b": "deallocated", "c": "running"}
    assert (undone["a"].status, undone["a"].reason) == (Status.PASSED, "is deallocated")
    assert undone["c"].reason == "was not started for this run"


def test_where_nothing_is_off_nothing_is_remembered() -> None:
    tried = _started(Estate(on=["a"]))
    assert (tried.memories, [one.reason for one in tried.outcomes]) == ({}, ["is running"])


def test_a_machine_is_up_when_its_agent_is_ready() -> None:
    """Unless that is not wanted."""
    waiting, hasty = Estate(off=["a"], agent_after=60), Estate(off=["a"], agent_after=60)
    began = waiting.clock.now()
    assert _of(_started(waiting))["a"].evidence == {"power": "running", "agent": "ready"}
    assert (waiting.clock.now() - began).total_seconds() >= 80
    assert _of(_started(hasty, config={"agent": False}))["a"].evidence == {"power": "running"}
    assert (hasty.clock.now() - began).total_seconds() < 60


def test_an_arc_server_that_is_disconnected_fails() -> None:
    """Nobody can start it from here."""
    outcomes = _of(_started(Estate(arc={"x": "Disconnected", "y": "Connected"})))
    assert outcomes["x"].status is Status.BLOCKED
    assert outcomes["x"].reason == "is disconnected: nobody can start an Arc server from here"
    assert outcomes["y"].status is Status.SKIPPED


def test_a_machine_on_its_way_down_is_waited_for() -> None:
    """It is started once it is down, since Azure would refuse that before."""
    estate = Estate(on=["a"])
    estate.does("deallocate", "a")
    tried = _started(estate)
    assert (_of(tried)["a"].status, estate.power("a")) == (Status.PASSED, "running")
    first, second = estate.deeds["a"]
    assert first.ends is not None
    assert second.began >= first.ends


def test_if_too_many_are_off_none_is_started() -> None:
    estate = Estate(off=["a", "b", "c"], on=["d"])
    tried = _started(estate, config={"most": 2})
    assert (estate.asked, tried.memories) == ([], {})
    assert _of(tried)["a"].reason == "3 machines are off, more than 2: none is started"
    assert _of(tried)["d"].status is Status.SKIPPED


def test_only_machines_with_the_tag_are_started() -> None:
    estate = Estate(off=["a", "b", "c"], tags={"a": {"Wake": "yes"}, "b": {"wake": "no"}})
    tried = _started(estate, config={"tag": "wake=yes"})
    assert estate.powers() == {"a": "running", "b": "deallocated", "c": "deallocated"}
    assert _of(tried)["b"].reason == "is deallocated, and not tagged wake=yes"


def test_one_that_cannot_be_allocated_fails_and_the_others_are_started() -> None:
    """With Azure's own code and words."""
    estate = Estate(off=["a", "b", "c"])
    estate.fails["start", "b"] = ("AllocationFailed", "There is no room.")
    outcomes = _of(_started(estate))
    assert (outcomes["b"].status, outcomes["b"].reason) == (
        Status.BLOCKED,
        "AllocationFailed: There is no room.",
    )
    assert [outcomes[name].status for name in "ac"] == [Status.PASSED] * 2


def test_a_start_that_never_ends_is_unknown_in_time_and_the_others_are_started() -> None:
    estate = Estate(off=["a", "b"])
    estate.hangs.add(("start", "a"))
    outcomes = _of(_started(estate))
    assert outcomes["a"].status is Status.UNKNOWN
    assert outcomes["a"].reason == "was not up in time: is starting"
    assert outcomes["b"].status is Status.PASSED


@pytest.mark.parametrize("status", [403, 400])
def test_what_azure_refuses_fails_with_its_words(status: int) -> None:
    estate = Estate(off=["a", "b"])
    estate.refuses["start", "a"] = [a_refusal(status, "Refused", "You may not.")]
    outcomes = _of(_started(estate))
    assert outcomes["a"].status is Status.BLOCKED
    assert "Refused: You may not." in outcomes["a"].reason
    assert outcomes["b"].status is Status.PASSED


@pytest.mark.parametrize(
    "error", [a_refusal(409, "Conflict"), a_refusal(500, "InternalError"), None]
)
def test_what_may_work_later_is_tried_again(error: Exception | None) -> None:
    """A conflict with something else, an error of Azure's own, and a start without an answer."""
    estate = Estate(off=["a"])
    estate.refuses["start", "a"] = [error or CannotTell("no answer in time: it may have worked")]
    assert _of(_started(estate))["a"].status is Status.PASSED
    assert len(estate.asked) == 2


def test_a_machine_that_is_deleted_in_between_fails_before_and_is_no_matter_after() -> None:
    """Between the look and the start, and between the start and the end of the run."""
    estate = Estate(off=["a", "b"])
    estate.after = lambda _kind, name: estate.gone.add("b") if name == "a" else None
    estate.refuses["start", "b"] = [a_refusal(404, "ResourceNotFound")]
    tried = _started(estate)
    assert _of(tried)["b"].reason == "is gone: there is no such VM"
    estate.gone.add("a")
    assert {one.reason for one in _undone(estate, tried).values()} == {
        "is gone: there is no such VM"
    }
    assert ("deallocate", "a") not in estate.asked


def test_rows_that_never_follow_make_it_unknown() -> None:
    """The checks read them, too."""
    outcomes = _of(_started(Estate(off=["a"], row_lag=HOUR)))
    assert outcomes["a"].reason == "was not up in time: is deallocated"


def test_a_crash_after_the_start_changes_nothing() -> None:
    """It is done again from its beginning: the same outcome, and still ours."""
    whole, crashed = Estate(off=["a"]), Estate(off=["a"])

    class Crash(BaseException):
        pass

    def crash(_kind: str, _name: str) -> None:
        crashed.after = lambda _kind, _name: None
        raise Crash

    crashed.after = crash
    first = _started(crashed)
    assert first.memory
    again = try_do(start_machines, crashed.run, first.memories, **crashed.given())
    assert _strip(again) == _strip(_started(whole).outcomes)
    crashed.clock.sleep(HOUR)
    assert _undone(crashed, first)["a"].reason == "is deallocated"


def _strip(outcomes: tuple[Outcome, ...]) -> list[tuple[Any, ...]]:
    return [(one.status, one.reason, one.evidence) for one in outcomes]


@pytest.mark.parametrize("kind", ["start", "restart", "deallocate", "poweroff"])
def test_what_somebody_else_has_to_do_with_runs_on(kind: str) -> None:
    """Whoever starts, restarts or stops it during the run has claimed it."""
    estate = Estate(off=["a", "b"])
    tried = _started(estate)
    estate.clock.sleep(600)
    estate.does(kind, "a")
    estate.clock.sleep(600)
    if kind in ("deallocate", "poweroff"):
        estate.does("start", "a")
    estate.clock.sleep(HOUR)
    undone = _undone(estate, tried)
    assert estate.powers() == {"a": "running", "b": "deallocated"}
    assert undone["a"].status is Status.SKIPPED
    assert f"left running: {STRANGER} asked for its" in undone["a"].reason


def test_what_somebody_else_started_between_the_look_and_the_start_runs_on() -> None:
    """We send no start, and it is theirs."""
    estate = Estate(off=["a", "b"])
    plan = estate.given()
    asked: list[Callable[[], object]] = [lambda: None, lambda: estate.does("start", "a")]

    class Graph:
        def ask(self, query: Any, /, **values: Any) -> Any:
            if asked:
                asked.pop(0)()
            return estate.ask(query)

    plan["graph"] = Graph()
    tried = try_action(start_machines, estate.run, **plan)
    assert [one.status for one in tried.outcomes] == [Status.PASSED] * 2
    assert estate.asked == [("start", "b")]
    estate.clock.sleep(HOUR)
    undone = _undone(estate, tried)
    assert estate.powers() == {"a": "running", "b": "deallocated"}
    assert STRANGER in undone["a"].reason


def test_what_somebody_started_before_a_row_shows_it_is_theirs() -> None:
    """The row still says that it is off: the machine itself is asked, and nothing remembered."""
    estate = Estate(off=["a", "b"], row_lag=300)
    estate.does("start", "a")
    estate.clock.sleep(120)
    tried = _started(estate)
    assert _of(tried)["a"].reason == "is running"
    assert [one.rpartition("/")[2] for one in tried.memory["off"]] == ["b"]
    estate.clock.sleep(HOUR)
    _undone(estate, tried)
    assert estate.powers() == {"a": "running", "b": "deallocated"}


def test_a_clock_that_differs_from_azures_does_not_hide_a_claim() -> None:
    """Somebody's start may be logged some seconds before we looked."""
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.deeds["a"][0:0] = [
        replace(estate.deeds["a"][0], began=NOW - timedelta(seconds=20), by=STRANGER, request="")
    ]
    estate.clock.sleep(HOUR)
    assert STRANGER in _undone(estate, tried)["a"].reason


def test_what_was_claimed_and_is_off_again_stays_off() -> None:
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.does("deallocate", "a")
    estate.clock.sleep(HOUR)
    assert _undone(estate, tried)["a"].reason == "is deallocated already"


def test_a_machine_with_the_tag_runs_on() -> None:
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.clock.sleep(HOUR)
    estate.tags["a"] = {"Patchgate-Keep": ""}
    assert _undone(estate, tried)["a"].reason == "left running: tagged patchgate-keep"
    assert estate.power("a") == "running"


def test_in_doubt_nothing_is_stopped() -> None:
    """The log cannot be read: UNKNOWN, so that it is asked again."""
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.clock.sleep(HOUR)
    estate.readable = False
    undone = _undone(estate, tried)["a"]
    assert (undone.status, estate.power("a")) == (Status.UNKNOWN, "running")
    assert undone.reason == "left running: who started it cannot be told: 403 AuthorizationFailed"
    estate.readable = True
    assert _undone(estate, tried)["a"].status is Status.PASSED


def test_a_log_that_does_not_tell_who_started_it_is_doubt() -> None:
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.log_lag = 10 * HOUR
    undone = _undone(estate, tried)["a"]
    assert (undone.status, estate.power("a")) == (Status.UNKNOWN, "running")
    assert undone.reason == "left running: the activity log does not tell who started it"


def test_a_log_that_lags_is_waited_for() -> None:
    """A run that is cancelled soon has its undo soon after the start."""
    estate = Estate(off=["a"], log_lag=180)
    tried = _started(estate)
    assert _undone(estate, tried)["a"].status is Status.PASSED
    assert estate.power("a") == "deallocated"


def test_a_start_of_ours_that_failed_does_not_make_it_ours() -> None:
    """It runs nevertheless, and the log does not say why."""
    estate = Estate(off=["a"])
    estate.fails["start", "a"] = ("AllocationFailed", "There is no room.")
    tried = _started(estate)
    estate.first["a"] = "running"
    estate.clock.sleep(HOUR)
    assert _undone(estate, tried)["a"].status is Status.UNKNOWN
    assert ("deallocate", "a") not in estate.asked


def test_undo_may_be_asked_three_times() -> None:
    """The second and the third find it done."""
    estate = Estate(off=["a", "b"])
    tried = _started(estate)
    estate.clock.sleep(HOUR)
    said = [_undone(estate, tried)["a"].reason for _ in range(3)]
    assert said == ["is deallocated", "is deallocated already", "is deallocated already"]
    assert [one for one in estate.asked if one[0] == "deallocate"].count(("deallocate", "a")) == 1


def test_an_undo_that_fails_works_the_next_time() -> None:
    estate = Estate(off=["a", "b"])
    tried = _started(estate)
    estate.clock.sleep(HOUR)
    estate.refuses["deallocate", "a"] = [a_refusal(409, "Conflict"), a_refusal(500, "Odd")]
    said = [_undone(estate, tried)["a"].status for _ in range(3)]
    assert said == [Status.BLOCKED, Status.UNKNOWN, Status.PASSED]
    assert estate.powers() == {"a": "deallocated", "b": "deallocated"}


def test_what_was_stopped_by_us_and_runs_again_is_somebody_elses() -> None:
    """Also while the log does not show who started it."""
    estate = Estate(off=["a"])
    tried = _started(estate)
    estate.clock.sleep(HOUR)
    _undone(estate, tried)
    estate.clock.sleep(HOUR)
    estate.log_lag = HOUR / 2
    estate.does("start", "a")
    estate.clock.sleep(60)
    assert _undone(estate, tried)["a"].status is Status.UNKNOWN
    assert estate.power("a") == "running"
