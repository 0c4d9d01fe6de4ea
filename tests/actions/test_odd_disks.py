"""Disks that can have no snapshot of their own, and names that somebody else has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from actions.builtin.mute_alerts import mute_alerts
from actions.builtin.snapshot_disks import snapshot_disks
from actions.testing import FakeAzure, a_machine, try_action
from core.model import Outcome, Status
from tests.actions.estate import a_refusal

VM = a_machine("web-01")
DISK = VM.id.replace("virtualMachines", "disks")


def vm(*, managed: str | None = DISK, ephemeral: bool = False) -> Any:
    """A VM as Azure's SDK has it."""
    disk = SimpleNamespace(
        managed_disk=None if managed is None else SimpleNamespace(id=managed),
        diff_disk_settings=SimpleNamespace(option="Local") if ephemeral else None,
    )
    storage = SimpleNamespace(os_disk=disk, data_disks=[])
    return SimpleNamespace(storage_profile=storage, location="westeurope")


def tried(machine: Any, **snapshots: Any) -> Outcome:
    """What is said of that VM."""
    compute = SimpleNamespace(
        virtual_machines=SimpleNamespace(get=lambda *_: machine),
        snapshots=SimpleNamespace(**snapshots),
    )
    azure = FakeAzure(ComputeManagementClient=compute)
    (outcome,) = try_action(snapshot_disks, [VM], azure=azure).outcomes
    assert azure.called == []
    return outcome


def test_an_ephemeral_disk_is_nothing_to_keep() -> None:
    assert tried(vm(ephemeral=True)).status is Status.SKIPPED


def test_a_disk_that_is_not_a_managed_one_is_unknown() -> None:
    outcome = tried(vm(managed=None))
    assert (outcome.status, outcome.reason) == (
        Status.UNKNOWN,
        "its OS disk is not a managed disk that can be told",
    )


def test_a_disk_whose_id_leads_elsewhere_is_not_asked_for() -> None:
    assert tried(vm(managed=f"{DISK}/../../other")).status is Status.UNKNOWN


def test_a_snapshot_of_another_disk_does_not_count() -> None:
    source = SimpleNamespace(source_resource_id=DISK + "-other")
    there = SimpleNamespace(creation_data=source, provisioning_state="Succeeded")
    outcome = tried(vm(), get=lambda *_: there)
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason.endswith("is there, and is of another disk")


def test_azure_that_is_not_well_is_no_clear_no() -> None:
    def broken(*_: Any) -> Any:
        raise a_refusal(503, "ServiceUnavailable")

    assert tried(vm(), get=broken).status is Status.UNKNOWN


def test_a_rule_of_that_name_that_is_not_ours_is_not_overwritten() -> None:
    theirs = SimpleNamespace(tags={}, properties={"description": "Mine"})
    resources = SimpleNamespace(get_by_id=lambda *_, **__: theirs)
    azure = FakeAzure(ResourceManagementClient=SimpleNamespace(resources=resources))
    (outcome,) = try_action(mute_alerts, [VM], azure=azure).outcomes
    assert outcome.status is Status.BLOCKED
    assert outcome.reason.endswith("is there, and is not ours")
    assert azure.called == []
