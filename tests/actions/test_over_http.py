"""Shipped actions against the simulator: real requests, real queries, and Azure's own SDK."""

from __future__ import annotations

import pytest

from actions.builtin.start_machines import start_machines
from actions.builtin.tag_machines import tag_machines
from core.model import Status
from tests.actions.over_http import Played, playing

_FIVE = """
[[machines]]
name = "off-{n}"
count = 2
power = "deallocated"
[[machines]]
name = "up"
[[machines]]
name = "arc"
kind = "arc"
"""
_LATER = 4 * 3600


def _undone(played: Played) -> dict[str, str]:
    return {name: one.reason for name, one in played.stage("undo").items()}


def test_machines_are_started_and_only_those_are_stopped_again() -> None:
    """Both, and nothing else; a second undo and a third find nothing to do."""
    with playing(start_machines, _FIVE) as played:
        started = played.start()
        assert {one: outcome.status for one, outcome in started.items()} == {
            "off-1": Status.PASSED,
            "off-2": Status.PASSED,
            "up": Status.SKIPPED,
            "arc": Status.SKIPPED,
        }
        assert played.power() == {
            **dict.fromkeys(["off-1", "off-2", "up"], "running"),
            "arc": "Connected",
        }
        played.world.clock.sleep(_LATER)
        assert _undone(played)["off-1"] == "is deallocated"
        assert played.power()["off-1"] == played.power()["off-2"] == "deallocated"
        assert played.power()["up"] == "running"
        for _ in range(2):
            assert _undone(played)["off-1"] == "is deallocated already"


@pytest.mark.parametrize("does", ["start", "restart"])
def test_what_somebody_else_has_to_do_with_runs_on(does: str) -> None:
    """During the run, as the log tells."""
    other = f'[[others]]\nmachine = "off-1"\nat = "start+1h"\ndoes = "{does}"\ncaller = "ann"\n'
    with playing(start_machines, _FIVE + other) as played:
        played.start()
        played.world.clock.sleep(_LATER)
        assert _undone(played)["off-1"].startswith("left running: ann asked for its")
        assert (played.power()["off-1"], played.power()["off-2"]) == ("running", "deallocated")


def test_what_somebody_else_starts_before_we_do_is_theirs() -> None:
    """Between the look and the start, at which a row may still say that it is off."""
    other = '[power]\nrow_lag = 120\n[[others]]\nmachine = "off-1"\nat = "+10s"\ndoes = "start"\n'
    with playing(start_machines, other + _FIVE) as played:
        (planned,) = played.stage("plan").values()
        assert planned.memory is not None
        played.memories = {"": planned.memory}
        played.world.clock.sleep(15)
        assert played.stage("do")["off-1"].status is Status.PASSED
        played.world.clock.sleep(_LATER)
        assert "left running: somebody@contoso.example" in _undone(played)["off-1"]
        assert (played.power()["off-1"], played.power()["off-2"]) == ("running", "deallocated")


def test_one_that_cannot_be_allocated_fails_and_the_other_is_started() -> None:
    fault = '[[operations]]\non = "start"\nmachines = "off-1"\nalways = true\n'
    with playing(start_machines, _FIVE + fault) as played:
        started = played.start()
        assert started["off-1"].status is Status.BLOCKED
        assert started["off-1"].reason.startswith("AllocationFailed: Allocation failed.")
        assert started["off-2"].status is Status.PASSED


def test_a_start_that_never_ends_is_unknown_and_the_other_is_started() -> None:
    fault = '[[operations]]\non = "start"\nmachines = "off-1"\nalways = true\nends = "never"\n'
    with playing(start_machines, _FIVE + fault) as played:
        started = played.start()
        assert started["off-1"].status is Status.UNKNOWN
        assert started["off-1"].reason.startswith("was not up in time: ")
        assert started["off-2"].status is Status.PASSED


