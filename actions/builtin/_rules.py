"""Alert processing rules: what one looks like, and how it is told from everybody else's.

Facts: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-processing-rules (the scopes of
a rule lie in its own subscription; what it does to alerts that fire while it is in force) and
https://learn.microsoft.com/rest/api/monitor/alert-processing-rules/create-or-update (the schedule).
https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits allows 1,000 active
rules in a subscription; how many scopes one may have is published nowhere, so ours have few.

Stable versions of `azure-mgmt-alertsmanagement` speak an API from before there were these rules. So
they are written as resources of any kind are, by `azure-mgmt-resource`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from actions import CannotTell
from actions.builtin._naming import RUN, name_for, run_mark, tag_of
from actions.builtin._vms import parsed
from core.ids import MachineId
from core.model import Run

if TYPE_CHECKING:
    from azure.mgmt.resource.resources import ResourceManagementClient

__all__ = ["delete", "is_ours", "put", "rules_for", "subscription_of"]

_SCOPES = 100  # machines of one rule
_API = "2021-08-08"
_SAYS = "Made by Patchgate for the maintenance run"


def rules_for(run: Run, group: str | None) -> dict[str, list[str]]:
    """The machines of each rule, by the rule's id, which follows from the run and them.

    Raises `CannotTell` for a machine whose id is none.
    """
    return dict(_rules(run, group))


def _rules(run: Run, group: str | None) -> Iterator[tuple[str, list[str]]]:
    by_subscription: dict[str, list[MachineId]] = {}
    for machine in sorted(run.machines, key=lambda one: one.id.lower()):
        id_ = parsed(machine.id)
        by_subscription.setdefault(id_.subscription, []).append(id_)
    for subscription, machines in by_subscription.items():
        for start in range(0, len(machines), _SCOPES):
            some = machines[start : start + _SCOPES]
            ids = [str(id_) for id_ in some]
            name = name_for(f"patchgate-mute-{run.name}", run.id, *ids)
            place = (
                f"/subscriptions/{subscription}/resourceGroups/{group or some[0].resource_group}"
            )
            yield f"{place}/providers/Microsoft.AlertsManagement/actionRules/{name}", ids


def subscription_of(rule: str) -> str:
    """Where a rule of ours lies. Raises `CannotTell` for an id that is none."""
    parts = rule.split("/")
    if len(parts) != 9 or parts[7].lower() != "actionrules":
        raise CannotTell("what was remembered is no alert processing rule")
    return parts[2]


def is_ours(client: ResourceManagementClient, rule: str, run: Run) -> bool:
    """It is there, and bears the mark of this run. Raises as the SDK does: 404 if it is not."""
    found = client.resources.get_by_id(rule.lstrip("/"), api_version=_API)
    properties = found.properties if isinstance(found.properties, Mapping) else {}
    says = str(properties.get("description", ""))
    return tag_of(found.tags, RUN) == run_mark(run) and says.startswith(_SAYS)


def put(
    client: ResourceManagementClient,
    rule: str,
    run: Run,
    times: tuple[datetime, datetime],
    *,
    scopes: Sequence[str],
) -> None:
    """Make it, in force from the one moment to the other. Raises as the SDK does."""
    from azure.mgmt.resource.resources.models import GenericResource  # noqa: PLC0415 - heavy: SDK

    begins, ends = times
    properties: dict[str, Any] = {
        "description": f"{_SAYS} {run.name}: no notifications of its machines until it is over.",
        "enabled": True,
        "scopes": list(scopes),
        "actions": [{"actionType": "RemoveAllActionGroups"}],
        "schedule": {
            "effectiveFrom": _stamp(begins),
            "effectiveUntil": _stamp(ends),
            "timeZone": "UTC",
        },
    }
    made = GenericResource(location="Global", tags={RUN: run_mark(run)}, properties=properties)
    client.resources.begin_create_or_update_by_id(
        rule.lstrip("/"), made, api_version=_API, polling=False
    )


def delete(client: ResourceManagementClient, rule: str) -> None:
    """Remove it. Raises as the SDK does."""
    client.resources.begin_delete_by_id(rule.lstrip("/"), api_version=_API, polling=False)


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
