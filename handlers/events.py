"""Event Grid JSON, of either schema, to a typed maintenance event.

Field names of `data` are published in two spellings, so all names are read without case. Ids are
parsed part by part and must agree with one another before any of them is used.
Source: https://learn.microsoft.com/azure/event-grid/event-schema-azure-maintenance-configuration
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.errors import BadEvent, BadId, shorten
from core.ids import ConfigurationId, RunId, subscription_id
from core.model import MaintenanceEvent, PostMaintenanceEvent, PreMaintenanceEvent

__all__ = ["POST", "PRE", "envelopes", "event_type", "parse_event"]

PRE = "Microsoft.Maintenance.PreMaintenanceEvent"
POST = "Microsoft.Maintenance.PostMaintenanceEvent"

# Event Grid takes events of 1 MB and batches of as much; more is not from there.
_LARGEST = 1_048_576
_MOST_SUBSCRIPTIONS = 10_000
# A year outside these is a slip or an attack, and date arithmetic must not come near the ends.
_YEARS = range(2000, 2200)
_TIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?([Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)


def envelopes(body: str | bytes | Mapping[str, Any] | Sequence[Any]) -> Iterator[Mapping[str, Any]]:
    """The events of one delivery: one object, or an array of them.

    Raises `BadEvent` for what is no event, after those beside it.
    """
    value: Any = _json(body) if isinstance(body, str | bytes) else body
    events = value if isinstance(value, list | tuple) else [value]
    yield from (event for event in events if isinstance(event, Mapping))
    for event in events:
        if not isinstance(event, Mapping):
            raise BadEvent("event", event, "must be a JSON object")


def event_type(envelope: Mapping[str, Any]) -> str:
    """The event's type, of either schema; empty when it has none. Match it exactly."""
    value = envelope.get("eventType") or envelope.get("type")
    return value if isinstance(value, str) else ""


def parse_event(envelope: Mapping[str, Any]) -> MaintenanceEvent:
    """A pre or post maintenance event. Raises `BadEvent` that names the field and its value."""
    data = _caseless("data", envelope.get("data"))
    run = _run(envelope, data)
    start, end = _moment(data, "StartDateTime"), _moment(data, "EndDateTime")
    if end <= start:
        raise BadEvent("EndDateTime", data["enddatetime"], "must be after StartDateTime")
    moment, subscriptions, kind = _event_time(envelope), _subscriptions(data), event_type(envelope)
    if kind == PRE:
        return PreMaintenanceEvent(
            run=run,
            event_time=moment,
            start=start,
            end=end,
            subscriptions=subscriptions,
            cancellation_cut_off=_moment(data, "CancellationCutOffDateTime"),
        )
    if kind == POST:
        return PostMaintenanceEvent(
            run=run,
            event_time=moment,
            start=start,
            end=end,
            subscriptions=subscriptions,
            status=_text(data, "Status"),
        )
    raise BadEvent("type", kind, f"must be {PRE} or {POST}")


def _json(body: str | bytes) -> Any:
    size = len(body) if isinstance(body, bytes) else len(body.encode(errors="replace"))
    if size > _LARGEST:
        raise BadEvent("body", f"{size} bytes", f"must be at most {_LARGEST} bytes")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        text = body if isinstance(body, str) else body[:200].decode(errors="replace")
        raise BadEvent("body", text, f"is not JSON: {error}") from error


def _caseless(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadEvent(name, value, "is missing" if value is None else "must be a JSON object")
    folded: dict[str, Any] = {}
    for key, item in value.items():
        if not _same(folded.setdefault(str(key).lower(), item), item):
            raise BadEvent(
                f"{name}.{shorten(str(key), 60)}", item, "is there twice, with different values"
            )
    return folded


def _same(one: object, other: object) -> bool:
    try:
        return one is other or one == other
    except RecursionError:  # nested so deeply that nobody means it
        return False


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name.lower())
    if not isinstance(value, str) or not value.strip():
        why = "is missing" if value is None else "must be text"
        raise BadEvent(name, value, why)
    if len(value) > 1024:
        raise BadEvent(name, value, "must be at most 1024 characters")
    return value


def _run(envelope: Mapping[str, Any], data: Mapping[str, Any]) -> RunId:
    """The run's id, after everything that names the configuration has been held against it."""
    try:
        run = RunId.parse(_text(data, "CorrelationId"), "CorrelationId")
        named = ConfigurationId.parse(
            _text(data, "MaintenanceConfigurationId"), "MaintenanceConfigurationId"
        )
        source = envelope.get("topic") or envelope.get("source")
        origin = ConfigurationId.parse(source, "topic (source)")
    except BadId as error:
        raise BadEvent(error.what, error.value, error.why) from error
    if named != run.configuration:
        raise BadEvent(
            "CorrelationId", str(run), f"is no run of MaintenanceConfigurationId {named}"
        )
    if origin != run.configuration:
        raise BadEvent("topic (source)", str(origin), f"is not the configuration of {run}")
    return run


def _subscriptions(data: Mapping[str, Any]) -> tuple[str, ...]:
    value = data.get("resourcesubscriptionids")
    if not isinstance(value, list | tuple):
        raise BadEvent("ResourceSubscriptionIds", value, "must be an array of GUIDs")
    if len(value) > _MOST_SUBSCRIPTIONS:
        raise BadEvent(
            "ResourceSubscriptionIds", f"{len(value)} ids", f"at most {_MOST_SUBSCRIPTIONS}"
        )
    try:
        ids = [subscription_id(item, "ResourceSubscriptionIds") for item in value]
    except BadId as error:
        raise BadEvent(error.what, error.value, error.why) from error
    return tuple(dict.fromkeys(ids))


def _event_time(envelope: Mapping[str, Any]) -> datetime:
    name = "eventTime" if envelope.get("eventTime") else "time"
    return _time(name, envelope.get(name))


def _moment(data: Mapping[str, Any], name: str) -> datetime:
    return _time(name, _text(data, name))


def _time(name: str, value: object) -> datetime:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise BadEvent(name, value, "must be a time like 2026-11-23T03:00:00.0000000Z")
    day, clock, fraction, zone = match.groups()
    # Azure writes up to seven digits of a second; Python keeps six.
    micro = (fraction or "").ljust(6, "0")[:6]
    offset = "+00:00" if zone in "Zz" else zone
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}.{micro}{offset}")
        if moment.year in _YEARS:
            return moment.astimezone(UTC)
    except ValueError as error:
        raise BadEvent(name, value, f"is no time: {error}") from error
    raise BadEvent(name, value, f"its year must be {_YEARS[0]} to {_YEARS[-1]}")
