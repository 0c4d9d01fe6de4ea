"""How much Azure takes: Resource Graph's quota, and the token buckets of Resource Manager."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator.messages import Reply, Request, arm_error
from simulator.scenario import ArmRules

__all__ = ["ArmLimits", "Quota"]

_PUBLISHED = 15


class Quota:
    """Resource Graph's: so many queries in a window that opens with the first of them.

    A limit of 0 admits all, and reports as much as a fresh identity has.
    """

    def __init__(self, limit: int, window: float) -> None:
        self._limit, self._window = limit, timedelta(seconds=window)
        self._lock = threading.Lock()
        self._opened: datetime | None = None
        self._used = 0

    def use(self, now: datetime) -> tuple[bool, dict[str, str]]:
        """Whether a query is admitted now, and the headers that tell what remains."""
        with self._lock:
            if self._opened is None or now >= self._opened + self._window:
                self._opened, self._used = now, 0
            admitted = self._limit == 0 or self._used < self._limit
            self._used += admitted
            remaining = self._limit - self._used if self._limit else _PUBLISHED - 1
        left = self.seconds_left(now)
        return admitted, {
            "x-ms-user-quota-remaining": str(remaining),
            "x-ms-user-quota-resets-after": str(timedelta(seconds=left)).zfill(8),
        }

    def seconds_left(self, now: datetime) -> int:
        """Whole seconds until the window closes, rounded up."""
        opened = self._opened or now
        return max(0, math.ceil((opened + self._window - now).total_seconds()))


@dataclass(slots=True)
class _Bucket:
    """Tokens that come back with time."""

    size: int
    per_second: float
    left: float
    at: datetime | None = None

    def take(self, now: datetime) -> float:
        """0.0 for a token, or else the seconds until there is one."""
        if self.size == 0:
            return 0.0
        if self.at is not None:
            back = (now - self.at).total_seconds() * self.per_second
            self.left = min(float(self.size), self.left + max(0.0, back))
        self.at = now
        if self.left < 1.0:
            return (1.0 - self.left) / self.per_second
        self.left -= 1.0
        return 0.0


class ArmLimits:
    """The token buckets of Azure Resource Manager, one for reads and one for writes.

    They are those of one identity and one subscription, and here all requests share them. Queries
    of Resource Graph have a quota of their own. Source:
    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    """

    def __init__(self, rules: ArmRules) -> None:
        self._lock = threading.Lock()
        self._reads = _Bucket(rules.reads, rules.reads_per_second, rules.reads)
        self._writes = _Bucket(rules.writes, rules.writes_per_second, rules.writes)

    def refusal(self, request: Request, now: datetime) -> Reply | None:
        """429 if the bucket is empty; else None, and a token less."""
        if request.what not in ("cancel", "read", "arm"):
            return None
        bucket = self._reads if request.method == "GET" else self._writes
        with self._lock:
            seconds = bucket.take(now)
        if not seconds:
            return None
        reply = arm_error(429, "TooManyRequests", "Please try again after some time.")
        return replace(reply, headers={**reply.headers, "Retry-After": str(math.ceil(seconds))})
