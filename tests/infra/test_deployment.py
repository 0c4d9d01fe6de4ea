"""What infra/ would make: rehearsed on paper, since nothing is deployed from here."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import pytest

from core.ids import ConfigurationId
from core.settings import Settings
from tests.infra.arm_functions import NotYetKnown
from tests.infra.bicep import INFRA, Bicep
from tests.infra.rehearsal import Resource, rehearse
from tests.infra.world import (
    CONFIGURATIONS,
    ELSEWHERE,
    HERE,
    MAIN,
    WEEKLY,
    of_type,
    stage_one,
    the,
    usual,
)

BUILT_IN = json.loads((INFRA / "built-in-roles.json").read_text(encoding="utf-8"))
ASSIGNMENT = "Microsoft.Authorization/roleAssignments"
DEFINITION = "Microsoft.Authorization/roleDefinitions"


def settings(made: Sequence[Resource]) -> dict[str, str]:
    """The app's settings."""
    listed = the(made, "Microsoft.Web/sites").properties["siteConfig"]["appSettings"]
    return {one["name"]: one["value"] for one in listed}


def test_storage_takes_identities_alone() -> None:
    """No keys, nothing public, and no old TLS."""
    account = the(usual(), "Microsoft.Storage/storageAccounts").properties
    assert account["allowSharedKeyAccess"] is False
    assert account["allowBlobPublicAccess"] is False
    assert account["minimumTlsVersion"] == "TLS1_2"
    assert account["supportsHttpsTrafficOnly"] is True
    containers = of_type(usual(), "Microsoft.Storage/storageAccounts/blobServices/containers")
    assert [one.name for one in containers] == ["packages", "dead-letters"]
    assert {one.properties["publicAccess"] for one in containers} == {"None"}


def test_no_file_of_infra_asks_for_a_key() -> None:
    for path in INFRA.rglob("*.bicep"):
        assert not re.search(r"list\w*Keys|listKeys|AccountKey|@secure", path.read_text("utf-8"))


def test_the_app_reaches_its_storage_and_telemetry_by_its_identity() -> None:
    """With all that Durable Functions needs: blobs, queues and tables."""
    found = settings(usual())
    assert found["AzureWebJobsStorage__credential"] == "managedidentity"
    assert {"blob", "queue", "table"} <= {
        name.removeprefix("AzureWebJobsStorage__").removesuffix("ServiceUri") for name in found
    }
    assert "AzureWebJobsStorage" not in found
    client = found["AZURE_CLIENT_ID"]
    assert found["AzureWebJobsStorage__clientId"] == client
    assert found["APPLICATIONINSIGHTS_AUTHENTICATION_STRING"] == (
        f"ClientId={client};Authorization=AAD"
    )
    site = the(usual(), "Microsoft.Web/sites")
    assert list(site.body["identity"]["userAssignedIdentities"]) == [
        site.properties["functionAppConfig"]["deployment"]["storage"]["authentication"][
            "userAssignedIdentityResourceId"
        ]
    ]


def test_the_apps_settings_are_legal_and_name_the_configurations() -> None:
    """As core.settings reads them, and with no setting that this plan does not know."""
    found = settings(usual())
    read = Settings.from_environment(
        {
            k: v
            for k, v in found.items()
            if k.startswith("PATCHGATE_") or k == "AZURE_SDK_CLOUD_CONF"
        }
    )
    assert all(read.names(ConfigurationId.parse(one)) for one in CONFIGURATIONS)
    assert read.cloud == "AZURE_PUBLIC_CLOUD"
    assert int(found["PYTHON_THREADPOOL_THREAD_COUNT"]) >= 128
    assert not {"FUNCTIONS_WORKER_RUNTIME", "FUNCTIONS_EXTENSION_VERSION"} & found.keys()


