"""A story: everything that is generated, in one frozen value.

Seconds are counted from the moment at which the world begins, `lead` seconds before the run's
start, unless a line says otherwise. Times are those of our clock; Azure's is `skew` ahead of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.policy import Doubt
from simulator.scenario import MachineGroup, Scenario
from tests.model.saying import Phase

__all__ = [
    "Death",
    "Delivery",
    "Phase",
    "ScriptedCheck",
    "SitePolicy",
    "SiteRule",
    "Story",
    "Stuck",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Event Grid delivers a copy of the pre or of the post event; what fails comes again."""

    after: float = 0.0
    kind: Literal["pre", "post"] = "pre"
    cloud: bool = False
    several: bool = False  # in an array, beside an event that is not for us


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedCheck:
    """A check that says what its `phases` tell; what they tell is of one machine if `odd` is set.

    `odd` is that machine's name: all others pass. Options are the author's.
    """

    name: str = "c1"
    scope: Literal["machine", "run"] = "machine"
    phases: tuple[Phase, ...] = (Phase(says="pass"),)
    odd: str | None = None
    is_async: bool = False
    advisory: bool = False
    on_unknown: Doubt = "cancel"
    timeout: float | None = None
    patience: float = 0.0
    every: float = 15.0

    @property
    def slow(self) -> bool:
        """It takes time, or hangs."""
        return any(phase.seconds or phase.says == "hang" for phase in self.phases)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRule:
    """A check's table in gate.toml; None: the key is not there."""

    enabled: bool | None = None
    advisory: bool | None = None
    on_unknown: Doubt | None = None
    tolerance: int | str | None = None
    timeout: float | None = None
    patience: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePolicy:
    """gate.toml. `observed_if`: a block by tags, of that value of `env`, sets mode = "observe"."""

    mode: Literal["enforce", "observe"] = "enforce"
    on_unknown: Doubt | None = None
    on_gap: Doubt = "cancel"
    reserve: float = 120.0
    rules: dict[str, SiteRule] = field(default_factory=dict)
    observed_if: str | None = None
    broken: bool = False
    if_broken: Doubt | None = None  # PATCHGATE_ON_UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """At that hop (a moment at which a thread waits or asks) the worker dies, with all it does.

    It is `down` for so many seconds, and its steps are handed out again after `lease` seconds. One
    that `hangs` does not die: only what it was doing there never goes on.
    """

    hop: int
    down: float = 10.0
    lease: float = 30.0
    hangs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """The engine does not work for a while: it takes no story, and none goes on.

    `refuses`: stories go on, and none is taken. `silent`: it does not answer at all.
    """

    after: float = 0.0
    seconds: float = 600.0
    how: Literal["down", "refuses", "silent"] = "down"


MACHINES = (MachineGroup(name="vm-{n:02}", count=2), MachineGroup(name="arc-01", kind="arc"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What happens, before the product does anything."""

    lead: float = 2280.0
    cut_off: float = 60.0  # seconds before the start, as the event says it
    pascal: bool = True  # data.CorrelationId, and not data.correlationId
    deliveries: tuple[Delivery, ...] = (Delivery(),)
    scenario: Scenario = field(default_factory=lambda: Scenario(machines=MACHINES))
    builtin: tuple[str, ...] = ("opt_out_tag",)
    checks: tuple[ScriptedCheck, ...] = ()
    policy: SitePolicy = field(default_factory=SitePolicy)
    skew: float = 0.0
    latency: float = 0.2
    deaths: tuple[Death, ...] = ()
    stuck: tuple[Stuck, ...] = ()
    named: bool = False  # PATCHGATE_CONFIGURATIONS names the configuration
    watched: bool = False  # the watchdog's timer runs
