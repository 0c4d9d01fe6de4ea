"""How much Azure takes: Resource Graph's quota, and the token buckets of Resource Manager."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from simulator.messages import Reply, Request, arm_error
from simulator.principals import principal_of
from simulator.scenario import ArmRules

__all__ = ["ArmLimits", "Quota"]

_PUBLISHED = 15
_PUBLISHED_BUCKETS = {"reads": 250, "writes": 200, "deletes": 200}
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}


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
    """The token buckets of Azure Resource Manager: for reads, for writes, and for deleting.

    Each identity has its own in each subscription. Queries of Resource Graph have a quota of their
    own. Source:
    https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
    """

    def __init__(self, rules: ArmRules) -> None:
        self._rules = rules
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, str, str], _Bucket] = {}

    def use(self, request: Request, now: datetime) -> tuple[Reply | None, dict[str, str]]:
        """429 if the bucket is empty, or else None and a token less; and a header with the rest."""
        if request.what not in ("cancel", "read", "arm"):
            return None, {}
        kind = _KINDS.get(request.method, "writes")
        owner = (principal_of(request), request.key.split("/")[2], kind)
        with self._lock:
            bucket = self._buckets.setdefault(owner, self._bucket(kind))
            seconds = bucket.take(now)
            left = int(bucket.left) if bucket.size else _PUBLISHED_BUCKETS[kind] - 1
        remaining = {f"x-ms-ratelimit-remaining-subscription-{kind}": str(left)}
        if not seconds:
            return None, remaining
        reply = arm_error(429, "TooManyRequests", "Please try again after some time.")
        headers = {**reply.headers, "Retry-After": str(math.ceil(seconds))}
        return replace(reply, headers=headers), remaining

    def _bucket(self, kind: str) -> _Bucket:
        rules = self._rules
        if kind == "reads":
            return _Bucket(rules.reads, rules.reads_per_second, rules.reads)
        return _Bucket(rules.writes, rules.writes_per_second, rules.writes)
