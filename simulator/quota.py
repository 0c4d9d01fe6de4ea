"""Resource Graph's quota: so many queries in a window that opens with the first of them."""

from __future__ import annotations

import math
import threading
from datetime import datetime, timedelta

__all__ = ["Quota"]

_PUBLISHED = 15


class Quota:
    """Counts queries; a limit of 0 admits all, and reports as much as a fresh identity has."""

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
