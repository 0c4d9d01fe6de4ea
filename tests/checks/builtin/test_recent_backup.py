"""Every machine has a recovery point that is recent enough."""

from __future__ import annotations

from typing import Any

import pytest

from checks import CannotTell, Machine
from checks.builtin.recent_backup import RecentBackup, recent_backup
from tests.builders import SUBSCRIPTION
from tests.checks.asking import ask_in
from tests.checks.builtin.played import by_name, pages_for, played, refused, words
from tests.checks.builtin.saying import SayingGraph, arc, of_run, sample, statuses, told, vm

NAME = "recent_backup"
VM = vm("a")
DISK = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Estate/providers/Microsoft.Compute/disks"
NONE = "recoveryservicesresources shows no backup of it"


def item(machine: Machine = VM, **columns: str) -> dict[str, Any]:
    """An item that was backed up this morning."""
    return {
        "id": "/subscriptions/s/resourceGroups/g/providers/x.RecoveryServices/vaults/main/items/x",
        "machine": machine.id.upper(),
        "state": "Protected",
        "deleted": "",
        "point": "2026-11-28T02:00:00.1234567Z",
        "lastBackup": "Completed",
    } | columns


def answers(
    *items: dict[str, Any],
    machines: tuple[Machine, ...] = (VM,),
    disks: Any = (),
    points: Any = (),
    **config: Any,
) -> tuple[dict[str, str], SayingGraph]:
    """What the check says of these machines at noon, and what it asked."""
    rows = {NAME: items, "recent_backup_disks": disks, "recent_backup_points": points}
    graph, run = SayingGraph(rows), of_run(*machines)
    return statuses(recent_backup(run, told(run, RecentBackup(**config), graph))), graph


def said(*items: dict[str, Any], **more: Any) -> str:
    """The same of one VM."""
    return answers(*items, **more)[0]["a"]


def test_a_backup_of_last_night_passes_in_either_kind_of_vault() -> None:
    found = by_name(played(NAME, "passed"))
    assert {outcome.status.value for outcome in found.values()} == {"passed"}
    assert found["web-01"].evidence["vault"] == "main"
    assert found["old-01"].evidence["vault"] == "a Backup vault, disk by disk"
    assert found["old-01"].evidence["last_point"] == "2026-11-27 18:22 UTC"


def test_an_old_point_and_none_yet_block() -> None:
    found = by_name(played(NAME, "blocked"))
    assert found["web-01"].status.value == "passed"
    assert found["web-02"].reason == "its last good recovery point is 72.0 h old, more than 26 h"
    assert found["new-01"].reason == "its first backup has not been made yet"
    assert {found[name].status.value for name in ("web-02", "new-01")} == {"blocked"}


def test_a_site_chooses_how_old_is_too_old() -> None:
    assert words(played(NAME, "blocked", max_age_hours=100))["web-02"] == "passed"
    assert words(played(NAME, "blocked", max_age_hours=1))["web-01"] == "blocked"


def test_what_no_vault_shows_is_unknown() -> None:
    found = by_name(played(NAME, "unknown"))
    assert {name: outcome.status.value for name, outcome in found.items()} == {
        "web-01": "passed",
        "web-02": "unknown",
        "branch-01": "unknown",
    }
    assert found["web-02"].reason == NONE
    assert "Arc server" in found["branch-01"].reason


def test_a_site_chooses_what_unprotected_machines_are() -> None:
    outcomes = words(played(NAME, "unknown", unprotected="block", arc="skip"))
    assert outcomes == {"web-01": "passed", "web-02": "blocked", "branch-01": "skipped"}


@pytest.mark.parametrize("query", [2, 3])
def test_a_query_that_is_refused_makes_all_unknown(query: int) -> None:
    """The vaults first, then the disks of the machines that are in none."""
    assert refused(NAME, query).status.value == "unknown"


def test_1500_machines_are_two_pages() -> None:
    assert pages_for(NAME, 1500) == ({"passed": 1500}, 2)


def test_machines_without_any_backup_cost_one_more_page() -> None:
    """Of the first hundred the disks are looked for; none of them is in a Backup vault."""
    given, pages = pages_for(NAME, 1500, 'backup = "None"\n', unprotected="block")
    assert given == {"blocked": 100, "unknown": 1400}
    assert pages <= 5


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, "passed"),
        ({"lastBackup": "Failed"}, "passed"),
        ({"state": "ProtectionStopped"}, "passed"),
        ({"point": "2026-11-27T10:00:00Z"}, "passed"),
        ({"point": "2026-11-27T09:59:59Z"}, "blocked"),
        ({"point": "", "state": "IRPending"}, "blocked"),
        ({"deleted": "True"}, NONE),
        ({"state": "SoftDeleted"}, NONE),
        (
            {"point": ""},
            "the vault main does not say when its last recovery point was made",
        ),
        (
            {"point": "2026-11-29T00:00:00Z"},
            "its last recovery point is of the future: 2026-11-29 00:00 UTC",
        ),
    ],
    ids=str,
)
def test_an_item_is_read_as_azure_writes_it(columns: dict[str, str], word: str) -> None:
    assert said(item(VM, **columns)).startswith(word)


