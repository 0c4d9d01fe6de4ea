"""An event from a file, and its times moved so that it happens now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from cli.embedded import BEFORE
from core.errors import BadEvent
from core.model import MaintenanceEvent, PreMaintenanceEvent
from handlers.events import POST, PRE, envelopes, event_type, parse_event

__all__ = ["EventNow", "ended_at", "lasting", "moved_to", "read_event"]

_EARLIEST = timedelta(minutes=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNow:
    """An event whose times have been moved by `by`; it arrives at `arrives`."""

    envelope: dict[str, Any]
    event: MaintenanceEvent
    by: timedelta
    arrives: datetime

    @property
    def is_pre(self) -> bool:
        """The run is about to start."""
        return isinstance(self.event, PreMaintenanceEvent)


def read_event(text: bytes) -> dict[str, Any]:
    """The one maintenance event of a file: an object, or an array of one. Raises `BadEvent`."""
    found = list(envelopes(text))
    if len(found) != 1:
        raise BadEvent("file", f"{len(found)} events", "must hold exactly one event")
    kind = event_type(found[0])
    if kind not in (PRE, POST):
        why = f"is ignored, as it would be in Azure: only {PRE} and {POST} are for Patchgate"
        raise BadEvent("type", kind, why)
    return dict(found[0])


def moved_to(now: datetime, envelope: Mapping[str, Any]) -> EventNow:
    """The event as if it arrived now, with all distances between its times as they are.

    A pre event arrives at its own time if that is in the hour before the start, and 38 minutes
    before the start if it is not. Raises `BadEvent`.
    """
    event = parse_event(envelope)
    by = now.replace(microsecond=0) - _arrival(event).replace(microsecond=0)
    moved = _moved(envelope, event, by)
    again = parse_event(moved)
    return EventNow(envelope=moved, event=again, by=by, arrives=_arrival(again))


def lasting(window: timedelta, pre: EventNow) -> EventNow:
    """The same event of a run whose window is that long."""
    end = _stamp(pre.event.start + window)
    data = {
        name: end if name.lower() == "enddatetime" else value
        for name, value in pre.envelope["data"].items()
    }
    envelope = {**pre.envelope, "data": data}
    return replace(pre, envelope=envelope, event=parse_event(envelope))


def ended_at(moment: datetime, pre: EventNow) -> dict[str, Any]:
    """The post event of the same run, as Azure would send it then."""
    data = {
        name: value
        for name, value in pre.envelope["data"].items()
        if name.lower() != "cancellationcutoffdatetime"
    }
    kind = "eventType" if "eventType" in pre.envelope else "type"
    time = "eventTime" if "eventTime" in pre.envelope else "time"
    own = {kind: POST, time: _stamp(moment), "id": f"{pre.envelope.get('id')}-post"}
    return {**pre.envelope, **own, "data": {**data, "Status": "Succeeded"}}


def _arrival(event: MaintenanceEvent) -> datetime:
    if not isinstance(event, PreMaintenanceEvent):
        return event.event_time
    ahead = event.start - event.event_time
    return event.event_time if timedelta() < ahead <= _EARLIEST else event.start - BEFORE


def _moved(envelope: Mapping[str, Any], event: MaintenanceEvent, by: timedelta) -> dict[str, Any]:
    times = {"startdatetime": event.start, "enddatetime": event.end}
    if isinstance(event, PreMaintenanceEvent):
        times["cancellationcutoffdatetime"] = event.cancellation_cut_off
    data = {
        name: _stamp(times[name.lower()] + by) if name.lower() in times else value
        for name, value in envelope["data"].items()
    }
    own = {
        name: _stamp(event.event_time + by) for name in ("eventTime", "time") if envelope.get(name)
    }
    return {**envelope, **own, "data": data}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
