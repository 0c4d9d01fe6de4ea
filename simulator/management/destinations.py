"""What may be sent as an event subscription, and how much of it Event Grid shows again.

The query of a webhook's URL and secret delivery attributes are shown to nobody who only reads: they
are told by getFullUrl and getDeliveryAttributes, which are rights of their own. Source:
https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topic-event-subscriptions
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from simulator.management.operations import Failure
from simulator.management.store import Resource

__all__ = ["attributes_of", "complete", "handshake", "problem_with", "shown", "url_of"]

EVENT_TYPES = (
    "Microsoft.Maintenance.PreMaintenanceEvent",
    "Microsoft.Maintenance.PostMaintenanceEvent",
)


def problem_with(properties: dict[str, Any]) -> str | None:
    """Why Event Grid does not take it; None if it does."""
    return next(_problems(properties), None)


def _problems(properties: dict[str, Any]) -> Iterator[str]:
    destination = _destination(properties)
    if not destination.get("endpointType"):
        yield "The destination of the event subscription is missing."
    inner = destination.get("properties") or {}
    if destination.get("endpointType") == "WebHook":
        if urlsplit(str(inner.get("endpointUrl", ""))).scheme != "https":
            yield "The endpoint of a webhook must be an https URL."
    elif destination.get("endpointType") != "MonitorAlert" and not inner.get("resourceId"):
        yield "The resourceId of the destination is missing."
    types = (properties.get("filter") or {}).get("includedEventTypes")
    if types is not None and not set(types) <= set(EVENT_TYPES):
        yield f"The source has no such event types: {', '.join(types)}."
    retries = properties.get("retryPolicy") or {}
    if not 1 <= retries.get("eventTimeToLiveInMinutes", 1440) <= 1440:
        yield "eventTimeToLiveInMinutes must be between 1 and 1440."
    if not 1 <= retries.get("maxDeliveryAttempts", 30) <= 30:
        yield "maxDeliveryAttempts must be between 1 and 30."


def complete(properties: dict[str, Any]) -> dict[str, Any]:
    """With what Event Grid takes for granted: all event types, for a day, thirty attempts."""
    return {
        "filter": {"includedEventTypes": None},
        "labels": None,
        "eventDeliverySchema": "EventGridSchema",
        **properties,
        "retryPolicy": {
            "maxDeliveryAttempts": 30,
            "eventTimeToLiveInMinutes": 1440,
            **(properties.get("retryPolicy") or {}),
        },
    }


def handshake(properties: dict[str, Any]) -> Failure | None:
    """How the validation of a webhook fails: nobody answers at a name under `.invalid`."""
    host = urlsplit(url_of({"properties": properties})).hostname or ""
    if not host.endswith(".invalid"):
        return None
    message = f"Webhook validation handshake failed for https://{host}. No such host is known."
    return Failure(code="Url validation", message=message)


def shown(subscription: Resource) -> Resource:
    """As a read shows it: without what is secret."""
    seen = deepcopy(subscription)
    inner = _destination(seen["properties"]).get("properties") or {}
    if "endpointUrl" in inner:
        inner["endpointBaseUrl"] = str(inner.pop("endpointUrl")).partition("?")[0]
    for attribute in inner.get("deliveryAttributeMappings") or ():
        if (attribute.get("properties") or {}).get("isSecret"):
            attribute["properties"]["value"] = "Hidden"
    return seen


def url_of(subscription: Resource) -> str:
    """The whole URL of a webhook; empty for another destination."""
    inner = _destination(subscription["properties"]).get("properties") or {}
    return str(inner.get("endpointUrl", ""))


def attributes_of(subscription: Resource) -> list[Any]:
    """The headers that every delivery carries, with their secrets."""
    inner = _destination(subscription["properties"]).get("properties") or {}
    return list(inner.get("deliveryAttributeMappings") or ())


def _destination(properties: dict[str, Any]) -> dict[str, Any]:
    """Event Grid delivers as itself, or as the identity of the topic."""
    as_identity = properties.get("deliveryWithResourceIdentity") or {}
    found = properties.get("destination") or as_identity.get("destination")
    return found if isinstance(found, dict) else {}
