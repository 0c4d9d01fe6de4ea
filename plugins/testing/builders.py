"""Machines and runs with plausible defaults: a test says only what it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from core.model import Machine, Run, Tags

__all__ = ["CONFIGURATION", "NOW", "SUBSCRIPTION", "a_machine", "a_run"]

SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
CONFIGURATION = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/patching"
    "/providers/Microsoft.Maintenance/maintenanceConfigurations/weekly"
)
_START = datetime(2026, 3, 14, 3, tzinfo=UTC)
NOW = _START - timedelta(minutes=38)  # when a pre event usually comes

_PROVIDERS = {"vm": "Microsoft.Compute/virtualMachines", "arc": "Microsoft.HybridCompute/machines"}
_UP = {"vm": "running", "arc": "connected"}


def a_machine(name: str = "web-01", /, **fields: Any) -> Machine:
    """A Linux VM that is running, or an Arc server that is connected (`kind="arc"`).

    `fields` are those of `Machine`; its tags may be a plain dictionary, and its id follows from the
    rest. Raises TypeError for a field that there is not.
    """
    kind = fields.get("kind", "vm")
    given: dict[str, Any] = {
        "subscription": SUBSCRIPTION,
        "resource_group": "estate",
        "location": "westeurope",
        "os": "Linux",
        "power": _UP.get(kind),
        **fields,
        "tags": Tags(fields.get("tags")),
    }
    scope = f"/subscriptions/{given['subscription']}/resourceGroups/{given['resource_group']}"
    own_id = f"{scope}/providers/{_PROVIDERS.get(kind, kind)}/{name}"
    return Machine(**{"id": own_id, "name": name, **given})


def a_run(*machines: Machine | str, **fields: Any) -> Run:
    """A run of these machines (a text is a machine of that name), 38 minutes from `NOW`.

    `fields` are those of `Run`. The end is two hours after the start, unless one is given. Raises
    TypeError for a field that there is not.
    """
    members = tuple(a_machine(one) if isinstance(one, str) else one for one in machines)
    start = fields.get("start", _START)
    configuration = fields.get("configuration_id", CONFIGURATION)
    subscriptions = dict.fromkeys([*(m.subscription for m in members), SUBSCRIPTION])
    name = fields.get("name", f"{start:%Y%m%d%H%M%S}")
    given: dict[str, Any] = {
        "id": f"{configuration}/providers/Microsoft.Maintenance/applyUpdates/{name}",
        "configuration_id": configuration,
        "name": name,
        "start": start,
        "end": start + timedelta(hours=2),
        "machines": members,
        "subscriptions": tuple(one for one in subscriptions if one),
    }
    return Run(**{**given, **fields})
