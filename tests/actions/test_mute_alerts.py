"""Alerts on the run's machines notify nobody until the run is over, and not a day longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from actions.builtin.mute_alerts import mute_alerts
from core.model import Status
from tests.actions.over_http import Played, playing
from tests.simulator.world import END

MANY = """
[[machines]]
name = "web-{n:03}"
count = 220

[[machines]]
name = "branch-01"
kind = "arc"
"""
FEW = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
_TYPE = "Microsoft.AlertsManagement/actionRules"


def rules(played: Played) -> list[dict[str, Any]]:
    return played.world.azure.management.store.of_type(_TYPE)


def test_alerts_of_all_machines_are_muted_and_no_others() -> None:
    """A rule has at most a hundred machines, all of its own subscription."""
    with playing(mute_alerts, MANY) as played:
        outcomes = played.start()
        assert {one.status for one in outcomes.values()} == {Status.PASSED}
        assert all(played.world.azure.compute.muted(one.id) for one in played.run.machines)
        other = played.run.machines[0].id + "-not"
        assert not played.world.azure.compute.muted(other)
        assert all(len(one["properties"]["scopes"]) <= 100 for one in rules(played))
        assert len(rules(played)) == 4
        assert {one["id"] for one in rules(played)} == set(played.memories[""]["rules"])


def test_it_ends_by_itself_when_nobody_lifts_it() -> None:
    with playing(mute_alerts, FEW, margin_minutes=30) as played:
        played.start()
        machine = played.run.machines[0].id
        played.world.clock.move_to(END + timedelta(minutes=29))
        assert played.world.azure.compute.muted(machine)
        played.world.clock.move_to(END + timedelta(minutes=30))
        assert not played.world.azure.compute.muted(machine)


def test_nothing_is_made_before_it_is_remembered() -> None:
    with playing(mute_alerts, FEW) as played:
        planned = played.stage("plan")
        assert rules(played) == []
    assert planned[""].memory is not None


def test_after_a_crash_there_is_no_second_rule() -> None:
    with playing(mute_alerts, FEW) as played:
        played.start()
        puts = [s for s in played.world.azure.seen if s.method == "PUT"]
        played.run = replace(
            played.run,
            machines=tuple(replace(one, id=one.id.upper()) for one in played.run.machines[::-1]),
        )
        again = played.stage("do")
        planned = played.stage("plan")[""].memory
        assert planned is not None
        assert {one.lower() for one in planned["rules"]} == {
            one.lower() for one in played.memories[""]["rules"]
        }
        assert [s for s in played.world.azure.seen if s.method == "PUT"] == puts
    assert {one.reason for one in again.values()} == {"muted already"}


def test_undo_lifts_exactly_what_was_made_and_once() -> None:
    with playing(mute_alerts, FEW) as played:
        played.start()
        theirs = {**rules(played)[0], "id": rules(played)[0]["id"] + "-theirs", "tags": {}}
        played.world.azure.management.store.put(theirs)
        first, second = played.stage("undo")[""], played.stage("undo")[""]
        assert [one["id"] for one in rules(played)] == [theirs["id"]]
    assert (first.status, first.reason) == (Status.PASSED, "2 of 2 rules removed")
    assert (second.status, second.reason) == (Status.SKIPPED, "is gone")


def test_a_rule_that_somebody_made_theirs_is_left() -> None:
    with playing(mute_alerts, FEW) as played:
        played.start()
        rule, _ = rules(played)
        rule["properties"]["description"] = "Until we know why it rains in the basement"
        played.world.azure.management.store.put(rule)
        first, second = played.stage("undo")[""], played.stage("undo")[""]
        assert [one["id"] for one in rules(played)] == [rule["id"]]
    assert (first.status, first.reason) == (Status.PASSED, "1 of 2 rules removed")
    assert second.status is Status.SKIPPED
    assert "is not ours any more: left alone" in second.reason


def test_a_machine_that_came_later_is_unknown_and_nothing_unremembered_is_made() -> None:
    with playing(mute_alerts, FEW) as played:
        played.start()
        late = replace(played.run.machines[0], id=played.run.machines[0].id + "-late")
        played.run = replace(played.run, machines=(*played.run.machines, late))
        outcomes = played.stage("do")
        assert len(rules(played)) == 2
    assert outcomes["web-01-late"].status is Status.UNKNOWN
    assert outcomes["web-01"].status is Status.PASSED


def test_a_missing_right_is_named_for_each_machine() -> None:
    fault = (
        '[[faults]]\non = "arm"\nmethod = "PUT"\nstatus = 403\nalways = true\n'
        'body = \'{"error": {"code": "AuthorizationFailed", "message": "No."}}\'\n'
    )
    with playing(mute_alerts, FEW + fault) as played:
        outcomes = played.start()
    assert set(outcomes) == {"web-01", "web-02"}
    assert {one.reason for one in outcomes.values()} == {
        "AuthorizationFailed: No. (needs Microsoft.AlertsManagement/actionRules/write)"
    }


def test_an_undo_that_gets_no_answer_is_unknown_and_works_the_next_time() -> None:
    fault = '[[faults]]\non = "arm"\nmethod = "DELETE"\nfirst = 80\nstatus = 503\n'
    with playing(mute_alerts, FEW + fault) as played:
        played.start()
        first = played.stage("undo", seconds=30)[""]
        assert len(rules(played)) == 2
        for _ in range(4):
            played.stage("undo")
        assert rules(played) == []
    assert first.status is Status.UNKNOWN
