"""What Azure Resource Manager tells of machines: lists of VMs, single ones, their instance views.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all,
https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view and
https://learn.microsoft.com/rest/api/hybridcompute/machines/get
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from simulator.estate import Estate, SimulatedMachine
from simulator.messages import Reply, Request, arm_error, not_found
from simulator.rows.resources import arc_properties, vm_properties
from simulator.rows.row import RunFacts, guid
from simulator.templates import stamp

__all__ = ["ArmReads"]

_PAGE = 200
_LIST = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/providers/microsoft\.compute/virtualmachines"
)
_VIEW = "/instanceview"
_IN_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)(?:/|$)")


class ArmReads:
    """Reads of one estate. It never changes, so it is safe to use from several threads."""

    def __init__(self, estate: Estate, facts: RunFacts) -> None:
        self._estate, self._facts = estate, facts
        self._machines: dict[str, SimulatedMachine] | None = None

    def answer(self, request: Request) -> Reply:
        """Answer a GET about machines, unless `refusal` does."""
        wanted = _LIST.fullmatch(request.key)
        if wanted:
            return self._page(request, wanted["subscription"])
        machine = self._find(request.key.removesuffix(_VIEW))
        if machine is None:
            return not_found(request)
        if not request.key.endswith(_VIEW):
            expanded = request.query.get("$expand", "").lower() == "instanceview"
            return Reply(status=200, body=self._model(machine, view=expanded))
        if machine.group.kind != "vm" or "instanceview" in machine.group.absent:
            return not_found(request)
        return Reply(status=200, body=self._view(machine))

    def refusal(self, request: Request) -> Reply | None:
        """What is said of a subscription that is not there, or that our identity cannot read."""
        found = _IN_SUBSCRIPTION.match(request.key)
        subscription = found[1] if found else ""
        if subscription not in self._estate.subscriptions:
            message = f"The subscription '{subscription}' could not be found."
            return arm_error(404, "SubscriptionNotFound", message)
        machine = self._find(request.key.removesuffix(_VIEW))
        unreadable = machine is not None and not machine.group.readable
        if subscription in self._estate.hidden or unreadable:
            message = f"The client does not have authorization over scope '{request.path}'."
            return arm_error(403, "AuthorizationFailed", message)
        return None

    def _page(self, request: Request, subscription: str) -> Reply:
        try:
            first = int(request.query.get("$skiptoken", "0"))
        except ValueError:
            return arm_error(400, "BadRequest", "The $skiptoken is not one of ours.")
        view = request.query.get("statusonly", "").lower() == "true"
        listed = [machine for machine in self._estate.machines if _listed(machine, subscription)]
        page = listed[first : first + _PAGE]
        body: dict[str, Any] = {"value": [self._model(machine, view=view) for machine in page]}
        following = first + len(page)
        if following < len(listed):
            query = {**request.query, "$skiptoken": str(following)}
            body["nextLink"] = f"http://{request.host}{request.path}?{urlencode(query)}"
        return Reply(status=200, body=body)

    def _find(self, key: str) -> SimulatedMachine | None:
        if self._machines is None:
            self._machines = {machine.id.key: machine for machine in self._estate.machines}
        return self._machines.get(key)

    def _model(self, machine: SimulatedMachine, *, view: bool) -> dict[str, Any]:
        if machine.group.kind == "arc":
            properties = arc_properties(machine, self._facts)
        else:
            properties = {"vmId": guid(machine.id.key), **vm_properties(machine)}
            del properties["extended"]  # Resource Graph's own addition
            if view:
                properties["instanceView"] = self._view(machine)
        return {
            "id": str(machine.id),
            "name": machine.id.name,
            "type": machine.id.type,
            "location": machine.group.location,
            "tags": machine.group.tags,
            "properties": properties,
        }

    def _view(self, machine: SimulatedMachine) -> dict[str, Any]:
        power = machine.power
        power_state = _status(f"PowerState/{power}", f"VM {power}")
        view: dict[str, Any] = {
            "computerName": machine.id.name,
            "osName": machine.group.os.lower(),
            "statuses": [
                _status("ProvisioningState/succeeded", "Provisioning succeeded"),
                power_state,
            ],
        }
        if power == "running":  # an agent that does not run reports nothing
            view["vmAgent"] = self._agent(machine.group.agent)
        return view

    def _agent(self, shown: str) -> dict[str, Any]:
        ready = shown == "Ready"
        status = _status(f"ProvisioningState/{'succeeded' if ready else 'Unavailable'}", shown)
        well = "Guest Agent is running"
        status["level"] = "Info" if ready else "Warning"
        status["message"] = well if ready else "VM status blob is found but not yet populated."
        status["time"] = stamp(self._facts.began - timedelta(seconds=30))
        return {"vmAgentVersion": "2.9.1.1" if ready else "Unknown", "statuses": [status]}


def _listed(machine: SimulatedMachine, subscription: str) -> bool:
    return (
        machine.group.kind == "vm"
        and machine.id.subscription == subscription
        and machine.group.in_table("instanceview")
    )


def _status(code: str, shown: str) -> dict[str, str]:
    return {"code": code, "level": "Info", "displayStatus": shown}