def test_throttled_and_unanswered_starts_are_sent_again() -> None:
    """429 with a time to wait, 503, and an answer that is lost after the effect."""
    faults = "".join(
        f'[[faults]]\non = "arm"\npath = "*/off-{machine}/start"\nfirst = 1\n{what}\n'
        for machine, what in ((1, "status = 429\nretry_after = 7"), (2, 'drop = "after"'))
    )
    with playing(start_machines, _FIVE + faults) as played:
        assert played.start()["off-1"].status is Status.PASSED
        assert played.power()["off-2"] == "running"
        played.world.clock.sleep(_LATER)
        assert _undone(played)["off-2"] == "is deallocated"


def test_limits_that_are_lower_than_published_are_learnt() -> None:
    """As for a trial account: all are started, and the others wait their turn."""
    many = '[arm]\nwrites = 5\nwrites_per_second = 1\n[[machines]]\ncount = 20\npower = "stopped"\n'
    with playing(start_machines, many) as played:
        assert {one.status for one in played.start().values()} == {Status.PASSED}
        assert set(played.power().values()) == {"running"}


def test_a_machine_that_is_deleted_in_between_is_no_matter() -> None:
    other = '[[others]]\nmachine = "off-1"\nat = "start+1h"\ndoes = "delete"\n'
    with playing(start_machines, _FIVE + other) as played:
        played.start()
        played.world.clock.sleep(_LATER)
        assert _undone(played)["off-1"] == "is gone: there is no such VM"
        assert played.power()["off-2"] == "deallocated"


def test_a_crash_after_the_start_changes_nothing() -> None:
    """Done again, it gives the same, and by the log it is still ours."""
    with playing(start_machines, _FIVE) as played:
        first = played.start()
        again = played.stage("do")
        assert {n: (o.status, o.reason) for n, o in again.items() if n.startswith("off")} == {
            n: (o.status, o.reason) for n, o in first.items() if n.startswith("off")
        }
        played.world.clock.sleep(_LATER)
        assert _undone(played)["off-1"] == "is deallocated"


def test_a_log_that_lags_is_waited_for() -> None:
    """A run that is cancelled at once has its undo at once: three minutes later the log knows."""
    with playing(start_machines, _FIVE) as played:
        played.start()
        assert _undone(played)["off-1"] == "is deallocated"
        assert played.power()["off-1"] == "deallocated"


def test_a_log_that_cannot_be_read_leaves_all_running() -> None:
    path = "*/eventtypes/management/values"
    fault = f'[[faults]]\non = "arm"\npath = "{path}"\nalways = true\nstatus = 403\n'
    with playing(start_machines, _FIVE + fault) as played:
        played.start()
        played.world.clock.sleep(_LATER)
        undone = played.stage("undo")["off-1"]
        assert (undone.status, played.power()["off-1"]) == (Status.UNKNOWN, "running")


def test_a_machine_with_the_tag_runs_on() -> None:
    tagged = '[[machines]]\nname = "keep"\npower = "stopped"\ntags = { patchgate-keep = "yes" }\n'
    with playing(start_machines, tagged) as played:
        played.start()
        played.world.clock.sleep(_LATER)
        assert _undone(played)["keep"] == "left running: tagged patchgate-keep"


def test_tags_are_set_and_restored() -> None:
    """Of VMs and Arc servers, and nobody else's."""
    scenario = _FIVE.replace('name = "up"', 'name = "up"\ntags = { Owner = "shop", tier = "web" }')
    with playing(tag_machines, scenario, tags={"owner": "patchgate", "patching": "now"}) as played:
        before = played.tags()
        assert {one.status for one in played.start().values()} == {Status.PASSED}
        assert all(tags["patching"] == "now" for tags in played.tags().values())
        assert {one.reason for one in played.stage("undo").values()} == {"its tags are as before"}
        assert played.tags() == before
        assert {one.reason for one in played.stage("undo").values()} == {"is as it was already"}
