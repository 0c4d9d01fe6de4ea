"""Managed run commands of VMs and of servers of Arc, through one door.

Facts: https://learn.microsoft.com/azure/virtual-machines/linux/run-command-managed (what the
instance view tells; that removing one ends its script) and
https://learn.microsoft.com/azure/azure-arc/servers/run-command (the same of Arc).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from actions import Context
from actions.builtin._vms import parsed, power_of
from core.ids import MachineId

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient
    from azure.mgmt.hybridcompute import HybridComputeManagementClient

__all__ = ["Door", "Order", "Stands", "door_to", "word_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A script and what it is told. `secrets` are shown to nobody, also by Azure."""

    script: str
    timeout: int
    tags: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def body(self, location: str) -> dict[str, Any]:
        """As Azure takes it. It does not wait for the script, which is looked at instead."""
        return {
            "location": location,
            "tags": dict(self.tags),
            "properties": {
                "source": {"script": self.script},
                "parameters": _pairs(self.parameters),
                "protectedParameters": _pairs(self.secrets),
                "asyncExecution": True,
                "timeoutInSeconds": self.timeout,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """A machine's `state` in Azure's word, in lower case, and whether it takes scripts."""

    state: str
    ready: bool
    location: str


class Door(Protocol):
    """One machine's run commands. Everything raises as the SDK does."""

    @property
    def right(self) -> str:
        """What the identity must be allowed, but for the verb."""
        ...

    def stands(self) -> Stands:
        """How the machine stands now."""
        ...

    def view(self, name: str) -> Any:
        """The run command's properties, with its instance view."""
        ...

    def put(self, name: str, order: Order, location: str) -> None:
        """Begin it."""
        ...

    def remove(self, name: str) -> None:
        """Take it away; whatever it runs ends."""
        ...


def word_of(value: object) -> str:
    """A word of Azure's, which its SDK makes an enumeration of if it knows it, in lower case."""
    return str(getattr(value, "value", value) or "").lower()


def door_to(machine: str, ctx: Context[Any]) -> Door:
    """The run commands of that machine."""
    id_ = parsed(machine)
    if id_.type.lower() == "microsoft.compute/virtualmachines":
        from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415 - heavy: SDK

        return _Vm(ctx.azure.client(ComputeManagementClient, id_.subscription), id_)
    from azure.mgmt.hybridcompute import HybridComputeManagementClient  # noqa: PLC0415

    return _Arc(ctx.azure.client(HybridComputeManagementClient, id_.subscription), id_)


@dataclass(frozen=True, slots=True)
class _Vm:
    client: ComputeManagementClient
    id: MachineId
    right: str = "Microsoft.Compute/virtualMachines/runCommands"

    def stands(self) -> Stands:
        found = self.client.virtual_machines.get(
            self.id.resource_group, self.id.name, expand="instanceView"
        )
        view = found.instance_view
        codes = [one.code or "" for one in (view.statuses if view else None) or ()]
        power = [power_of(code) for code in codes if code.lower().startswith("powerstate/")]
        state = power[-1] if power else "in an unknown state"
        return Stands(state=state, ready=state == "running", location=found.location)

    def view(self, name: str) -> Any:
        return self.client.virtual_machine_run_commands.get_by_virtual_machine(
            self.id.resource_group, self.id.name, name, expand="instanceView"
        ).properties

    def put(self, name: str, order: Order, location: str) -> None:
        from azure.mgmt.compute.models import VirtualMachineRunCommand  # noqa: PLC0415

        self.client.virtual_machine_run_commands.begin_create_or_update(
            self.id.resource_group,
            self.id.name,
            name,
            VirtualMachineRunCommand(order.body(location)),
            polling=False,
        )

    def remove(self, name: str) -> None:
        self.client.virtual_machine_run_commands.begin_delete(
            self.id.resource_group, self.id.name, name, polling=False
        )


@dataclass(frozen=True, slots=True)
class _Arc:
    client: HybridComputeManagementClient
    id: MachineId
    right: str = "Microsoft.HybridCompute/machines/runCommands"

    def stands(self) -> Stands:
        found = self.client.machines.get(self.id.resource_group, self.id.name)
        state = word_of(found.properties and found.properties.status) or "in an unknown state"
        return Stands(state=state, ready=state == "connected", location=found.location)

    def view(self, name: str) -> Any:
        return self.client.machine_run_commands.get(
            self.id.resource_group, self.id.name, name
        ).properties

    def put(self, name: str, order: Order, location: str) -> None:
        from azure.mgmt.hybridcompute.models import MachineRunCommand  # noqa: PLC0415

        self.client.machine_run_commands.begin_create_or_update(
            self.id.resource_group,
            self.id.name,
            name,
            MachineRunCommand(order.body(location)),
            polling=False,
        )

    def remove(self, name: str) -> None:
        self.client.machine_run_commands.begin_delete(
            self.id.resource_group, self.id.name, name, polling=False
        )


def _pairs(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in parameters.items()]