def test_the_newest_point_of_several_vaults_counts() -> None:
    old = item(point="2026-11-01T00:00:00Z")
    assert said(old, item()) == "passed"
    assert said(item(), item(state="IRPending", point="")) == "passed"
    assert said(old, item(state="IRPending", point="")) == "blocked"


def test_a_vault_that_does_not_say_may_have_the_newest() -> None:
    """It matters only if no other has one that is recent enough."""
    silent = item(point="")
    assert said(item(), silent) == "passed"
    assert "does not say" in said(item(point="2026-11-01T00:00:00Z"), silent)


def test_further_subscriptions_are_asked_for_vaults() -> None:
    other = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
    _, graph = answers(item(), subscriptions=(other,))
    assert graph.asked == [(NAME, {"subscriptions": (SUBSCRIPTION, other)})]


def disks(*names: str) -> list[dict[str, Any]]:
    """The disks of the VM: the first is that of its system."""
    ids = [f"{DISK}/{name}" if name else "" for name in names]
    data: list[Any] = [
        {"lun": 0, "managedDisk": {"id": id_}} if id_ else {"vhd": {}} for id_ in ids[1:]
    ]
    return [{"id": VM.id, "machine": VM.id.lower(), "osDisk": ids[0], "dataDisks": data}]


def point(name: str, at: str | None, state: str = "ProtectionConfigured") -> dict[str, Any]:
    """What a Backup vault has of a disk."""
    return {"id": "x", "disk": f"{DISK}/{name}".upper(), "state": state, "point": at}


NEW, OLD = "2026-11-28T02:00:00Z", "2026-11-20T02:00:00Z"


@pytest.mark.parametrize(
    ("own", "points", "word"),
    [
        (("os", "data"), [("os", NEW), ("data", NEW)], "passed"),
        (("os", "data"), [("os", NEW), ("data", OLD)], "blocked"),
        (("os",), [("os", OLD), ("os", NEW)], "passed"),
        (("os",), [("os", NEW), ("os", None)], "passed"),
        (("os", "data"), [("os", NEW)], "1 of its 2 disks are in no vault"),
        (("os", ""), [("os", NEW)], "1 of its 2 disks are in no vault"),
        (("os",), [("os", None)], "a Backup vault protects its disks, and shows no backup in 14"),
        (("os",), [], NONE),
        (("os",), [("other", NEW)], NONE),
        (("",), [], NONE),
    ],
    ids=str,
)
def test_a_vm_is_as_old_as_the_oldest_of_its_disks(
    own: tuple[str, ...], points: list[tuple[str, str | None]], word: str
) -> None:
    found = [point(name, at) for name, at in points]
    assert said(disks=disks(*own), points=found).startswith(word)


def test_a_disk_that_was_deleted_from_its_vault_is_in_none() -> None:
    gone = [point("os", NEW, state="SoftDeleted")]
    assert said(disks=disks("os"), points=gone) == NONE


def test_a_backup_of_a_disk_that_failed_is_no_point() -> None:
    """Only jobs that completed count: the one before it is too old."""
    text = sample(NAME, "passed").replace('status = "Completed"', 'status = "Failed"')
    found = by_name(ask_in(text, NAME))["old-01"]
    assert found.status.value == "unknown"
    assert "shows no backup in 14 days" in found.reason


def test_disks_are_asked_for_only_where_they_matter() -> None:
    """Not for Arc servers, and not for machines that a vault protects."""
    server = arc("b")
    found, graph = answers(item(), machines=(VM, server), arc="skip")
    assert found == {"a": "passed", "b": "skipped"}
    assert [name for name, _ in graph.asked] == [NAME]


def test_an_arc_server_that_has_an_item_is_judged() -> None:
    """Should Azure begin to write them."""
    server = arc("b")
    assert answers(item(server), machines=(server,))[0] == {"b": "passed"}


def test_resource_graph_that_hides_the_points_makes_all_unknown() -> None:
    with pytest.raises(CannotTell, match="lost"):
        answers(disks=disks("os"), points=CannotTell("lost"))


@pytest.mark.parametrize("hours", [0, -1, float("nan"), 10000])
def test_an_age_that_makes_no_sense_is_no_policy(hours: float) -> None:
    with pytest.raises(ValueError, match="max_age_hours"):
        RecentBackup(max_age_hours=hours)


@pytest.mark.parametrize("data", ["garbage", 7, {"managedDisk": {"id": f"{DISK}/data"}}], ids=str)
def test_data_disks_of_another_form_are_not_none(data: object) -> None:
    """There may be one without a backup among them."""
    own = disks("os")[0] | {"dataDisks": data}
    assert "of its 2 disks are in no vault" in said(disks=[own], points=[point("os", NEW)])
    assert said(disks=[own | {"dataDisks": None}], points=[point("os", NEW)]) == "passed"


def test_a_subscription_that_is_none_is_no_policy() -> None:
    with pytest.raises(ValueError, match="'prod' is no subscription id"):
        RecentBackup(subscriptions=("prod",))
