"""Managed disks of the machines, which can be looked at, one by one.

Source: https://learn.microsoft.com/rest/api/compute/disks/get
"""

from __future__ import annotations

import re
from typing import Any

from simulator.compute.call import Call
from simulator.compute.states import State, States
from simulator.messages import Reply, not_found
from simulator.rows.groups import disk_ids
from simulator.rows.row import guid

__all__ = ["Disks"]

_ONE = re.compile(
    r"(?P<group>/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute)"
    r"/disks/(?P<machine>[^/]+)_(?:osdisk|datadisk_\d+)"
)


class Disks:
    """The desk for disks. They outlive their machine, as they do unless somebody says otherwise."""

    def __init__(self, states: States) -> None:
        self._states = states

    def owner(self, key: str, call: Call) -> State | None:
        """The machine whose disk that is or was; None if there is no such disk."""
        wanted = _ONE.fullmatch(key)
        if wanted is None:
            return None
        machine = f"{wanted['group']}/virtualmachines/{wanted['machine']}"
        state = self._states.at(machine, call.at)
        if state is None or key not in map(str.lower, disk_ids(state.machine)):
            return None
        return state

    def answer(self, call: Call) -> Reply | None:
        """The disk; None for another path."""
        key = call.request.key
        if _ONE.fullmatch(key) is None or call.request.method != "GET":
            return None
        state = self.owner(key, call)
        if state is None:
            return not_found(call.request)
        id_ = next(one for one in disk_ids(state.machine) if one.lower() == key)
        return Reply(status=200, body=_model(id_, state))


def _model(id_: str, state: State) -> dict[str, Any]:
    """A disk is reserved while its machine is off, and unattached once that is gone."""
    shown = "Attached" if state.power in ("running", "starting", "stopped") else "Reserved"
    model: dict[str, Any] = {
        "id": id_,
        "name": id_.rpartition("/")[2],
        "type": "Microsoft.Compute/disks",
        "location": state.machine.group.location,
        "sku": {"name": "Premium_LRS", "tier": "Premium"},
        "properties": {
            "provisioningState": "Succeeded",
            "diskState": "Unattached" if state.deleted else shown,
            "diskSizeGB": 64,
            "uniqueId": guid(id_.lower()),
            "creationData": {"createOption": "Empty"},
        },
    }
    if not state.deleted:
        model["managedBy"] = str(state.machine.id)
    return model
