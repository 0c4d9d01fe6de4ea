"""Topics and event subscriptions in words, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cli.azure.event_grid_values import POST, PRE, EventSubscription, Topic

__all__ = ["as_json", "counts", "events_of", "sent_to", "topic_as_json"]

_KINDS = {
    "AzureFunction": "function",
    "WebHook": "webhook",
    "EventHub": "event hub",
    "StorageQueue": "storage queue",
    "HybridConnection": "hybrid connection",
    "ServiceBusQueue": "service bus queue",
    "ServiceBusTopic": "service bus topic",
    "MonitorAlert": "monitor alert",
    "NamespaceTopic": "namespace topic",
    "PartnerDestination": "partner destination",
}
_SHORT = {PRE.lower(): "pre", POST.lower(): "post"}


def events_of(event_types: Sequence[str] | None) -> str:
    """`pre, post`: the types in short, or `all`."""
    if event_types is None:
        return "all"
    return ", ".join(_SHORT.get(one.lower(), one) for one in event_types)


def sent_to(one: EventSubscription) -> str:
    """`function patchgate/maintenance_event`: the destination in short."""
    kind = _KINDS.get(one.endpoint_type, one.endpoint_type or "unknown destination")
    if not one.endpoint.startswith("/"):
        return f"{kind} {one.endpoint}".rstrip()
    # What stands in the odd places after the type's namespace are the names.
    names = one.endpoint.partition("/providers/")[2].split("/")[2::2]
    return f"{kind} {'/'.join(names) or one.endpoint}"


def counts(subscriptions: Sequence[EventSubscription]) -> dict[str, int]:
    """How many get pre events, and how many post events."""
    return {
        "pre": sum(one.takes(PRE) for one in subscriptions),
        "post": sum(one.takes(POST) for one in subscriptions),
    }


def as_json(one: EventSubscription) -> dict[str, Any]:
    """All that is known of a subscription but Azure's own form of it."""
    told = asdict(one)
    del told["properties"]
    return told


def topic_as_json(topic: Topic | None) -> dict[str, Any] | None:
    """The same of a topic."""
    return None if topic is None else asdict(topic)
