"""One clock for all processes of a world, in a file that each of them has mapped.

While anybody works, time goes about as fast as ours, so that a busy machine changes nothing; while
everybody waits it runs. The extension knows which it is, and sets the pace.
"""

from __future__ import annotations

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

__all__ = ["StoryClock"]

_RECORD = struct.Struct("<ddd")  # the machine's monotonic clock, the story's time then, the speed
_TWICE = 2 * _RECORD.size
_LOOK_AGAIN = 0.01  # real seconds: the pace may change while somebody sleeps


class StoryClock:
    """A `core.clock.Clock` whose speed may change at any moment."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _TWICE)

    @classmethod
    def begun(cls, path: Path, start: datetime, speed: float) -> StoryClock:
        """A clock that shows `start` now."""
        path.write_bytes(bytes(_TWICE))
        clock = cls(path)
        clock._write(time.monotonic(), start.timestamp(), speed)
        return clock

    @property
    def speed(self) -> float:
        return self._read()[2]

    def now(self) -> datetime:
        origin, then, speed = self._read()
        return datetime.fromtimestamp(then, UTC) + timedelta(
            seconds=(time.monotonic() - origin) * speed
        )

    def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        while (left := self.real_seconds(until)) > 0:
            time.sleep(min(left, _LOOK_AGAIN))

    def real_seconds(self, until: datetime) -> float:
        return max(0.0, (until - self.now()).total_seconds() / self.speed)

    def pace(self, speed: float) -> None:
        """From now on, time goes so many times as fast as ours."""
        if speed != self.speed:
            self._write(time.monotonic(), self.now().timestamp(), speed)

    def _write(self, *record: float) -> None:
        # Twice: who reads in the middle sees two that differ.
        self._map[:] = 2 * _RECORD.pack(*record)

    def _read(self) -> tuple[float, float, float]:
        while True:
            whole = self._map[:]
            if whole[: _RECORD.size] == whole[_RECORD.size :]:
                origin, then, speed = _RECORD.unpack_from(whole)
                return origin, then, speed
