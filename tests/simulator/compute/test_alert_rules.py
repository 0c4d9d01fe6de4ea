"""Alert processing rules, as any resource is made of which there is no SDK of its own."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.compute.sdk import GROUP, SDK, refused, sdk, vm
from tests.simulator.world import SUBSCRIPTIONS

_VERSION = "2021-08-08"
_GROUP = f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/{GROUP}"
_RULE = f"{_GROUP}/providers/Microsoft.AlertsManagement/actionRules/mute"
_ONE = 'machines = [{ name = "vm-1", subscription = 1 }]\n'


def _rule(**properties: Any) -> Any:
    told = {
        "scopes": [vm("vm-1")],
        "actions": [{"actionType": "RemoveAllActionGroups"}],
        "schedule": {"effectiveUntil": "2026-03-01T02:00:00", "timeZone": "UTC"},
        **properties,
    }
    return {"location": "Global", "properties": told}


def _made(azure: SDK, **properties: Any) -> Any:
    create = azure.resources.resources.begin_create_or_update_by_id
    return create(_RULE, _rule(**properties), api_version=_VERSION).result()


def _listed(azure: SDK, scope: str) -> list[str]:
    path = f"{scope}/providers/Microsoft.AlertsManagement/actionRules"
    answer = azure.world.send("GET", path, params={"api-version": _VERSION})
    return [one["name"] for one in answer.json()["value"]]


def test_a_rule_mutes_its_machines_until_its_end() -> None:
    """It stays in the list when it has expired, as it does in Azure."""
    with sdk(_ONE) as azure:
        assert _made(azure).properties["enabled"] is True
        azure_ = azure.world.azure
        assert azure_.compute.muted(vm("vm-1"))
        assert not azure_.compute.muted(vm("vm-10"))
        azure.world.clock.sleep(40 * 60)
        assert not azure_.compute.muted(vm("vm-1"))
        assert _listed(azure, f"/subscriptions/{SUBSCRIPTIONS[0]}") == ["mute"]


def test_a_rule_is_shown_changed_and_removed() -> None:
    with sdk(_ONE) as azure:
        resources = azure.resources.resources
        _made(azure)
        _made(azure, description="again")
        change = {"properties": {"enabled": False}, "tags": {"a": "b"}}
        params = {"api-version": _VERSION}
        assert azure.world.send("PATCH", _RULE, change, params=params).json()["tags"] == {"a": "b"}
        assert not azure.world.azure.compute.muted(vm("vm-1"))
        found: Any = resources.get_by_id(_RULE, api_version=_VERSION).properties
        assert (found["description"], found["enabled"]) == ("again", False)
        for _ in range(2):
            resources.begin_delete_by_id(_RULE, api_version=_VERSION).result()
        assert _listed(azure, _GROUP) == []
        assert refused(lambda: resources.get_by_id(_RULE, api_version=_VERSION)) == (
            404,
            "ResourceNotFound",
        )


def test_the_version_before_has_another_form() -> None:
    """It is taken as it comes, and answered 200 also for a rule that is made."""
    params = {"api-version": "2019-05-05-preview"}
    body = {"location": "Global", "properties": {"type": "Suppression", "status": "Enabled"}}
    with sdk(_ONE) as azure:
        made = azure.world.send("PUT", _RULE, body, params=params)
        assert (made.status_code, made.json()["properties"]) == (200, body["properties"])
        assert azure.world.send("DELETE", _RULE, params=params).json() is True


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
        assert refused(lambda: _made(azure, **properties)) == (400, "BadRequest")
