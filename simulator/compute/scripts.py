"""Scripts that ran in guests, as tests read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.ids import MachineId

__all__ = ["Executed", "Ran"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A script that a guest has begun to execute, and how it ends."""

    at: datetime
    machine: MachineId
    name: str
    script: str
    by: str
    exit_code: int
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """The life of a run command. `began` None is not yet: the guest has not heard of it.

    `ends` None is never.
    """

    asked: datetime
    began: datetime | None
    ends: datetime | None
    exit_code: int = 0
    output: str = ""
    error: str = ""
    timed_out: bool = False

    def state(self, now: datetime) -> str:
        """The execution state in the words of Azure."""
        if self.began is None or now < self.began:
            return "Pending"
        if self.ends is None or now < self.ends:
            return "Running"
        if self.timed_out:
            return "TimedOut"
        return "Succeeded" if self.exit_code == 0 else "Failed"
