"""The sample pre event that every figure is about, and the time when it comes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.clock import ScaledClock
from core.model import PreMaintenanceEvent
from handlers.events import parse_event

__all__ = ["ROOT", "clock", "envelope", "pre_event"]

ROOT = Path(__file__).parents[1]
_BEFORE = timedelta(minutes=38)  # the event comes, before the start of its run


def envelope() -> dict[str, Any]:
    """The sample pre event, as Event Grid delivers it."""
    text = (ROOT / "samples" / "events" / "pre.eventgrid.json").read_text(encoding="utf-8")
    (event,) = json.loads(text)
    found: dict[str, Any] = event
    return found


def pre_event() -> PreMaintenanceEvent:
    """The same, understood."""
    event = parse_event(envelope())
    assert isinstance(event, PreMaintenanceEvent)  # noqa: S101 - the sample is one
    return event


def clock() -> ScaledClock:
    """The story's time, as fast as the machine's, from when the event comes."""
    return ScaledClock(start=pre_event().start - _BEFORE)
