"""What each check said of each machine, as far as a report tells. Pure.

A report lists what did not pass and counts the rest, so most cells follow from the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from core.model import Outcome, Status
from core.report import CheckReport

__all__ = ["Column", "worst"]


def worst(statuses: Iterable[Status | None]) -> Status | None:
    """The one to worry about most."""
    found = set(statuses)
    order = (Status.UNKNOWN, Status.BLOCKED, Status.SKIPPED, Status.PASSED)
    return next((status for status in order if status in found), None)


class Column:
    """One check's cells. `of_run`: it answered about the run as a whole."""

    def __init__(self, report: CheckReport) -> None:
        self.report = report
        self._listed = {o.machine.lower(): o for o in report.outcomes if o.machine is not None}
        self.unnamed = tuple(o for o in report.outcomes if o.machine is None)
        self._rest = _counts(report)
        self._rest.subtract(outcome.status for outcome in self._listed.values())
        self.of_run = report.scope == "run" and report.tally.total <= 1 and not self._listed

    @property
    def listed(self) -> tuple[Outcome, ...]:
        """The outcomes that name a machine."""
        return tuple(self._listed.values())

    @property
    def whole_run(self) -> Status | None:
        """The answer about the run as a whole; None if it did not give one."""
        return worst(self.left(())) if self.of_run else None

    def of(self, machine: str) -> Status | None:
        """The answer about a machine by its id; None if the report does not tell."""
        if self.of_run:
            return None
        if (outcome := self._listed.get(machine.lower())) is not None:
            return outcome.status
        possible = [status for status, number in self._rest.items() if number > 0]
        return possible[0] if len(possible) == 1 else None

    def left(self, shown: Iterable[str]) -> dict[Status, int]:
        """How many answers of each status there are besides those of the machines shown."""
        left = _counts(self.report)
        left.subtract(status for m in shown if (status := self.of(m)) is not None)
        return {status: number for status, number in left.items() if number > 0}


def _counts(report: CheckReport) -> Counter[Status]:
    tally = report.tally
    return Counter(
        {
            Status.UNKNOWN: tally.unknown,
            Status.BLOCKED: tally.blocked,
            Status.SKIPPED: tally.skipped,
            Status.PASSED: tally.passed,
        }
    )
