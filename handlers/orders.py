"""What a story is given, and what it asks of its steps: small frozen values that cross as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.ids import RunId
from core.model import (
    Batch,
    Gap,
    Outcome,
    PostMaintenanceEvent,
    PreMaintenanceEvent,
)
from core.policy import CheckPolicy, Doubt, Policy
from core.report import MachineLine, Tally

__all__ = [
    "AftermathOrder",
    "CancelRequest",
    "CheckAnswer",
    "CheckList",
    "CheckRequest",
    "CheckSpec",
    "EndRequest",
    "GateOrder",
    "Look",
    "LookRequest",
    "RunHead",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOrder:
    """A pre event, accepted: the gate's input. The policy is the one in force at that moment."""

    key: str
    event: PreMaintenanceEvent
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class AftermathOrder:
    """A post event, accepted. `ours`: our gate had this run cancelled, or tried to."""

    key: str
    event: PostMaintenanceEvent
    ours: bool
    give_up_after: float  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A check as a gate knows it, policy applied. `problem`: why it cannot be asked."""

    name: str
    title: str
    scope: Literal["machine", "run"]
    origin: str
    required: bool = True
    on_unknown: Doubt = "cancel"
    timeout: float | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """The checks in force, and what is wrong with the list as a whole."""

    checks: tuple[CheckSpec, ...]
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """Find the run's machines; only those that are not `known` come back."""

    run: RunId
    subscriptions: tuple[str, ...]
    until: datetime
    known: tuple[Batch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What Resource Graph showed: how many machines in all, which are new, what is missing.

    `fingerprint` stands for the set of all machines: equal fingerprints, equal sets. `undetailed`
    counts machines whose own rows cannot be read (yet): they are newcomers once they can.
    """

    total: int
    fingerprint: str
    newcomers: tuple[Batch, ...] = ()
    lines: tuple[MachineLine, ...] = ()
    undetailed: int = 0
    gaps: tuple[Gap, ...] = ()
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHead:
    """A run without its machines."""

    id: str
    configuration_id: str
    name: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """Ask one check about some machines of a run, or about the run with all of them.

    `timeout` is in seconds, from when a worker begins to ask; the deadline holds all the same.
    """

    check: str
    run: RunHead
    machines: tuple[Batch, ...]
    deadline: datetime
    timeout: float | None = None
    policy: CheckPolicy = field(default_factory=CheckPolicy)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What it said: all counted, what did not pass listed, worst first and within a sane size."""

    tally: Tally
    outcomes: tuple[Outcome, ...] = ()
    unlisted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """Cancel the run and prove it, until then. `because` goes into the log at once."""

    run: RunId
    until: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRequest:
    """How did this run end, as far as Resource Graph knows by then?"""

    run: RunId
    subscriptions: tuple[str, ...]
    until: datetime
