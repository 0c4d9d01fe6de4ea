"""System topics and event subscriptions, read from what Azure Resource Manager shows.

They are read as JSON, not through the SDK's models: those drop the destination of any kind that
they do not know. Source:
https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topic-event-subscriptions/get
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.errors import ArmProblem, BadId
from core.ids import ArmPath

__all__ = ["POST", "PRE", "EventSubscription", "Topic"]

Json = Mapping[str, Any]

PRE = "Microsoft.Maintenance.PreMaintenanceEvent"
POST = "Microsoft.Maintenance.PostMaintenanceEvent"
_DAY = 1440  # minutes: what is in force if nothing is told
_ATTEMPTS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The system topic of a configuration: there is one at most."""

    id: str
    name: str
    resource_group: str
    source: str
    location: str
    state: str

    @classmethod
    def parse(cls, told: Json) -> Topic:
        """Read one. Raises `ArmProblem` if it is none."""
        properties = _inner(told, "properties")
        try:
            id_ = ArmPath.parse(told.get("id"), "id").text
        except BadId as error:
            raise ArmProblem("system topic", str(error)) from error
        parts = id_.split("/")
        # /subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.EventGrid/systemTopics/{name}
        if len(parts) != 9:
            raise ArmProblem("system topic", f"its id is {id_!r}")
        return cls(
            id=id_,
            name=parts[8],
            resource_group=parts[4],
            source=_text(properties, "source"),
            location=_text(told, "location"),
            state=_text(properties, "provisioningState"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSubscription:
    """Who gets which events. `event_types` None means all of them.

    `endpoint` is a resource's id, or a URL without its query, which may be a secret. `conditions`
    are further filters, each in words. `properties` is all of it, as Azure shows it.
    """

    id: str
    name: str
    endpoint_type: str
    endpoint: str
    event_types: tuple[str, ...] | None
    schema: str
    ttl_minutes: int
    max_attempts: int
    dead_letter: str | None
    state: str
    as_identity: bool = False
    conditions: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expires: str | None = None
    properties: Json = field(compare=False, repr=False, default_factory=dict)

    @classmethod
    def parse(cls, told: Json) -> EventSubscription:
        """Read one. Raises `ArmProblem` if it is none."""
        properties = _inner(told, "properties")
        filters, retries = _inner(properties, "filter"), _inner(properties, "retryPolicy")
        identity = _inner(properties, "deliveryWithResourceIdentity")
        destination = _inner(properties, "destination") or _inner(identity, "destination")
        inner = _inner(destination, "properties")
        types = filters.get("includedEventTypes")
        return cls(
            id=_text(told, "id"),
            name=_text(told, "name"),
            endpoint_type=_text(destination, "endpointType"),
            endpoint=_endpoint(inner),
            event_types=tuple(map(str, types)) if isinstance(types, list) and types else None,
            schema=_text(properties, "eventDeliverySchema") or "EventGridSchema",
            ttl_minutes=_number(retries, "eventTimeToLiveInMinutes", _DAY),
            max_attempts=_number(retries, "maxDeliveryAttempts", _ATTEMPTS),
            dead_letter=_dead_letter(properties),
            state=_text(properties, "provisioningState"),
            as_identity=bool(identity),
            conditions=tuple(_conditions(filters)),
            headers=tuple(_headers(inner)),
            expires=_text(properties, "expirationTimeUtc") or None,
            properties=properties,
        )

    def takes(self, event_type: str) -> bool:
        """Events of that type are sent to it, as far as their type goes."""
        wanted = {one.lower() for one in self.event_types or (event_type,)}
        return event_type.lower() in wanted


def _endpoint(inner: Json) -> str:
    """Where events go, for a destination of any kind, also of one that is not known here."""
    url = _text(inner, "endpointBaseUrl") or _text(inner, "endpointUrl")
    if url:
        return url.partition("?")[0]
    groups = inner.get("actionGroups")
    if isinstance(groups, list) and groups:
        return ", ".join(map(str, groups))
    queue = _text(inner, "queueName")
    return _text(inner, "resourceId") + (f", queue {queue}" if queue else "")


def _dead_letter(properties: Json) -> str | None:
    identity = _inner(properties, "deadLetterWithResourceIdentity")
    place = _inner(properties, "deadLetterDestination") or _inner(identity, "deadLetterDestination")
    inner = _inner(place, "properties")
    if not inner:
        return None
    container = _text(inner, "blobContainerName")
    return f"{_text(inner, 'resourceId')}/blobServices/default/containers/{container}"


def _conditions(filters: Json) -> Iterator[str]:
    for key, words in (("subjectBeginsWith", "begins"), ("subjectEndsWith", "ends")):
        if text := _text(filters, key):
            yield f"subject {words} with {text!r}"
    for one in _list(filters, "advancedFilters"):
        values = one.get("values", one.get("value"))
        yield f"{one.get('key')} {one.get('operatorType')} {values}"


def _headers(inner: Json) -> Iterator[str]:
    for one in _list(inner, "deliveryAttributeMappings"):
        yield str(one.get("name"))


def _inner(told: Json, key: str) -> Json:
    value = told.get(key)
    return value if isinstance(value, Mapping) else {}


def _list(told: Json, key: str) -> list[Json]:
    value = told.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _text(told: Json, key: str) -> str:
    value = told.get(key)
    return value if isinstance(value, str) else ""


def _number(told: Json, key: str, default: int) -> int:
    value = told.get(key)
    return value if isinstance(value, int) else default
