"""Every VM has a snapshot of its disks from just before the run, and none for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from actions.builtin.delete_expired_snapshots import delete_expired_snapshots
from actions.builtin.snapshot_disks import SnapshotDisks, snapshot_disks
from core.model import Outcome, Status
from tests.actions.over_http import Played, playing

TWO = """
[[machines]]
name = "web-{n:02}"
count = 2

[[machines]]
name = "branch-01"
kind = "arc"
"""
_TYPE = "Microsoft.Compute/snapshots"


def snapshots(played: Played) -> list[dict[str, Any]]:
    """Those that there are."""
    return played.world.azure.management.store.of_type(_TYPE)


def writes(played: Played) -> int:
    """How often one was to be made."""
    return sum(s.method == "PUT" and "/snapshots/" in s.path for s in played.world.azure.seen)


def statuses(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: one.status.value for name, one in outcomes.items()}


def test_each_vm_gets_an_incremental_one_and_arc_servers_none() -> None:
    with playing(snapshot_disks, TWO) as played:
        outcomes = played.stage("do")
        assert statuses(outcomes) == {
            "web-01": "passed",
            "web-02": "passed",
            "branch-01": "skipped",
        }
        made = snapshots(played)
    assert len(made) == 2
    for one in made:
        assert one["properties"]["incremental"] is True
        assert one["properties"]["provisioningState"] == "Succeeded"
        assert len(one["name"]) <= 80
        assert one["name"].startswith("patchgate-")
        assert one["tags"]["patchgate-expires"] == "2026-03-08"
        assert one["tags"]["patchgate-run"].startswith("20260301020000-")


def test_after_a_crash_there_is_no_second_one() -> None:
    """Nor when ids come in another letter case."""
    with playing(snapshot_disks, TWO) as played:
        played.stage("do")
        louder = tuple(replace(one, id=one.id.upper()) for one in played.run.machines)
        played.run = replace(played.run, machines=louder, id=played.run.id.upper())
        again = played.stage("do")
        assert len(snapshots(played)) == 2
        assert writes(played) == 2
    assert [one.reason for one in again.values() if one.status is Status.PASSED] == [
        "was there already"
    ] * 2


def test_data_disks_are_kept_if_that_is_wanted() -> None:
    with playing(snapshot_disks, TWO, data_disks=True) as played:
        played.stage("do")
        found = len(snapshots(played))
        disks = {one["properties"]["creationData"]["sourceResourceId"] for one in snapshots(played)}
    assert found == len(disks) >= 2


def test_one_that_azure_does_not_complete_fails_that_machine_alone() -> None:
    fault = '[[operations]]\non = "snapshot"\nmachines = "web-01"\nalways = true\n'
    with playing(snapshot_disks, TWO + fault) as played:
        outcomes = played.stage("do")
    assert statuses(outcomes)["web-01"] == "blocked"
    assert "could not complete" in outcomes["web-01"].reason
    assert statuses(outcomes)["web-02"] == "passed"


def test_one_that_is_not_complete_in_time_is_unknown_and_the_others_are_told() -> None:
    fault = '[[operations]]\non = "snapshot"\nmachines = "web-01"\nalways = true\nends = "never"\n'
    with playing(snapshot_disks, TWO + fault) as played:
        outcomes = played.stage("do")
    assert outcomes["web-01"].status is Status.UNKNOWN
    assert "was not over by" in outcomes["web-01"].reason
    assert statuses(outcomes)["web-02"] == "passed"


def test_a_missing_right_is_named() -> None:
    fault = (
        '[[faults]]\non = "arm"\nmethod = "PUT"\npath = "*/snapshots/*web-01*"\nstatus = 403\n'
        'always = true\nbody = \'{"error": {"code": "AuthorizationFailed", "message": "No."}}\'\n'
    )
    with playing(snapshot_disks, TWO + fault) as played:
        outcomes = played.stage("do")
    reason = outcomes["web-01"].reason
    assert reason == "AuthorizationFailed: No. (needs Microsoft.Compute/snapshots/write)"
    assert statuses(outcomes)["web-02"] == "passed"


def test_whoever_is_throttled_tries_again() -> None:
    fault = '[[faults]]\non = "arm"\nmethod = "PUT"\nfirst = 1\nstatus = 429\nretry_after = 7\n'
    with playing(snapshot_disks, TWO + fault) as played:
        assert statuses(played.stage("do"))["web-01"] == "passed"
        assert len(snapshots(played)) == 2


def test_a_machine_that_is_gone_is_none_of_its_business() -> None:
    other = '[[others]]\nmachine = "web-01"\nat = "+1m"\ndoes = "delete"\n'
    with playing(snapshot_disks, TWO + other) as played:
        played.world.clock.sleep(300)
        outcomes = played.stage("do")
    assert (outcomes["web-01"].status, outcomes["web-01"].reason) == (Status.SKIPPED, "is gone")


@pytest.mark.parametrize("config", [{"keep_days": 0}, {"resource_group": "a/b"}])
def test_a_config_that_means_nothing_is_none(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        SnapshotDisks(**config)


# --- what has expired

OLD = """
[[machines]]
name = "web-01"

