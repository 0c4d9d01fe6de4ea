"""One maintenance run as it truly is, by the clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from simulator.scenario import RunRules

__all__ = ["RunStatus", "SimulatedRun", "Standing"]

RunStatus = Literal["Pending", "Cancelled", "InProgress", "Succeeded", "Failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a run stands: its status and what Azure says of it."""

    status: RunStatus
    message: str = ""


class SimulatedRun:
    """The state of the run. Safe to use from several threads."""

    def __init__(
        self, rules: RunRules, *, began: datetime, start: datetime, end: datetime, all_well: bool
    ) -> None:
        self._start = start
        later = None if rules.ends_after is None else start + timedelta(seconds=rules.ends_after)
        self._end = later or end
        self._outcome: RunStatus = "Succeeded" if all_well else "Failed"
        self._lock = threading.Lock()
        self._cancelled: tuple[datetime, str] | None = None
        if rules.cancelled_by is not None:
            at = began + timedelta(seconds=rules.cancelled_after or 0.0)
            if at < start:
                self._cancelled = (at, _message(at, rules.cancelled_by))

    def cancel(self, at: datetime) -> bool:
        """Cancel the run; False if it has started. Repeating it changes nothing."""
        with self._lock:
            if self._cancelled is None or at < self._cancelled[0]:
                if at >= self._start:
                    return False
                self._cancelled = (at, _message(at, "somebody"))
            return True

    def cancelled_at(self, now: datetime) -> datetime | None:
        """When it was cancelled, if it was by now."""
        with self._lock:
            return self._cancelled[0] if self._cancelled and self._cancelled[0] <= now else None

    def standing(self, now: datetime, lag: timedelta = timedelta()) -> Standing:
        """How it stands; with a `lag`, how it seems to whom cancelling shows so much later."""
        with self._lock:
            cancelled = self._cancelled
        if cancelled is not None and cancelled[0] <= now:
            shown = cancelled[0] + lag <= now
            return Standing(status="Cancelled", message=cancelled[1]) if shown else _PENDING
        if now < self._start:
            return _PENDING
        return Standing(status="InProgress" if now < self._end else self._outcome)


_PENDING = Standing(status="Pending")


def _message(at: datetime, by: Literal["somebody", "system"]) -> str:
    # Wording after what users report; sources differ in spelling and in the form of the time.
    what = "using cancellation API" if by == "somebody" else "due to internal platform failure"
    return f"Maintenance cancelled {what} at {at:%m/%d/%Y %H:%M:%S}"
