"""The write limits of Azure Resource Manager, kept by ourselves instead of run into.

Published: for each principal and subscription a bucket of 200 writes, which fills again by 10 a
second, and another of the same size for deletes; an answer says how many remain, and one write too
many is answered 429. The provider behind it may have fewer: its 429 looks the same.
Source: https://learn.microsoft.com/azure/azure-resource-manager/management/request-limits-and-throttling
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from arm import turns
from core.clock import Clock, seconds_between

__all__ = ["AT_ONCE", "PER_SECOND", "Bucket", "WriteTurn", "Writes"]

AT_ONCE = 200
PER_SECOND = 10.0
_LONGEST_HOLD = timedelta(seconds=60)  # of everybody, for what one write was told
_NO_HINT = 5.0  # seconds to hold back after a 429 that does not say
_JITTER = 0.25  # of a Retry-After: other workers were told the same


@dataclass(slots=True)
class Bucket:
    """How many writes may be sent now to one subscription. Pure: it is told the time."""

    left: float = AT_ONCE
    at: datetime | None = None  # when `left` was so many
    held_until: datetime | None = None
    resets_at: datetime | None = None

    @property
    def quiet(self) -> bool:
        """Answers bring no more: only time does."""
        return True

    def admits(self, now: datetime) -> bool:
        """Whether a write may be sent; if not, `resets_at` is when one may."""
        self._fill(now)
        held = self.held_until is not None and now < self.held_until
        # A hair less than a whole one counts: times are in whole microseconds.
        if self.left > 1 - 1e-4 and not held:
            self.resets_at = None
            return True
        there = now + timedelta(seconds=max(0.0, 1 - self.left) / PER_SECOND)
        self.resets_at = max(there, self.held_until or there)
        return False

    def sent(self, now: datetime) -> int:
        """A write is on its way."""
        self.left = max(0.0, self.left - 1)
        return 0

    def answered(self, now: datetime, remaining: int | None) -> None:
        """An answer says how many remain: fewer, if others write as the same principal.

        That many or one more is what we have counted ourselves, since Azure tells whole ones.
        """
        self._fill(now)
        if remaining is not None and remaining + 1 <= self.left:
            self.left = float(remaining)

    def lost(self) -> None:
        """No answer came. Azure may have counted the write."""

    def unused(self, window: int) -> None:
        """It was not sent after all."""
        self.left = min(float(AT_ONCE), self.left + 1)

    def refused(self, now: datetime, hold: timedelta) -> None:
        """One write too many: nobody sends any for so long, while the bucket fills again."""
        self._fill(now)
        self.left = 0.0
        until = now + min(hold, _LONGEST_HOLD)
        self.held_until = max(self.held_until or until, until)

    def _fill(self, now: datetime) -> None:
        if self.at is not None:
            back = seconds_between(self.at, now) * PER_SECOND
            self.left = min(float(AT_ONCE), self.left + back)
        self.at = max(now, self.at or now)


class WriteTurn(turns.Turn[Bucket]):
    """The right to send one write. Say what came of it, for all who wait."""

    def __init__(self, governor: _Governor, window: int) -> None:
        super().__init__(governor, window)
        self._header, self._chance = governor.header, governor.chance

    def answered(self, headers: Mapping[str, str]) -> None:
        """Resource Manager has answered, with these headers."""
        said = headers.get(self._header, "").strip()
        told = int(said) if said.isdecimal() and said.isascii() and len(said) < 7 else None
        self._end(lambda bucket, now: bucket.answered(now, told))

    def refused(self, retry_after: float | None) -> None:
        """It has answered 429."""
        hold = timedelta(seconds=min(retry_after or _NO_HINT, 86400.0))
        hold *= 1 + _JITTER * self._chance()
        self._end(lambda bucket, now: bucket.refused(now, hold))


class _Governor(turns.Governor[Bucket, WriteTurn]):
    full = ("Azure Resource Manager", "its write limit is used up until after the deadline")

    def __init__(self, clock: Clock, chance: Callable[[], float], header: str) -> None:
        super().__init__(clock, turns.Line(Bucket()), chance)
        self.header = header

    def _turn(self, window: int) -> WriteTurn:
        return WriteTurn(self, window)


class Writes:
    """The buckets of all subscriptions, for whatever this process writes as one principal."""

    def __init__(self, clock: Clock, chance: Callable[[], float] = random.random) -> None:
        self._clock, self._chance = clock, chance
        self._lock = threading.Lock()
        self._governors: dict[tuple[str, str], _Governor] = {}

    def turn(
        self, subscription: str, method: str, until: datetime
    ) -> AbstractContextManager[WriteTurn]:
        """Wait for a turn to write to that subscription; whoever is nearest to a deadline is next.

        Raises `ArmProblem` on entering if there is none before the deadline.
        """
        kind = "deletes" if method.upper() == "DELETE" else "writes"
        key = (subscription.lower(), kind)
        with self._lock:
            if key not in self._governors:
                header = f"x-ms-ratelimit-remaining-subscription-{kind}"
                self._governors[key] = _Governor(self._clock, self._chance, header)
            governor = self._governors[key]
        return governor.turn(until)
