"""What every figure starts from: the sample event, and a simulated Azure with so many machines."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from core.clock import Clock, ScaledClock
from core.model import PreMaintenanceEvent
from handlers.events import parse_event
from simulator import Azure, Scenario
from simulator.scenario import MachineGroup

__all__ = ["BEFORE", "ROOT", "azure", "clock", "envelope", "estate", "pre_event"]

ROOT = Path(__file__).parents[1]
BEFORE = timedelta(minutes=38)  # the event comes, before the start of its run
_TAGS = {"service": "shop", "owner": "data", "environment": "production"}


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
    return ScaledClock(start=pre_event().start - BEFORE)


def estate(count: int, *, objects: bool = False) -> Scenario:
    """So many machines, a quarter of them Arc servers.

    They are all well, unless the last one that Resource Graph lists `objects` to being patched.
    """
    arc = count // 4
    well = (
        MachineGroup(name="vm-{n:05}", count=count - arc - 1, tags=_TAGS),
        MachineGroup(name="arc-{n:05}", count=arc, kind="arc", os="Windows", tags=_TAGS),
    )
    tags = {**_TAGS, "patch": "never"} if objects else _TAGS
    last = MachineGroup(name="zz-last", kind="arc", subscription=2, tags=tags)
    return Scenario(title=f"{count} machines", machines=(*well, last))


def azure(scenario: Scenario, now: Clock) -> Azure:
    """An Azure that holds the sample event's run."""
    event = pre_event()
    return Azure(
        scenario,
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=now,
    )
