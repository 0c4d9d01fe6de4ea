"""Alert processing rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.compute.sdk import GROUP, refused, sdk, vm

_ONE = 'machines = [{ name = "vm-1", subscription = 1 }]\n'


def _rule(**properties: Any) -> Any:
    told = {
        "scopes": [vm("vm-1")],
        "actions": [{"actionType": "RemoveAllActionGroups"}],
        "schedule": {"effectiveUntil": "2026-03-01T02:00:00", "timeZone": "UTC"},
        **properties,
    }
    return {"location": "Global", "properties": told}


def test_a_rule_mutes_its_machines_until_its_end() -> None:
    """It stays in the list when it has expired, as it does in Azure."""
    with sdk(_ONE) as azure:
        rules = azure.alerts.alert_processing_rules
        made = rules.create_or_update(GROUP, "mute", _rule())
        assert made.properties is not None
        assert made.properties.enabled
        azure_ = azure.world.azure
        assert azure_.compute.muted(vm("vm-1"))
        assert not azure_.compute.muted(vm("vm-10"))
        azure.world.clock.sleep(40 * 60)
        assert not azure_.compute.muted(vm("vm-1"))
        assert [one.name for one in rules.list_by_subscription()] == ["mute"]


def test_a_rule_is_shown_changed_and_removed() -> None:
    with sdk(_ONE) as azure:
        rules = azure.alerts.alert_processing_rules
        rules.create_or_update(GROUP, "mute", _rule())
        rules.create_or_update(GROUP, "mute", _rule(description="again"))
        off = rules.update(GROUP, "mute", {"properties": {"enabled": False}, "tags": {"a": "b"}})
        assert off.tags == {"a": "b"}
        assert not azure.world.azure.compute.muted(vm("vm-1"))
        found = rules.get_by_name(GROUP, "mute").properties
        assert found is not None
        assert (found.description, found.enabled) == ("again", False)
        for _ in range(2):
            rules.delete(GROUP, "mute")
        assert list(rules.list_by_resource_group(GROUP)) == []
        assert refused(lambda: rules.get_by_name(GROUP, "mute")) == (404, "ResourceNotFound")


@pytest.mark.parametrize(
    "properties",
    [
        {"scopes": []},
        {"scopes": ["/subscriptions/99999999-9999-9999-9999-999999999999"]},
        {"actions": []},
        {"actions": [{"actionType": "Mute"}]},
        {"schedule": {"effectiveUntil": "tomorrow"}},
        {"schedule": {"effectiveUntil": "2026-03-01T02:00:00Z"}},
    ],
    ids=["no scope", "elsewhere", "no action", "no such action", "no time", "a time with a zone"],
)
def test_what_azure_would_not_take_is_refused(properties: dict[str, Any]) -> None:
    with sdk(_ONE) as azure:
        create = azure.alerts.alert_processing_rules.create_or_update
        assert refused(lambda: create(GROUP, "mute", _rule(**properties))) == (400, "BadRequest")
