"""A `Retry-After` header: seconds that a wait can be made of, or nothing."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from arm.answer import retry_after
from arm.patience import Transient, ask_until
from core.errors import OutOfTime
from tests.fakes import FakeClock

_NOW = datetime(2026, 11, 28, 2, 22, tzinfo=UTC)


def check(data: bytes) -> None:
    """Whatever it says, nobody waits past the deadline."""
    seconds = retry_after(data.decode("latin-1"), _NOW)
    assert seconds is None or (seconds >= 0 and not math.isnan(seconds))
    clock, until = FakeClock(_NOW), _NOW + timedelta(minutes=2)

    def throttled() -> None:
        raise Transient("Azure", "throttled", seconds)

    try:
        ask_until(throttled, clock=clock, until=until)
    except OutOfTime:
        assert clock.now() < until