def test_a_site_may_add_settings_and_change_none_of_ours() -> None:
    more = {"PATCHGATE_RESULTS_WAIT_MINUTES": "60", "PATCHGATE_CONFIGURATIONS": "*"}
    found = settings(stage_one(appSettings=more))
    assert found["PATCHGATE_RESULTS_WAIT_MINUTES"] == "60"
    assert found["PATCHGATE_CONFIGURATIONS"] == settings(usual())["PATCHGATE_CONFIGURATIONS"]


def test_the_plan_is_flex_consumption_with_limits() -> None:
    plan = the(usual(), "Microsoft.Web/serverfarms")
    assert plan.body["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    config = the(usual(), "Microsoft.Web/sites").properties["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert config["scaleAndConcurrency"] == {
        "maximumInstanceCount": 100,
        "instanceMemoryMB": 2048,
        "alwaysReady": [{"name": "durable", "instanceCount": 1}],
    }
    none = the(stage_one(alwaysReadyInstances=0), "Microsoft.Web/sites")
    assert none.properties["functionAppConfig"]["scaleAndConcurrency"]["alwaysReady"] == []


def test_nobody_deploys_with_a_password() -> None:
    policies = of_type(usual(), "Microsoft.Web/sites/basicPublishingCredentialsPolicies")
    assert {one.name: one.properties["allow"] for one in policies} == {"scm": False, "ftp": False}


def test_each_group_of_configurations_gets_the_right_to_cancel_once() -> None:
    """In its own subscription; two spellings of one group are one."""
    cancellers = [
        one
        for one in of_type(usual(), DEFINITION)
        if "Microsoft.Maintenance/applyUpdates/write" in one.properties["permissions"][0]["actions"]
    ]
    scopes = [one.properties["assignableScopes"] for one in cancellers]
    assert scopes == [
        [f"{HERE}/resourceGroups/rg-patching"],
        [f"{ELSEWHERE}/resourceGroups/rg-far"],
    ]
    for one, (scope,) in zip(cancellers, scopes, strict=True):
        assert one.where.startswith(f"{scope}/providers/")
        assert sum(one.name in found.properties["roleDefinitionId"] for found in given(scope)) == 1
    assert len({one.properties["roleName"] for one in of_type(usual(), DEFINITION)}) == 4


def given(scope: str) -> list[Resource]:
    """The roles that are given on exactly that scope."""
    head = f"{scope}/providers/{ASSIGNMENT}/"
    return [one for one in of_type(usual(), ASSIGNMENT) if one.where.startswith(head)]


def test_machines_may_be_read_where_they_are() -> None:
    """In the subscriptions of the configurations, or in those that are said."""
    assert [len(given(one)) for one in (HERE, ELSEWHERE)] == [1, 1]
    third = "00000000-0000-0000-0000-00000000000c"
    made = stage_one(machineSubscriptions=[third.upper(), third])
    readers = [
        one.where for one in of_type(made, DEFINITION) if "/resourceGroups/" not in one.where
    ]
    assert [where.split("/")[2] for where in readers] == [third]
    built_in = stage_one(machineRole="Reader")
    (first, *_) = (
        one for one in of_type(built_in, ASSIGNMENT) if one.where.startswith(f"{HERE}/providers/")
    )
    assert first.properties["roleDefinitionId"].endswith(BUILT_IN["Reader"])


def test_no_role_is_wider_than_it_is_known_to_need() -> None:
    """Ours, or one of a few built-in ones; on a subscription nothing but reading."""
    ours = {one.name for one in of_type(usual(), DEFINITION)}
    for one in of_type(usual(), ASSIGNMENT):
        role = one.properties["roleDefinitionId"].rpartition("/")[2]
        assert role in ours | set(BUILT_IN.values())
        assert one.properties["principalType"] == "ServicePrincipal"
    for one in of_type(usual(), DEFINITION):
        actions = one.properties["permissions"][0]["actions"]
        assert not [action for action in actions if "*" in action]
        if "/resourceGroups/" not in one.where:
            assert all(action.endswith("/read") for action in actions)


def test_event_grid_may_write_lost_events_and_nothing_else() -> None:
    writers = [
        one.where
        for one in of_type(usual(), ASSIGNMENT)
        if one.properties["roleDefinitionId"].endswith(BUILT_IN["StorageBlobDataContributor"])
    ]
    assert [where.partition("/containers/")[2].partition("/")[0] for where in writers] == [
        "dead-letters"
    ]


def test_closed_storage_is_reached_through_the_network_alone() -> None:
    """And the app by Event Grid, and by those who are named."""
    made = stage_one(privateNetwork=True, allowedAddresses=["192.0.2.0/24"])
    acls = the(made, "Microsoft.Storage/storageAccounts").properties["networkAcls"]
    assert acls == {"bypass": "AzureServices", "defaultAction": "Deny"}
    endpoints = of_type(made, "Microsoft.Network/privateEndpoints")
    groups = [one.properties["privateLinkServiceConnections"] for one in endpoints]
    assert [group[0]["properties"]["groupIds"] for group in groups] == [
        ["blob"],
        ["queue"],
        ["table"],
    ]
    site = the(made, "Microsoft.Web/sites").properties
    assert site["virtualNetworkSubnetId"]
    config = site["siteConfig"]
    assert config["ipSecurityRestrictionsDefaultAction"] == "Deny"
    allowed = [one["ipAddress"] for one in config["ipSecurityRestrictions"]]
    assert allowed == ["AzureEventGrid", "192.0.2.0/24"]
    assert [one["ipAddress"] for one in config["scmIpSecurityRestrictions"]] == ["192.0.2.0/24"]
    assert the(usual(), "Microsoft.Web/sites").properties["virtualNetworkSubnetId"] is None


def test_logs_of_the_app_and_its_storage_are_kept() -> None:
    found = of_type(usual(), "Microsoft.Insights/diagnosticSettings")
    assert len(found) == 2
    assert all(one.properties["workspaceId"] for one in found)
    workspace = the(usual(), "Microsoft.OperationalInsights/workspaces")
    assert workspace.properties["retentionInDays"] == 90


def test_everything_is_tagged_and_azd_finds_the_app() -> None:
    """By the tag of the service that azure.yaml names."""
    made = stage_one(tags={"owner": "patching"})
    assert all(
        one.body["tags"].items() >= {"owner": "patching", "azd-env-name": "prod"}.items()
        for one in made
        if "tags" in one.body
    )
    assert the(made, "Microsoft.Web/sites").body["tags"]["azd-service-name"] == "app"
    assert sum("tags" in one.body for one in made) >= 10


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"maximumInstanceCount": 39}, "min_value is 40"),
        ({"alwaysReadyInstances": 21}, "max_value is 20"),
        ({"environmentName": ""}, "min_length is 1"),
        ({"maintenanceConfigurations": []}, "min_length is 1"),
    ],
)
def test_parameters_have_limits(more: dict[str, Any], expected: str) -> None:
    given = {"environmentName": "x", "location": "y", "maintenanceConfigurations": [WEEKLY], **more}
    with pytest.raises(AssertionError, match=expected):
        rehearse(MAIN, HERE, given)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: groupName", "name: app.outputs.name"),
        ("in machines:", "in [app.outputs.name, app.outputs.url]:"),
        ("in machines:", "in alerts.outputs.list:"),
        ("= if (privateNetwork)", "= if (app.outputs.ready)"),
        ("scope: subscription(id)", "scope: subscription(app.outputs.name)"),
    ],
)
def test_what_only_azure_can_tell_decides_nothing_at_the_start(old: str, new: str) -> None:
    """No name, scope, loop or condition needs the output of a module."""
    assert old in MAIN.text
    wrong = Bicep(path=MAIN.path, text=MAIN.text.replace(old, new, 1))
    given = {"environmentName": "x", "location": "y", "maintenanceConfigurations": [WEEKLY]}
    with pytest.raises(NotYetKnown, match=r"module (app|alerts)\.outputs"):
        rehearse(wrong, HERE, given)
