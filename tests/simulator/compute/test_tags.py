"""Tags as a resource of their own."""

from __future__ import annotations

import pytest

from tests.simulator.compute.sdk import GROUP, arc, refused, sdk, vm

_TAGGED = """machines = [
    { name = "vm-1", subscription = 1, tags = { Ring = "1", owner = "web" } },
    { name = "arc-1", kind = "arc", subscription = 1, tags = { Ring = "1", owner = "web" } },
]"""


@pytest.mark.parametrize("machine", [vm("vm-1"), arc("arc-1")], ids=["vm", "arc"])
@pytest.mark.parametrize(
    ("operation", "sent", "left"),
    [
        ("Merge", {"ring": "2", "new": "x"}, {"owner": "web", "ring": "2", "new": "x"}),
        ("Replace", {"new": "x"}, {"new": "x"}),
        ("Delete", {"RING": "1"}, {"owner": "web"}),
        ("Delete", {"ring": ""}, {"owner": "web"}),
        ("Delete", {"ring": "9"}, {"Ring": "1", "owner": "web"}),
    ],
)
def test_a_patch_merges_replaces_or_deletes(
    machine: str, operation: str, sent: dict[str, str], left: dict[str, str]
) -> None:
    """Names compare without case; a pair with another value is not deleted."""
    with sdk(_TAGGED) as azure:
        tags = azure.resources.tags
        patch = {"operation": operation, "properties": {"tags": sent}}
        after = tags.begin_update_at_scope(machine, patch).result()
        assert after.properties.tags == left
        assert tags.get_at_scope(machine).properties.tags == left
        assert azure.world.azure.power.tags(machine) == left


def test_all_tags_can_be_replaced_and_removed() -> None:
    with sdk(_TAGGED) as azure:
        tags = azure.resources.tags
        body = {"properties": {"tags": {"only": "this"}}}
        tags.begin_create_or_update_at_scope(vm("vm-1"), body).result()
        assert azure.compute.virtual_machines.get(GROUP, "vm-1").tags == {"only": "this"}
        tags.begin_delete_at_scope(vm("vm-1")).result()
        assert tags.get_at_scope(vm("vm-1")).properties.tags == {}


def test_azure_takes_fifty_tags_and_three_operations() -> None:
    with sdk(_TAGGED) as azure:
        update = azure.resources.tags.begin_update_at_scope
        many = {"operation": "Merge", "properties": {"tags": {f"t{n}": "x" for n in range(51)}}}
        odd = {"operation": "Mix", "properties": {"tags": {}}}
        assert refused(lambda: update(vm("vm-1"), many)) == (400, "InvalidTags")
        assert refused(lambda: update(vm("vm-1"), odd)) == (400, "InvalidRequestContent")
        assert refused(lambda: update(vm("vm-2"), odd)) == (404, "ResourceNotFound")
