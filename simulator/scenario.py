"""What a scenario file can say, as frozen values. Everything has a default.

Seconds are seconds of the story's time unless a line says otherwise. Machines, requests and
subscriptions are counted from 1.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field, PlainValidator

from core.errors import BadId
from core.ids import MachineId, subscription_id

__all__ = [
    "PLAUSIBLE_MACHINES",
    "CancelRules",
    "Fault",
    "GraphRules",
    "MachineGroup",
    "RunRules",
    "Scenario",
    "SubscriptionRef",
]

_STRICT = ConfigDict(extra="forbid", strict=True)
_WEEK = 7 * 24 * 3600
_SOMEWHERE = (
    "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/g"
    "/providers/Microsoft.Compute/virtualMachines"
)

Seconds = Annotated[float, Field(ge=0, le=_WEEK, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=1, le=100_000)]
HttpStatus = Annotated[int, Field(ge=200, le=599)]


def _subscription(value: Any) -> int | str:
    if isinstance(value, str):
        try:
            return subscription_id(value)
        except BadId as error:
            raise ValueError(f"{error.why}, or the number of one of the event's") from error
    if type(value) is not int or value < 1:
        raise ValueError("must be the number of a subscription of the event, from 1, or a GUID")
    return value


# The number of one of the event's subscriptions, from 1, or a GUID in lower case.
SubscriptionRef = Annotated[int | str, PlainValidator(_subscription)]


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineGroup:
    """Machines that are alike, apart from their number: `{n}` in the name, from 1.

    `power` is a power state for a VM and a connection for Arc; None means up and running. Without
    a `subscription` machines are spread over the event's. `lag` overrides the graph's. `result` is
    how patching ends. A machine that is not `readable` is named by its run, but has no row of its
    own.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    name: Annotated[str, Field(min_length=1)] = "machine-{n:02}"
    count: Count = 1
    kind: Literal["vm", "arc"] = "vm"
    power: str | None = None
    os: Literal["Linux", "Windows"] = "Linux"
    location: str = "westeurope"
    tags: dict[str, str] = field(default_factory=dict)
    subscription: SubscriptionRef | None = None
    lag: Seconds | None = None
    result: Annotated[str, Field(min_length=1)] = "Succeeded"
    readable: bool = True

    def __post_init__(self) -> None:
        if len(set(map(str.lower, self.names))) < self.count:
            raise ValueError("give each machine a name of its own: {n} is its number")
        try:
            MachineId.parse(f"{_SOMEWHERE}/{self.names[-1]}")
        except BadId as error:
            raise ValueError(error.why) from error

    @property
    def names(self) -> tuple[str, ...]:
        """The machines' names."""
        try:
            return tuple(self.name.format(n=n) for n in range(1, self.count + 1))
        except (AttributeError, IndexError, KeyError, ValueError) as error:
            raise ValueError("only {n} can stand in braces in a name, like {n:02}") from error


