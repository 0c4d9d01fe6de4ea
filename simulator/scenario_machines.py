"""What a scenario file can say about machines. Unless it says otherwise they are in good health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from core.errors import BadId
from core.ids import MachineId
from simulator.scenario_types import STRICT, Count, Hours, Name, Seconds, SubscriptionRef, hint
from simulator.table_names import TABLES

__all__ = ["PLAUSIBLE_MACHINES", "MachineGroup"]

_SOMEWHERE = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups"
_VMS = "providers/Microsoft.Compute/virtualMachines"
_ABSENT_FROM = (*TABLES, "instanceview")
_ONLY_VMS = ("zone", "availability_set", "scale_set", "backend_pool", "data_disks")

Word = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineGroup:
    """Machines that are alike, apart from their number: `{n}` in the name, from 1.

    `power` is a power state for a VM and a connection for Arc; None means up and running. Without
    a `subscription` machines are spread over the event's. `lag` overrides the graph's. `result` is
    how patching ends. A machine that is not `readable` is named by its run, but has no row of its
    own. One that is not `in_run` belongs to the fleet, and the run does not name it.

    What the tables say of them: `agent` is what a VM's agent shows in the instance view, `health`
    the VM's availability state, `backup` its protection state ("None": not protected),
    `assessment` how the last assessment of patches ended. `backup_age` and `assessment_age` are in
    hours, `contact_age` in seconds, before the simulator began. Sets and pools are made from their
    names. `absent` are tables in which the machines have no row, or "instanceview". `data_disks` a
    VM has beside the disk of its system.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Word = "machine-{n:02}"
    count: Count = 1
    kind: Literal["vm", "arc"] = "vm"
    power: str | None = None
    os: Literal["Linux", "Windows"] = "Linux"
    location: str = "westeurope"
    tags: dict[str, str] = field(default_factory=dict)
    subscription: SubscriptionRef | None = None
    resource_group: Annotated[str, Field(pattern="^[^/]+$")] = "Estate"
    lag: Seconds | None = None
    result: Word = "Succeeded"
    readable: bool = True
    in_run: bool = True
    agent: Word = "Ready"
    health: Word = "Available"
    backup: Word = "Protected"
    backup_age: Hours = 6.0
    assessment: Word = "Succeeded"
    assessment_age: Hours = 12.0
    reboot_pending: bool = False
    contact_age: Seconds = 60.0
    zone: Name | None = None
    availability_set: Name | None = None
    scale_set: Name | None = None
    backend_pool: Name | None = None
    data_disks: Annotated[int, Field(ge=0, le=64)] = 0
    absent: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(set(map(str.lower, self.names))) < self.count:
            raise ValueError("give each machine a name of its own: {n} is its number")
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))

    def _problems(self) -> Iterator[str]:
        try:
            MachineId.parse(f"{_SOMEWHERE}/{self.resource_group}/{_VMS}/{self.names[-1]}")
        except BadId as error:
            yield error.why
        for table in self.absent:
            if table not in _ABSENT_FROM:
                yield f"absent: there is no {table!r}{hint(table, _ABSENT_FROM)}"
        if self.kind == "arc":
            for key in _ONLY_VMS:
                if getattr(self, key):
                    yield f"an Arc server has no {key}"

    @property
    def names(self) -> tuple[str, ...]:
        """The machines' names."""
        try:
            return tuple(self.name.format(n=n) for n in range(1, self.count + 1))
        except (AttributeError, IndexError, KeyError, ValueError) as error:
            raise ValueError("only {n} can stand in braces in a name, like {n:02}") from error

    def in_table(self, table: str) -> bool:
        """The machines have rows of their own there."""
        return self.readable and table not in self.absent


PLAUSIBLE_MACHINES = (
    MachineGroup(name="web-{n:02}", count=2, tags={"service": "shop"}),
    MachineGroup(name="sql-01", os="Windows", tags={"service": "shop", "owner": "data"}),
    MachineGroup(name="branch-{n:02}", count=2, kind="arc", os="Windows", location="northeurope"),
)
