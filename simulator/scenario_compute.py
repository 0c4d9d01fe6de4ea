"""What a scenario file can say about machines that are started, scripts that run, and others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from simulator.scenario_types import STRICT, Hours, Name, Seconds
from simulator.templates import Words, moment_of, problems_in

__all__ = [
    "ActivityLogRules",
    "Does",
    "OperationFault",
    "OthersRule",
    "PowerRules",
    "RunCommandRule",
    "SnapshotRule",
]

Does = Literal[
    "start",
    "restart",
    "power_off",
    "deallocate",
    "delete",
    "snapshot",
    "delete_snapshot",
    "run_command",
]
_Glob = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerRules:
    """How long things take with machines and their disks, in seconds.

    `agent_after`: from running until the guest agent reports. `row_lag`: until Resource Graph shows
    a change of power or tags. `retry_after`: what clients are told to wait between two looks.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    start: Seconds = 20.0
    restart: Seconds = 30.0
    power_off: Seconds = 20.0
    deallocate: Seconds = 30.0
    delete: Seconds = 30.0
    snapshot: Seconds = 5.0
    delete_snapshot: Seconds = 5.0
    agent_after: Seconds = 30.0
    row_lag: Seconds = 0.0
    retry_after: Annotated[int, Field(ge=0, le=3600)] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFault:
    """Operations that are taken on and then fail, or never end: the `first` N, `calls`, `always`.

    `on` is what they do, on `machines` whose names match: for snapshots, the machine of the disk.
    Each machine is counted by itself. `ends` None is never. `code` and `message` tell why it
    failed; `takes` are seconds, or else as long as it would have.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    on: Does = "start"
    machines: _Glob = "*"
    first: Annotated[int, Field(ge=1)] | None = None
    calls: tuple[Annotated[int, Field(ge=1)], ...] = ()
    always: bool = False
    ends: Literal["failed", "never", "late"] = "failed"
    code: Annotated[str, Field(min_length=1)] = "AllocationFailed"
    message: str = (
        "Allocation failed. We do not have sufficient capacity for the requested VM size."
    )
    takes: Seconds | None = None

    def __post_init__(self) -> None:
        if [self.first is not None, bool(self.calls), self.always].count(True) != 1:
            raise ValueError("say which: first = N, or calls = [1, 3], or always = true")
        if self.ends == "late" and self.takes is None:
            raise ValueError('ends = "late" needs takes = seconds')

    def means(self, does: str, machine: str) -> bool:
        """It is about this, done to that machine."""
        return self.on == does and fnmatchcase(machine.lower(), self.machines.lower())

    def hits(self, number: int) -> bool:
        """The attempt with this number, among those of one machine, goes wrong."""
        return self.always or number in self.calls or number <= (self.first or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommandRule:
    """How a script ends on `machines` whose names match; the first rule that matches is in force.

    `name` is the run command's, and `script` what its text must match; a star is anything. `takes`
    is in seconds.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    machines: _Glob = "*"
    name: _Glob = "*"
    script: _Glob = "*"
    exit_code: Annotated[int, Field(ge=-(2**31), le=2**32 - 1)] = 0
    output: str = ""
    error: str = ""
    takes: Seconds = 5.0

    def means(self, machine: str, name: str, script: str) -> bool:
        """It is about this script of that name, on that machine."""
        said = ((machine, self.machines), (name, self.name), (script, self.script))
        return all(fnmatchcase(text.lower(), glob.lower()) for text, glob in said)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityLogRules:
    """The activity log: `lag` seconds until an entry can be read, so many on a page."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    lag: Seconds = 180.0
    page_size: Annotated[int, Field(ge=1, le=1000)] = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersRule:
    """Somebody else does something to a machine, at a moment.

    `at` is "+5m" after the simulator began, "start-15m", "end+1h" (s, m, h, d), or a time with its
    zone. `caller` is how the activity log names them.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    machine: Annotated[str, Field(min_length=1)]
    at: str
    does: Literal["start", "restart", "power_off", "deallocate", "delete"]
    caller: Annotated[str, Field(min_length=1)] = "somebody@contoso.example"

    def __post_init__(self) -> None:
        epoch = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
        try:
            self.moment(Words(run="", configuration="", now=epoch, start=epoch, end=epoch))
        except ValueError as error:
            raise ValueError(f"at: {error}") from error

    def moment(self, words: Words) -> datetime:
        """When it is. Raises `ValueError` if `at` is not a moment."""
        text = f"now{self.at}" if self.at.startswith("+") else self.at
        found = moment_of(text, words)
        if found is None:
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                found = None
        if found is None or found.tzinfo is None:
            raise ValueError('must be like "+5m", "start-15m" or "2026-03-01T01:30:00Z"')
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRule:
    """A snapshot that is there from the beginning, of a machine's disk: 0 is that of its system.

    `age` is in hours before the simulator began. Texts of the `tags` may have braces: see
    `simulator.templates`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Name
    machine: Annotated[str, Field(min_length=1)]
    disk: Annotated[int, Field(ge=0, le=64)] = 0
    age: Hours = 24.0
    tags: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = list(problems_in(self.tags, "tags", machine=True))
        if problems:
            raise ValueError("\n".join(problems))
