"""What the scenario lets become of operations that Azure has taken on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.management.operations import Failure
from simulator.scenario import OperationFault

__all__ = ["Course", "Courses"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an operation will go: `ends` None is never."""

    ends: datetime | None
    failure: Failure | None = None

    @property
    def well(self) -> bool:
        """It ends, and has worked then."""
        return self.ends is not None and self.failure is None


class Courses:
    """Chooses the course of each operation. For one thread at a time."""

    def __init__(self, faults: tuple[OperationFault, ...]) -> None:
        self._faults = faults
        self._begun: dict[tuple[str, str], int] = {}

    def choose(self, does: str, machine: str, now: datetime, takes: float) -> Course:
        """How it goes with this, begun now, on the machine of that name."""
        counted = (does, machine.lower())
        number = self._begun[counted] = self._begun.get(counted, 0) + 1
        for fault in self._faults:
            if fault.means(does, machine) and fault.hits(number):
                return _course(fault, now, takes)
        return Course(ends=now + timedelta(seconds=takes))


def _course(fault: OperationFault, now: datetime, takes: float) -> Course:
    if fault.ends == "never":
        return Course(ends=None)
    ends = now + timedelta(seconds=takes if fault.takes is None else fault.takes)
    if fault.ends == "late":
        return Course(ends=ends)
    return Course(ends=ends, failure=Failure(code=fault.code, message=fault.message))
