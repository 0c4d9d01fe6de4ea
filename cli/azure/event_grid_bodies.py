"""What is sent to make a topic or an event subscription, and to change one.

The type filter stands inside `properties`: outside, where one of Microsoft's pages has it, it is
not looked at, and the subscription gets all events. An event is tried for half an hour: later it is
of no use, for its run has started by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.azure.event_grid_ids import Container, Function, Webhook
from cli.azure.event_grid_values import EventSubscription

if TYPE_CHECKING:
    from azure.mgmt.eventgrid import models

    from cli.azure.configurations import Configuration

__all__ = ["Edit", "changed", "new_subscription", "new_topic", "without_dead_letter"]

_TOPIC_TYPE = "Microsoft.Maintenance.MaintenanceConfigurations"
_SCHEMA = "EventGridSchema"
_MINUTES = 30
_ATTEMPTS = 10
# The first two are Azure's own words about a subscription, which it does not take back.
_LEFT_OUT = (
    "topic",
    "provisioningState",
    "deadLetterDestination",
    "deadLetterWithResourceIdentity",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What shall be different; None and False leave it as it is."""

    endpoint: Function | Webhook | None = None
    event_types: Sequence[str] | None = None
    dead_letter: Container | None = None
    no_dead_letter: bool = False


def new_topic(configuration: Configuration) -> models.SystemTopic:
    """The system topic of a configuration, where the configuration is."""
    from azure.mgmt.eventgrid import models  # noqa: PLC0415 - heavy: SDK

    return models.SystemTopic(
        location=configuration.location, source=str(configuration.id), topic_type=_TOPIC_TYPE
    )


def new_subscription(
    endpoint: Function | Webhook, event_types: Sequence[str], dead_letter: Container | None
) -> models.EventSubscription:
    """A subscription of these event types."""
    from azure.mgmt.eventgrid import models  # noqa: PLC0415 - heavy: SDK

    return models.EventSubscription(
        destination=_destination(endpoint),
        filter=models.EventSubscriptionFilter(included_event_types=list(event_types)),
        event_delivery_schema=_SCHEMA,
        retry_policy=models.RetryPolicy(
            max_delivery_attempts=_ATTEMPTS, event_time_to_live_in_minutes=_MINUTES
        ),
        dead_letter_destination=_dead_letter(dead_letter),
    )


def changed(old: EventSubscription, edit: Edit) -> dict[str, Any]:
    """The fields that change, whole: conditions beside the event types stay as they are."""
    body: dict[str, Any] = {}
    if edit.endpoint is not None:
        body["destination"] = _destination(edit.endpoint).serialize()
    if edit.event_types is not None:
        kept = old.properties.get("filter") or {}
        body["filter"] = {**kept, "includedEventTypes": list(edit.event_types)}
    place = _dead_letter(edit.dead_letter)
    if place is not None:
        body["deadLetterDestination"] = place.serialize()
    return body


def without_dead_letter(
    old: EventSubscription, *, url: str | None, headers: Sequence[Any]
) -> dict[str, Any]:
    """The whole subscription but for that, to be made anew: a change cannot take it away.

    `url` is a webhook's with its query, and `headers` are those of each delivery with their
    secrets: what is read has neither.
    """
    kept = {k: v for k, v in old.properties.items() if k not in _LEFT_OUT and v is not None}
    destination = dict(kept.get("destination") or {})
    inner = dict(destination.get("properties") or {})
    if url is not None:
        inner.pop("endpointBaseUrl", None)
        inner["endpointUrl"] = url
    if headers:
        inner["deliveryAttributeMappings"] = list(headers)
    if destination:
        kept["destination"] = {**destination, "properties": inner}
    return {"properties": kept}


def _destination(endpoint: Function | Webhook) -> models.EventSubscriptionDestination:
    from azure.mgmt.eventgrid import models  # noqa: PLC0415 - heavy: SDK

    if isinstance(endpoint, Function):
        return models.AzureFunctionEventSubscriptionDestination(resource_id=endpoint.id)
    return models.WebHookEventSubscriptionDestination(endpoint_url=endpoint.url)


def _dead_letter(container: Container | None) -> models.StorageBlobDeadLetterDestination | None:
    from azure.mgmt.eventgrid import models  # noqa: PLC0415 - heavy: SDK

    if container is None:
        return None
    return models.StorageBlobDeadLetterDestination(
        resource_id=container.account, blob_container_name=container.name
    )