PLAUSIBLE_MACHINES = (
    MachineGroup(name="web-{n:02}", count=2, tags={"service": "shop"}),
    MachineGroup(name="sql-01", os="Windows", tags={"service": "shop", "owner": "data"}),
    MachineGroup(name="branch-{n:02}", count=2, kind="arc", os="Windows", location="northeurope"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphRules:
    """How Resource Graph behaves.

    `lag`: seconds after the simulator began until the run's rows appear. `run_row_lag`: seconds
    from a cancel until rows show it. `latency`: *real* seconds that every query takes. `quota`:
    queries allowed in `quota_window` seconds, 0 for no limit. `refuse_unreadable`: a query over
    hidden subscriptions only is answered 400, as some have seen, and not with an empty page.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    lag: Seconds = 0.0
    run_row_lag: Seconds = 0.0
    latency: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = 0.0
    page_size: Annotated[int, Field(ge=1, le=1000)] = 1000
    hidden_subscriptions: tuple[SubscriptionRef, ...] = ()
    refuse_unreadable: bool = False
    quota: Annotated[int, Field(ge=0, le=1000)] = 0
    quota_window: Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)] = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRules:
    """How the cancel call and its read-back behave.

    `status` answers a cancel that works, `too_late_status` one after the start of the run, which
    nobody publishes. Without `read`, a GET of the run is always 404.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    status: Literal[200, 201, 202] = 200
    too_late_status: Annotated[int, Field(ge=400, le=499)] = 409
    read: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRules:
    """What happens to the run by itself.

    `cancelled_by` cancels it `cancelled_after` seconds after the simulator began, if it has not
    started by then. `ends_after`: seconds from its start until it ends; None means at its end.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    cancelled_by: Literal["somebody", "system"] | None = None
    cancelled_after: Seconds | None = None
    ends_after: Seconds | None = None

    def __post_init__(self) -> None:
        if self.cancelled_after is not None and self.cancelled_by is None:
            raise ValueError('cancelled_after needs cancelled_by = "somebody" or "system"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with requests: the `first` N of a kind, these `calls`, or `always`.

    `delay` comes before anything else. `status` or `redirect` (a 307) replace the answer, and then
    nothing takes effect unless `effect = true`; `body` replaces the text of the answer. `drop`
    closes the connection with no answer, before or after the effect. `effect = false` answers a
    cancel as if it had worked.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    on: Literal["cancel", "read", "graph", "any"] = "any"
    first: Annotated[int, Field(ge=1)] | None = None
    calls: tuple[Annotated[int, Field(ge=1)], ...] = ()
    always: bool = False
    status: HttpStatus | None = None
    retry_after: Annotated[int, Field(ge=0, le=3600)] | None = None
    delay: Seconds = 0.0
    drop: Literal["before", "after"] | None = None
    effect: bool | None = None
    body: str | None = None
    redirect: str | None = None

    def __post_init__(self) -> None:
        problems = [text for wrong, text in self._problems() if wrong]
        if problems:
            raise ValueError("; ".join(problems))

    def _problems(self) -> tuple[tuple[bool, str], ...]:
        chosen = [self.first is not None, bool(self.calls), self.always].count(True)
        answers = self.status is not None or self.redirect is not None or self.body is not None
        harmless = not (answers or self.delay or self.drop or self.effect is False)
        return (
            (chosen != 1, "say which requests: first = N, or calls = [1, 3], or always = true"),
            (self.effect is False and self.on != "cancel", 'effect = false needs on = "cancel"'),
            (answers and self.drop is not None, "a dropped connection answers nothing"),
            (
                self.redirect is not None and (self.status is not None or self.body is not None),
                "a redirect is a 307 without a body: no status or body beside it",
            ),
            (self.retry_after is not None and self.status is None, "retry_after needs a status"),
            (harmless, "say what goes wrong: status, delay, drop, redirect, body, effect = false"),
        )

    @property
    def takes_effect(self) -> bool:
        """The request does what it asks for, whatever is then answered."""
        if self.effect is not None:
            return self.effect
        return not self.refuses and self.drop != "before"

    @property
    def refuses(self) -> bool:
        """The answer is neither yes nor what was asked for."""
        return self.redirect is not None or (self.status is not None and self.status >= 300)

    def hits(self, number: int) -> bool:
        """The request with this number, among those of its kind, is one that goes wrong."""
        return self.always or number in self.calls or number <= (self.first or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A world to try the gate in. The first of the `faults` that hits a request is in force."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    title: str = "All is well"
    machines: tuple[MachineGroup, ...] = PLAUSIBLE_MACHINES
    graph: GraphRules = field(default_factory=GraphRules)
    cancel: CancelRules = field(default_factory=CancelRules)
    run: RunRules = field(default_factory=RunRules)
    faults: tuple[Fault, ...] = ()

    def __post_init__(self) -> None:
        found = Counter(name.lower() for group in self.machines for name in group.names)
        twice = [name for name, count in found.items() if count > 1]
        if twice:
            raise ValueError(f"machines: more than one is named {', '.join(twice[:5])}")
