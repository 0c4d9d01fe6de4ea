"""A simulated Azure with so many machines, that holds the run of the sample event."""

from __future__ import annotations

import time
from datetime import datetime

from benchmarks.sample import pre_event
from core.clock import Clock
from simulator import Azure, Scenario
from simulator.scenario import MachineGroup

__all__ = ["azure", "estate", "monotonic", "vms"]

_TAGS = {"service": "shop", "owner": "data", "environment": "production"}


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


def vms(count: int) -> Scenario:
    """So many VMs, all of them running but the last one that Resource Graph lists."""
    running = MachineGroup(name="vm-{n:06}", count=count - 1, tags=_TAGS)
    last = MachineGroup(name="zz-last", power="deallocated", subscription=2, tags=_TAGS)
    return Scenario(title=f"{count} VMs", machines=(running, last))


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


def monotonic(at: datetime, now: Clock) -> float:
    """A time of the story, as `time.monotonic` counts."""
    return time.monotonic() - (now.now() - at).total_seconds() / now.speed
