"""Every name is as long, and of such characters, as Azure allows: also for the longest of inputs.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from tests.infra.rehearsal import Resource
from tests.infra.world import HERE, stage_one, stage_two

_GUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
RULES = {
    "Microsoft.Authorization/roleAssignments": _GUID,
    "Microsoft.Authorization/roleDefinitions": _GUID,
    "Microsoft.EventGrid/systemTopics": r"[A-Za-z0-9-]{3,50}",
    "Microsoft.EventGrid/systemTopics/eventSubscriptions": r"[A-Za-z0-9-]{3,64}",
    "Microsoft.Insights/actionGroups": r"[^/&%?*<>+:\\#{}]{1,260}(?<![. ])",
    "Microsoft.Insights/components": r"[^%&\\?/]{1,260}(?<![. ])",
    "Microsoft.Insights/diagnosticSettings": r"[\w.-]{1,260}",
    "Microsoft.Insights/metricAlerts": r"[^*#&+:<>?@%{}\\/]{1,260}(?<![. ])",
    "Microsoft.Insights/scheduledQueryRules": r"[^*<>%{}&:\\?/#]{1,260}(?<![. ])",
    "Microsoft.Insights/workbooks": _GUID,
    "Microsoft.ManagedIdentity/userAssignedIdentities": r"[A-Za-z0-9][\w-]{2,127}",
    "Microsoft.Network/privateDnsZones": r"(?=.{1,63}$)[\w-]+(?:\.[\w-]+)+",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": r"[A-Za-z0-9][\w.-]{0,78}\w",
    "Microsoft.Network/privateEndpoints": r"[A-Za-z0-9][\w.-]{0,62}\w",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": r"[\w.-]{1,80}",
    "Microsoft.Network/virtualNetworks": r"[A-Za-z0-9][\w.-]{0,62}\w",
    "Microsoft.OperationalInsights/workspaces": r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]",
    "Microsoft.Resources/resourceGroups": r"[\w().-]{0,89}[\w()-]",
    "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
    "Microsoft.Storage/storageAccounts/blobServices": r"default",
    "Microsoft.Storage/storageAccounts/blobServices/containers": r"[a-z0-9](?!.*--)[a-z0-9-]{2,62}",
    "Microsoft.Web/serverfarms": r"[A-Za-z0-9-]{1,60}",
    "Microsoft.Web/sites": r"[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": r"scm|ftp",
}


def illegal(made: Sequence[Resource]) -> list[str]:
    """Names that Azure would refuse, and two resources of one id."""
    wrong = [
        f"{one.type}: {one.name}" for one in made if not re.fullmatch(RULES[one.type], one.name)
    ]
    ids = [one.where.lower() for one in made]
    return wrong + [f"twice: {id_}" for id_ in sorted(set(ids)) if ids.count(id_) > 1]


def configuration(name: str) -> str:
    """The id of a configuration in the group with the longest name."""
    return (
        f"{HERE}/resourceGroups/{'g' * 90}/providers/Microsoft.Maintenance/"
        f"maintenanceConfigurations/{name}"
    )


NAMES = ["a", "m" * 128, "Weekly_Prod.EU", "x.y_z-", "9"]


@pytest.mark.parametrize("environment", ["e", "E" * 64, "prod.eu_1-(x)"])
@pytest.mark.parametrize("private", [False, True])
def test_every_name_of_stage_one_is_legal(environment: str, *, private: bool) -> None:
    made = stage_one(
        [configuration(name) for name in NAMES], environmentName=environment, privateNetwork=private
    )
    assert illegal(made) == []


def test_every_name_of_stage_two_is_legal() -> None:
    assert illegal(stage_two([configuration(name) for name in NAMES])) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("Microsoft.Storage/storageAccounts", "st-patchgate"),
        ("Microsoft.Storage/storageAccounts", "s" * 25),
        ("Microsoft.EventGrid/systemTopics", "weekly_prod-events"),
        ("Microsoft.EventGrid/systemTopics", "m" * 51),
        ("Microsoft.Web/sites", "func-"),
        ("Microsoft.Resources/resourceGroups", "rg."),
        ("Microsoft.Insights/metricAlerts", "100%"),
        ("Microsoft.Authorization/roleDefinitions", "canceller"),
    ],
)
def test_an_illegal_name_is_found(kind: str, name: str) -> None:
    made = [Resource(type=kind, name=name, where=f"/{name}", body={})]
    assert illegal(made) == [f"{kind}: {name}"]


def test_two_resources_of_one_id_are_found() -> None:
    one = Resource(type="Microsoft.Web/sites", name="func", where="/x/func", body={})
    assert illegal([one, one]) == ["twice: /x/func"]
