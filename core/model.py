"""The words of the domain as frozen values. What crosses a process border, `wire` writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from core.ids import ConfigurationId, RunId

__all__ = [
    "Asking",
    "Batch",
    "Evidence",
    "Gap",
    "GapKind",
    "Isolation",
    "Machine",
    "MaintenanceEvent",
    "Outcome",
    "PatchResult",
    "PostMaintenanceEvent",
    "PreMaintenanceEvent",
    "Run",
    "RunEnd",
    "Status",
    "Tags",
    "Verdict",
]

Evidence = dict[str, str | int | float | bool | None]


class Tags(Mapping[str, str]):
    """A machine's tags. Names are looked up without case, as Azure does."""

    __slots__ = ("_folded", "_given")

    def __init__(self, given: Mapping[str, str] | None = None) -> None:
        self._given = dict(given or {})
        self._folded = {name.casefold(): value for name, value in self._given.items()}

    def __getitem__(self, name: str) -> str:
        return self._folded[name.casefold()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)

    def __repr__(self) -> str:
        return f"Tags({self._given!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema  # only where values cross a border  # noqa: PLC0415

        return core_schema.no_info_after_validator_function(
            cls,
            core_schema.dict_schema(core_schema.str_schema(), core_schema.str_schema()),
            serialization=core_schema.plain_serializer_function_ser_schema(dict),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine of a run.

    `kind` is `vm` (Azure) or `arc`; `power` is the last word of what Azure reports, in lower case:
    a power state for a VM (`running`, `deallocated`, …), a connection for Arc (`connected`,
    `disconnected`, `expired`), and None when Resource Graph does not say. `update_status` is how
    the run stands on this machine, in Azure's words (`Succeeded`, `Failed`, …): a check after the
    run judges it.
    """

    id: str
    name: str
    kind: Literal["vm", "arc"] = "vm"
    subscription: str = ""
    resource_group: str = ""
    location: str | None = None
    os: str | None = None
    power: str | None = None
    update_status: str | None = None
    tags: Tags = field(default_factory=Tags)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchResult:
    """How patching went on the machines of one status."""

    status: str
    machines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnd:
    """What Resource Graph says of a run; `settled` when that is final.

    `status` and `message` are Azure's own words about the run as a whole, empty without a row.
    """

    settled: bool
    status: str
    message: str
    results: tuple[PatchResult, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One occurrence of a maintenance configuration, with its machines. Times are UTC.

    `subscriptions` are those that the event names, and the configuration's own. `ended` says how
    the run ended, for a check after it; before the run it is None.
    """

    id: str
    configuration_id: str
    name: str
    start: datetime
    end: datetime
    machines: tuple[Machine, ...]
    subscriptions: tuple[str, ...] = ()
    ended: RunEnd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Machines on their way to a check: packed text that a story carries without reading it."""

    count: int
    packed: str


class Status(StrEnum):
    """What is known of one question about one machine or run."""

    PASSED = "passed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer of a check. Authors make it with `passed`, `blocked` and `skipped`."""

    status: Literal[Status.PASSED, Status.BLOCKED, Status.SKIPPED]
    reason: str = ""
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A verdict with who gave it, about what, and after how many seconds.

    `machine` is the machine's id, and None when the question was about the whole run. `asked`
    counts how often it was put: a check with patience is asked again until it passes. `memory` is
    what an action is about to change, in its own words: then it has not done so yet.
    """

    check: str
    status: Status
    machine: str | None = None
    reason: str = ""
    evidence: Evidence = field(default_factory=dict)
    seconds: float = 0.0
    asked: int = 1
    memory: dict[str, Any] | None = None


Isolation = Literal["thread", "process"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How a check is asked, with the author's choices and the site's taken together.

    `timeout` is for each time that it is asked, `patience` for how long it is asked again until it
    passes, `every` so often: all in seconds. `memory` is in megabytes, for a process of its own.
    """

    timeout: float | None = None
    patience: float = 0.0
    every: float = 15.0
    isolation: Isolation = "thread"
    memory: int = 512


GapKind = Literal["gap", "unknown", "fault"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something the gate had to know and does not: `subject` names what, `remedy` what to do.

    `kind` says which word of the policy is for it: a machine that cannot be seen is a `gap`
    (`on_gap`), a check that could not be asked is `unknown` (`on_unknown`), and a fault of ours is
    for none: it always cancels.
    """

    subject: str
    problem: str
    remedy: str
    kind: GapKind = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceEvent:
    """What pre and post events share. `event_time` is when Azure made the event."""

    run: RunId
    event_time: datetime
    start: datetime
    end: datetime
    subscriptions: tuple[str, ...]

    @property
    def configuration(self) -> ConfigurationId:
        """The schedule whose run this is."""
        return self.run.configuration


@dataclass(frozen=True, slots=True, kw_only=True)
class PreMaintenanceEvent(MaintenanceEvent):
    """`Microsoft.Maintenance.PreMaintenanceEvent`: a run is about to start."""

    cancellation_cut_off: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMaintenanceEvent(MaintenanceEvent):
    """`Microsoft.Maintenance.PostMaintenanceEvent`: a run has ended, as `status` says."""

    status: str
