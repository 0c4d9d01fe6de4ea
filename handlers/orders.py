"""What a story is given, and what it asks of its steps: small frozen values that cross as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from actions.context import Stage
from core.ids import ConfigurationId, RunId
from core.model import (
    Asking,
    Batch,
    Gap,
    Machine,
    MaintenanceEvent,
    Outcome,
    PostMaintenanceEvent,
    PreMaintenanceEvent,
    Run,
    RunEnd,
)
from core.policy import Doubt, Policy
from core.policy.file import PolicyFile
from core.report import MachineLine, Memory, Tally
from plugins.api import When, Word

__all__ = [
    "ActAnswer",
    "ActRequest",
    "AftermathOrder",
    "CancelRequest",
    "CheckAnswer",
    "CheckList",
    "CheckRequest",
    "CheckSpec",
    "EndRequest",
    "GateOrder",
    "ListRequest",
    "Look",
    "LookRequest",
    "RecallRequest",
    "Recalled",
    "RehearseRequest",
    "RestoreOrder",
    "RunHead",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOrder:
    """A pre event, accepted: the gate's input. The policy is the one in force at that moment.

    `by_tags` is the whole policy file if some of it goes by the configuration's tags, which the
    trigger has no time to read. `warning`: what the report has to say of how the event came.
    """

    key: str
    event: PreMaintenanceEvent
    policy: Policy
    by_tags: PolicyFile | None = None
    warning: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AftermathOrder:
    """A post event, accepted. `ours`: our gate had this run cancelled, or tried to.

    `memories` is what was changed before the run and has not been put back yet.
    """

    key: str
    event: PostMaintenanceEvent
    ours: bool
    give_up_after: float  # seconds
    policy: Policy = field(default_factory=Policy)
    by_tags: PolicyFile | None = None
    memories: tuple[Memory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """Which checks are in force before (or after) a run of this configuration?"""

    configuration: ConfigurationId
    policy: Policy
    until: datetime
    by_tags: PolicyFile | None = None
    when: When = "before"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """A check, or an action, as a gate knows it, policy applied. `problem`: why it cannot be asked.

    `undoes`: an action that can put back what it changes.
    """

    name: str
    title: str
    scope: Literal["machine", "run"]
    origin: str
    required: bool = True
    on_unknown: Doubt = "cancel"
    asking: Asking = field(default_factory=Asking)
    problem: str | None = None
    kind: Word = "check"
    undoes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckList:
    """The policy and the checks in force, and what is wrong with the list as a whole.

    `actions` are those in force, in the order in which they are done. `notices` is the config of
    the one that tells people, if it is in force; `warnings` are for the report alone.
    """

    policy: Policy = field(default_factory=Policy)
    checks: tuple[CheckSpec, ...]
    actions: tuple[CheckSpec, ...] = ()
    notices: dict[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRequest:
    """Find the run's machines; only those that are not `known` come back.

    With `only`, these come back instead: all of them, as they are by now where that can be seen.
    """

    run: RunId
    subscriptions: tuple[str, ...]
    until: datetime
    known: tuple[Batch, ...] = ()
    only: tuple[Batch, ...] = ()


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
    """A run without its machines: see `core.model.Run`."""

    id: str
    configuration_id: str
    name: str
    start: datetime
    end: datetime
    subscriptions: tuple[str, ...] = ()
    ended: RunEnd | None = None

    @classmethod
    def of(cls, event: MaintenanceEvent, ended: RunEnd | None = None) -> RunHead:
        """The run of that event; asked about are the configuration's own subscription too."""
        subscriptions = (*event.subscriptions, event.configuration.subscription.lower())
        return cls(
            id=str(event.run),
            configuration_id=str(event.configuration),
            name=event.run.name,
            start=event.start,
            end=event.end,
            subscriptions=tuple(dict.fromkeys(subscriptions)),
            ended=ended,
        )

    def with_machines(self, machines: tuple[Machine, ...]) -> Run:
        """The whole run."""
        return Run(
            id=self.id,
            configuration_id=self.configuration_id,
            name=self.name,
            start=self.start,
            end=self.end,
            machines=machines,
            subscriptions=self.subscriptions,
            ended=self.ended,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRequest:
    """Ask one check about some machines of a run, or about the run with all of them."""

    check: str
    run: RunHead
    machines: tuple[Batch, ...]
    deadline: datetime
    asking: Asking = field(default_factory=Asking)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswer:
    """What it said: all counted, what did not pass listed, worst first and within a sane size.

    `asked` is how often the question was put at the most, `notes` what a report has to warn of.
    `by_machine`: what it said is about machines, each by itself, and not about the run.
    """

    tally: Tally
    outcomes: tuple[Outcome, ...] = ()
    unlisted: int = 0
    asked: int = 1
    notes: tuple[str, ...] = ()
    by_machine: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRequest:
    """Let one action plan, do or undo what it does for some machines of a run, or for the run.

    `memory` is what it remembered of them (`core.wire.pack_memories`), empty while it plans.
    """

    action: str
    stage: Stage
    run: RunHead
    machines: tuple[Batch, ...]
    deadline: datetime
    memory: str = ""
    asking: Asking = field(default_factory=Asking)
    config: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActAnswer:
    """How it went, and what has to be remembered.

    After planning, `memory` is what the action is about to change, of which it has not spoken yet;
    after an undo, what is still to be undone. Empty for nothing.
    """

    answer: CheckAnswer
    memory: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOrder:
    """Put back what was changed before this run, should nobody else: the post event may never come.

    `gate` is the key of the gate that changes it. `look_at` is when it is looked whether the run
    was cancelled, `give_back_at` when all of it is put back in any case. `notices`:
    see `CheckList`.

    Each change has a story of its own, which has it in `memories`, should the gate never say what
    it has changed. As long as that does, the first (`part` 1) puts back all of it.
    """

    key: str
    gate: str
    run: RunHead
    look_at: datetime
    give_back_at: datetime
    notices: dict[str, Any] | None = None
    memories: tuple[Memory, ...] = ()
    part: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallRequest:
    """What has been changed before this run, and has nobody put it back?"""

    gate: str
    aftermath: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """What a gate has changed.

    `by`: who has put it back, or is at it; `problem`: why nobody knows, and `final` if nobody ever
    will. `post_event`: it has come, whatever became of its story.
    """

    memories: tuple[Memory, ...] = ()
    by: Literal["gate", "aftermath"] | None = None
    problem: str | None = None
    final: bool = False
    post_event: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequest:
    """Cancel the run and prove it, until then. `because` goes into the log at once."""

    run: RunId
    until: datetime
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearseRequest:
    """Try, until then, whether the run of a drill could be cancelled if there were one."""

    run: RunId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndRequest:
    """How did this run end, as far as Resource Graph knows by then?"""

    run: RunId
    subscriptions: tuple[str, ...]
    until: datetime