[[snapshots]]
name = "old"
machine = "web-01"
tags = { Patchgate-Run = "an earlier one", patchgate-expires = "2026-02-27" }

[[snapshots]]
name = "today"
machine = "web-01"
tags = { patchgate-run = "an earlier one", patchgate-expires = "2026-03-01" }

[[snapshots]]
name = "no-run"
machine = "web-01"
tags = { patchgate-expires = "2020-01-01" }

[[snapshots]]
name = "no-day"
machine = "web-01"
tags = { patchgate-run = "an earlier one", patchgate-expires = "never" }

[[snapshots]]
name = "theirs"
machine = "web-01"
"""


def names(played: Played) -> set[str]:
    return {one["name"] for one in snapshots(played)}


def test_what_has_expired_is_only_told_unless_it_is_to_be_deleted() -> None:
    with playing(delete_expired_snapshots, OLD) as played:
        (outcome,) = played.stage("do").values()
        assert len(names(played)) == 5
    assert outcome.status is Status.SKIPPED
    assert outcome.reason == "1 have expired, and `delete` is off: old"


def test_what_has_expired_and_bears_both_tags_is_deleted() -> None:
    with playing(delete_expired_snapshots, OLD, delete=True) as played:
        (outcome,) = played.stage("do").values()
        assert names(played) == {"today", "no-run", "no-day", "theirs"}
        (again,) = played.stage("do").values()
    assert outcome.status is Status.PASSED
    assert again.reason == "no snapshot has expired"


def test_those_of_this_run_are_never_deleted() -> None:
    """Also when its report comes after their last day."""
    with playing(snapshot_disks, TWO, keep_days=1) as played:
        played.stage("do")
        played.world.clock.sleep(timedelta(days=30).total_seconds())
        played.action, played.config = delete_expired_snapshots, {"delete": True}
        (outcome,) = played.stage("do").values()
        assert len(names(played)) == 2
    assert outcome.status is Status.SKIPPED


def test_a_deletion_that_is_refused_fails_and_says_why() -> None:
    fault = (
        '[[faults]]\non = "arm"\nmethod = "DELETE"\nstatus = 409\nalways = true\n'
        'body = \'{"error": {"code": "ScopeLocked", "message": "It is locked."}}\'\n'
    )
    with playing(delete_expired_snapshots, OLD + fault, delete=True) as played:
        (outcome,) = played.stage("do").values()
        assert len(names(played)) == 5
    assert outcome.status is Status.BLOCKED
    assert outcome.reason == "1 of 1 are not deleted: old: ScopeLocked: It is locked."


def test_snapshots_that_cannot_be_listed_are_unknown() -> None:
    fault = '[[faults]]\non = "arm"\npath = "*/snapshots"\nstatus = 403\nalways = true\n'
    with playing(delete_expired_snapshots, OLD + fault, delete=True) as played:
        (outcome,) = played.stage("do").values()
    assert outcome.status is Status.UNKNOWN
    assert "needs Microsoft.Compute/snapshots/read" in outcome.reason
