"""Who did what, as the activity log tells it; and what others do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.compute.sdk import GROUP, entries, sdk, vm
from tests.simulator.world import SUBSCRIPTIONS

_OFF = 'machines = [{ name = "vm-1", subscription = 1, power = "deallocated" }]\n'
_ABOUT = f"resourceUri eq '{vm('vm-1')}'"
_NO_TAGS: Any = {"tags": {}}
_OTHER = '[[others]]\nmachine = "vm-1"\nat = "+5m"\ndoes = '


def _told(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["operationName"]["value"], one["status"]["value"]) for one in reversed(found)]


def test_a_start_leaves_three_entries_that_can_be_read_some_minutes_later() -> None:
    """One correlation id; the first tells the id of the request."""
    with sdk(_OFF + "[activity_log]\nlag = 300") as azure:
        headers = {"x-ms-client-request-id": "mine", "Authorization": "Bearer token"}
        azure.world.send("POST", f"{vm('vm-1')}/start", headers=headers)
        azure.world.clock.sleep(299)
        assert entries(azure.world, _ABOUT) == []
        azure.world.clock.sleep(1)
        start = "Microsoft.Compute/virtualMachines/start/action"
        assert _told(entries(azure.world, _ABOUT)) == [(start, "Started"), (start, "Accepted")]
        azure.world.clock.sleep(20)
        found = entries(azure.world, _ABOUT.upper().replace("RESOURCEURI EQ", "resourceUri eq"))
        assert _told(found)[2] == (start, "Succeeded")
        assert len({one["correlationId"] for one in found}) == 1
        assert len({one["eventDataId"] for one in found}) == 3
        assert found[-1]["httpRequest"]["clientRequestId"] == "mine"
        assert {one["caller"] for one in found} == {found[0]["caller"]}
        assert found[0]["resourceId"] == vm("vm-1")


def test_an_operation_that_fails_says_why() -> None:
    with sdk(_OFF + "[[operations]]\nfirst = 1\n[activity_log]\nlag = 0") as azure:
        azure.world.send("POST", f"{vm('vm-1')}/start")
        azure.world.send("POST", f"{vm('vm-1')}/restart")
        azure.world.clock.sleep(20)
        found = entries(azure.world, _ABOUT)
        failed = [one for one in found if one["status"]["value"] == "Failed"]
        codes = [one["subStatus"]["value"] for one in failed]
        assert codes == ["AllocationFailed", "Conflict"]


def test_every_kind_of_change_is_written_down() -> None:
    """A request whose answer was lost too; one that was throttled never arrived."""
    fault = '[activity_log]\nlag = 0\n[[faults]]\npath = "*/tags/*"\nalways = true\n'
    with sdk(_OFF + fault + 'drop = "after"') as azure:
        vms, update = azure.compute.virtual_machines, _NO_TAGS
        vms.begin_start(GROUP, "vm-1").result()
        vms.begin_update(GROUP, "vm-1", update).result()
        disk = f"{vm('vm-1').replace('virtualMachines', 'disks')}_OsDisk"
        creation = {"createOption": "Copy", "sourceResourceId": disk}
        body: Any = {"location": "westeurope", "properties": {"creationData": creation}}
        azure.compute.snapshots.begin_create_or_update(GROUP, "snap", body).result()
        azure.compute.snapshots.begin_delete(GROUP, "snap").result()
        with pytest.raises(Exception, match="aborted"):
            azure.resources.tags.begin_delete_at_scope(vm("vm-1"))
        found = entries(azure.world, f"resourceGroupName eq '{GROUP}'")
        begun = [name for name, status in _told(found) if status == "Started"]
        assert begun == [
            "Microsoft.Compute/virtualMachines/start/action",
            "Microsoft.Compute/virtualMachines/write",
            "Microsoft.Compute/snapshots/write",
            "Microsoft.Compute/snapshots/delete",
            "Microsoft.Resources/tags/delete",
        ]
        compute = entries(azure.world, "resourceProvider eq 'Microsoft.Compute'")
        assert len({one["operationName"]["value"] for one in compute}) == 4
        assert azure.world.azure.compute.activity[0].operation == begun[0]


@pytest.mark.parametrize(
    ("does", "then", "name"),
    [
        ("start", "running", "virtualMachines/start/action"),
        ("delete", "deleted", "virtualMachines/delete"),
    ],
)
def test_somebody_else_does_something_at_a_moment(does: str, then: str, name: str) -> None:
    """Whether or not anybody looks; the log names them."""
    scenario = _OFF + _OTHER + f'"{does}"\ncaller = "eve@contoso.example"\n[activity_log]\nlag = 0'
    with sdk(scenario) as azure:
        azure.world.clock.sleep(299)
        assert azure.world.azure.power.of(vm("vm-1")) == "deallocated"
        azure.world.clock.sleep(3600)
        found = entries(azure.world, _ABOUT)
        assert azure.world.azure.power.of(vm("vm-1")) == then
        assert {one["caller"] for one in found} == {"eve@contoso.example"}
        assert {one for one, _ in _told(found)} == {f"Microsoft.Compute/{name}"}
        assert azure.world.azure.power.history[-1].by == "eve@contoso.example"
        gone = "resources | where type =~ 'microsoft.compute/virtualmachines' | project id"
        assert len(azure.world.rows(gone)) == (0 if does == "delete" else 1)


def test_others_hands_come_in_their_turn() -> None:
    """We start it, they stop it five minutes into the story, whenever that is noticed."""
    with sdk(_OFF + _OTHER + '"deallocate"') as azure:
        azure.compute.virtual_machines.begin_start(GROUP, "vm-1").result()
        azure.world.clock.sleep(3600)
        states = [one.power for one in azure.world.azure.power.history_of(vm("vm-1"))]
        assert states == ["starting", "running", "deallocating", "deallocated"]


def test_the_log_has_pages_and_shows_only_what_was_selected() -> None:
    with sdk(_OFF + "[activity_log]\nlag = 0\npage_size = 2") as azure:
        for _ in range(3):
            azure.world.send("POST", f"{vm('vm-1')}/deallocate")
        found = entries(azure.world, _ABOUT, **{"$select": "caller,status"})
        assert len(found) == 9
        assert {tuple(one) for one in found} == {("caller", "status")}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "resourceGroupName eq 'x'",
        "eventTimestamp ge 'yesterday'",
        "eventTimestamp ge '2025-01-01T00:00:00Z'",
        "eventTimestamp ge '2026-03-01T00:00:00Z' and caller eq 'me'",
    ],
    ids=["none", "no time", "no such time", "too old", "no such field"],
)
def test_filters_that_azure_does_not_have_are_refused(text: str) -> None:
    path = f"/subscriptions/{SUBSCRIPTIONS[0]}/providers/Microsoft.Insights/eventtypes/management"
    with sdk(_OFF) as azure:
        query = {"api-version": "2015-04-01", "$filter": text}
        answer = azure.world.send("GET", f"{path}/values", params=query)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")
