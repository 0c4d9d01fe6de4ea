"""A machine as Azure Resource Manager shows it, and what goes on in it.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view,
https://learn.microsoft.com/azure/virtual-machines/states-billing (power states) and
https://learn.microsoft.com/rest/api/hybridcompute/machines/get
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from simulator.compute.states import State
from simulator.rows.resources import arc_properties, vm_properties
from simulator.rows.row import RunFacts, guid
from simulator.scenario import PowerRules
from simulator.templates import stamp

__all__ = ["Views"]

_ON_THE_WAY = ("starting", "stopping", "deallocating")
_REPORTED = timedelta(seconds=30)


class Views:
    """What is told of machines."""

    def __init__(self, facts: RunFacts, rules: PowerRules) -> None:
        self._facts = facts
        self._agent_after = timedelta(seconds=rules.agent_after)

    def model(self, state: State, now: datetime, *, view: bool) -> dict[str, Any]:
        """The resource; for a VM with its instance view, if that is wanted."""
        machine = state.machine
        if machine.group.kind == "arc":
            properties = arc_properties(machine, self._facts)
        else:
            properties = {"vmId": guid(machine.id.key), **vm_properties(machine)}
            del properties["extended"]  # Resource Graph's own addition
            if state.power in _ON_THE_WAY:
                properties["provisioningState"] = "Updating"
            if view:
                properties["instanceView"] = self.instance(state, now)
        return {
            "id": str(machine.id),
            "name": machine.id.name,
            "type": machine.id.type,
            "location": machine.group.location,
            "tags": dict(machine.tags),
            "properties": properties,
        }

    def instance(self, state: State, now: datetime) -> dict[str, Any]:
        """The instance view of a VM."""
        machine, power = state.machine, state.power
        provisioning = _status("ProvisioningState/succeeded", "Provisioning succeeded")
        if power in _ON_THE_WAY:
            provisioning = _status("ProvisioningState/updating", "Updating")
        view: dict[str, Any] = {
            "computerName": machine.id.name,
            "osName": machine.group.os.lower(),
            "statuses": [provisioning, _status(f"PowerState/{power}", f"VM {power}")],
        }
        if power == "running":  # an agent that does not run reports nothing
            up = self.agent_since(state)
            shown = machine.group.agent if up is None or up <= now else "Not Ready"
            view["vmAgent"] = _agent(shown, (up or self._facts.began) - _REPORTED)
        return view

    def agent_since(self, state: State) -> datetime | None:
        """When the guest agent of a running VM is there; None: since long ago."""
        return None if state.since is None else state.since + self._agent_after


def _agent(shown: str, told: datetime) -> dict[str, Any]:
    ready = shown == "Ready"
    status = _status(f"ProvisioningState/{'succeeded' if ready else 'Unavailable'}", shown)
    well = "Guest Agent is running"
    status["level"] = "Info" if ready else "Warning"
    status["message"] = well if ready else "VM status blob is found but not yet populated."
    status["time"] = stamp(told)
    return {"vmAgentVersion": "2.9.1.1" if ready else "Unknown", "statuses": [status]}


def _status(code: str, shown: str) -> dict[str, str]:
    return {"code": code, "level": "Info", "displayStatus": shown}
