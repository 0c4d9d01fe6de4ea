"""What a scenario file can say, as frozen values. Everything has a default.

Seconds are seconds of the story's time unless a line says otherwise. Machines, requests and
subscriptions are counted from 1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from simulator.management.rules import EventSubscriptionRules
from simulator.scenario_compute import (
    ActivityLogRules,
    OperationFault,
    OthersRule,
    PowerRules,
    RunCommandRule,
    SnapshotRule,
)
from simulator.scenario_faults import Fault
from simulator.scenario_machines import PLAUSIBLE_MACHINES, MachineGroup
from simulator.scenario_rows import ExtraRow, Site
from simulator.scenario_types import STRICT, Name, Seconds, SubscriptionRef

__all__ = [
    "PLAUSIBLE_MACHINES",
    "ActivityLogRules",
    "ArmRules",
    "CancelRules",
    "ConfigurationRules",
    "EventSubscriptionRules",
    "ExtraRow",
    "Fault",
    "GraphRules",
    "MachineGroup",
    "OperationFault",
    "OthersRule",
    "PowerRules",
    "RunCommandRule",
    "RunRules",
    "Scenario",
    "Site",
    "SnapshotRule",
    "SubscriptionRef",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRules:
    """How Resource Graph behaves.

    `lag`: seconds after the simulator began until the run's rows appear. `run_row_lag`: seconds
    from a cancel until rows show it. `latency`: *real* seconds that every query takes. `quota`:
    queries allowed in `quota_window` seconds, 0 for no limit. `refuse_unreadable`: a query over
    hidden subscriptions only is answered 400, as some have seen, and not with an empty page.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    lag: Seconds = 0.0
    run_row_lag: Seconds = 0.0
    latency: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    hidden_subscriptions: tuple[SubscriptionRef, ...] = ()
    refuse_unreadable: bool = False
    quota: Annotated[int, Field(ge=0, le=1000)] = 0
    quota_window: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRules:
    """How many requests Azure Resource Manager takes, in seconds of the story's time.

    `writes` and `reads` at once, 0 for no limit; what was used comes back at so many a second.
    Published are 200 and 10 for writes, 250 and 25 for reads; deleting has a bucket of its own, as
    large as that of writes. Each identity has them in each subscription.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    writes: Annotated[int, Field(ge=0, le=100_000)] = 0
    writes_per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 10.0
    reads: Annotated[int, Field(ge=0, le=100_000)] = 0
    reads_per_second: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRules:
    """How the cancel call and its read-back behave.

    `status` answers a cancel that works, `too_late_status` one after the start of the run, which
    nobody publishes. Without `read`, a GET of the run is always 404.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    status: Literal[200, 201, 202] = 200
    too_late_status: Annotated[int, Field(ge=400, le=499)] = 409
    read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """What happens to the run by itself.

    `cancelled_by` cancels it `cancelled_after` seconds after the simulator began, if it has not
    started by then. `ends_after`: seconds from its start until it ends; None means at its end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    cancelled_by: Literal["somebody", "system"] | None = None
    cancelled_after: Seconds | None = None
    ends_after: Seconds | None = None

    def __post_init__(self) -> None:
        if self.cancelled_after is not None and self.cancelled_by is None:
            raise ValueError('cancelled_after needs cancelled_by = "somebody" or "system"')


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRules:
    """The run's maintenance configuration.

    Its window recurs every week at the run's start, unless `window` says more, in the names of the
    published API: startDateTime, duration, timeZone, recurEvery, expirationDateTime.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    tags: dict[str, str] = field(default_factory=dict)
    location: Name = "westeurope"
    scope: Name = "InGuestPatch"
    window: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world to try the gate in. The first of the `faults` that hits a request is in force.

    `rows` come on top of those that the machines have in Resource Graph's tables; `sites` are web
    servers beside Azure. `operations` are those that go wrong after Azure has taken them on,
    `run_commands` how scripts end, and `others` what is done to machines by somebody else.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    title: str = "All is well"
    machines: tuple[MachineGroup, ...] = PLAUSIBLE_MACHINES
    graph: GraphRules = field(default_factory=GraphRules)
    arm: ArmRules = field(default_factory=ArmRules)
    cancel: CancelRules = field(default_factory=CancelRules)
    run: RunRules = field(default_factory=RunRules)
    configuration: ConfigurationRules = field(default_factory=ConfigurationRules)
    event_subscriptions: tuple[EventSubscriptionRules, ...] = ()
    rows: tuple[ExtraRow, ...] = ()
    sites: tuple[Site, ...] = ()
    power: PowerRules = field(default_factory=PowerRules)
    operations: tuple[OperationFault, ...] = ()
    run_commands: tuple[RunCommandRule, ...] = ()
    others: tuple[OthersRule, ...] = ()
    snapshots: tuple[SnapshotRule, ...] = ()
    activity_log: ActivityLogRules = field(default_factory=ActivityLogRules)
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))

    def _problems(self) -> Iterator[str]:
        found = Counter(name.lower() for group in self.machines for name in group.names)
        twice = [name for name, count in found.items() if count > 1]
        if twice:
            yield f"machines: more than one is named {', '.join(twice[:5])}"
        for number, row in enumerate(self.rows, start=1):
            if row.machine is not None and row.machine.lower() not in found:
                yield f"rows[{number}].machine: no machine is named {row.machine!r}"
        yield from self._strangers(found)
        pages = Counter((site.name, site.path, site.method) for site in self.sites)
        for (name, path, method), count in pages.items():
            if count > 1:
                yield f"sites: {count} answer {method or 'any method'} at {name}.simulator{path}"

    def _strangers(self, known: Container[str]) -> Iterator[str]:
        """Machines that are named and are not there, or cannot be what is done to them."""
        named = [(f"others[{n}]", one.machine) for n, one in enumerate(self.others, start=1)]
        named += [(f"snapshots[{n}]", one.machine) for n, one in enumerate(self.snapshots, start=1)]
        for place, machine in named:
            if machine.lower() not in known:
                yield f"{place}.machine: no machine is named {machine!r}"
        arc = {n.lower() for group in self.machines if group.kind == "arc" for n in group.names}
        for number, other in enumerate(self.others, start=1):
            if other.does != "delete" and other.machine.lower() in arc:
                yield f"others[{number}].does: a server of Arc can only be deleted"
        for number, snapshot in enumerate(self.snapshots, start=1):
            if snapshot.machine.lower() in arc:
                yield f"snapshots[{number}].machine: a server of Arc has no disks in Azure"
