"""Disks, and snapshots of them."""

from __future__ import annotations

from typing import Any

from tests.simulator.compute.sdk import GROUP, SDK, refused, sdk

_ONE = 'machines = [{ name = "vm-1", subscription = 1, data_disks = 2 }]\n'


def _disks(azure: SDK) -> list[str]:
    profile = azure.compute.virtual_machines.get(GROUP, "vm-1").storage_profile
    assert profile is not None
    assert profile.os_disk is not None
    found = [profile.os_disk, *(profile.data_disks or ())]
    return [str(disk.managed_disk.id) for disk in found if disk.managed_disk is not None]


def _body(source: str, **tags: str) -> Any:
    creation = {"createOption": "Copy", "sourceResourceId": source}
    properties = {"incremental": True, "creationData": creation}
    return {"location": "westeurope", "tags": tags, "properties": properties}


def _made(azure: SDK, name: str, source: str, **tags: str) -> Any:
    snapshots = azure.compute.snapshots
    return snapshots.begin_create_or_update(GROUP, name, _body(source, **tags)).result()


def test_each_disk_of_a_machine_can_be_copied() -> None:
    with sdk(_ONE) as azure:
        ids = _disks(azure)
        assert len(ids) == 3
        for number, id_ in enumerate(ids):
            disk = azure.compute.disks.get(GROUP, id_.rpartition("/")[2])
            assert str(disk.managed_by).endswith("/vm-1")
            made = _made(azure, f"snap-{number}", id_, expires="tomorrow")
            assert (made.incremental, made.provisioning_state) == (True, "Succeeded")
            assert made.tags == {"expires": "tomorrow"}
            assert made.creation_data.source_resource_id == id_
            assert made.time_created is not None


def test_the_same_snapshot_again_is_no_second_one_and_not_of_another_disk() -> None:
    with sdk(_ONE) as azure:
        system, data, _ = _disks(azure)
        first = _made(azure, "snap", system)
        assert _made(azure, "snap", system).time_created == first.time_created
        assert len(list(azure.compute.snapshots.list())) == 1
        assert refused(lambda: _made(azure, "snap", data)) == (409, "PropertyChangeNotAllowed")


def test_lists_have_pages_and_scopes() -> None:
    scenario = _ONE + "".join(
        f'[[snapshots]]\nname = "old-{n:03}"\nmachine = "vm-1"\ntags.till = "{{now-1d}}"\n'
        for n in range(120)
    )
    with sdk(scenario) as azure:
        found = list(azure.compute.snapshots.list())
        assert len({one.id for one in found}) == 120
        assert found[0].tags == {"till": "2026-02-28T01:20:00.0000000Z"}
        assert len(list(azure.compute.snapshots.list_by_resource_group(GROUP.upper()))) == 120
        assert list(azure.compute.snapshots.list_by_resource_group("Other")) == []


def test_snapshots_are_removed_and_removing_none_is_no_error() -> None:
    with sdk(_ONE) as azure:
        _made(azure, "snap", _disks(azure)[0])
        for _ in range(2):
            azure.compute.snapshots.begin_delete(GROUP, "snap").result()
        assert refused(lambda: azure.compute.snapshots.get(GROUP, "snap"))[0] == 404


def test_there_is_no_copy_of_what_is_not_there() -> None:
    with sdk(_ONE) as azure:
        system = _disks(azure)[0]
        assert refused(lambda: _made(azure, "snap", f"{system}2")) == (404, "NotFound")
        assert refused(lambda: _made(azure, "a b", system)) == (400, "InvalidParameter")


def test_a_copy_may_fail_in_the_end() -> None:
    fault = '[[operations]]\non = "snapshot"\nfirst = 1\ncode = "SnapshotCountExceeded"'
    with sdk(_ONE + fault) as azure:
        system = _disks(azure)[0]
        assert refused(lambda: _made(azure, "snap", system))[1] == "SnapshotCountExceeded"
        assert azure.compute.snapshots.get(GROUP, "snap").provisioning_state == "Failed"
