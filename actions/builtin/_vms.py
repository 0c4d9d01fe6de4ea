"""Virtual machines as Azure Resource Manager shows them now, which no row lags behind.

Facts: https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all (`statusOnly`) and
.../virtual-machines/instance-view (`vmAgent`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions import CannotTell, Context
from core.errors import BadId
from core.ids import MachineId

__all__ = ["OFF", "Vm", "parsed", "power_of", "vms_now"]

OFF = ("stopped", "deallocated")
_API = "2024-07-01"
_SINGLE = 50  # VMs that are read one by one, since their list leaves out their agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Vm:
    """The last word of its power state, empty if Azure does not say; `agent` if that is ready."""

    power: str = ""
    agent: bool = False


def parsed(machine: str) -> MachineId:
    """The id of a machine, in its parts. Raises `CannotTell`."""
    try:
        return MachineId.parse(machine)
    except BadId as error:
        raise CannotTell(str(error)) from error


def power_of(code: str) -> str:
    """`PowerState/running` and `Running` alike."""
    return code.rpartition("/")[2].strip().lower()


def vms_now(ctx: Context[Any], machines: Iterable[str], *, agents: bool = False) -> dict[str, Vm]:
    """Those of these machines that are there, by id in lower case: a list a subscription.

    With `agents`, running ones whose agent the list leaves out are read singly, up to 50 of them.
    Raises `CannotTell` if a list cannot be read.
    """
    wanted = {machine.lower() for machine in machines}
    found: dict[str, Vm] = {}
    unseen: list[str] = []
    for subscription in sorted({parsed(machine).subscription for machine in wanted}):
        path = f"/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines"
        for entry in ctx.arm.pages(path, api_version=_API, statusOnly="true"):
            key = str(entry.get("id", "")).lower()
            if key in wanted:
                view = _inner(_inner(entry, "properties"), "instanceView")
                found[key] = _vm(view)
                if found[key].power == "running" and not view.get("vmAgent"):
                    unseen.append(key)
    for key in unseen[:_SINGLE] if agents else ():
        found[key] = _vm(ctx.arm.get(f"{key}/instanceView", api_version=_API))
    return found


def _vm(view: Mapping[str, Any]) -> Vm:
    power = ""
    for status in _statuses(view):
        code = str(status.get("code", ""))
        if code.lower().startswith("powerstate/"):
            power = power_of(code)
    agent = [str(one.get("displayStatus", "")) for one in _statuses(_inner(view, "vmAgent"))]
    ready = bool(agent) and all(word.lower() == "ready" for word in agent)
    return Vm(power=power, agent=ready)


def _statuses(owner: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    statuses = owner.get("statuses")
    return (
        [one for one in statuses if isinstance(one, Mapping)] if isinstance(statuses, list) else []
    )


def _inner(owner: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = owner.get(name)
    return value if isinstance(value, Mapping) else {}
