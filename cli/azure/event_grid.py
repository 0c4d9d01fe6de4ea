"""The system topic of a maintenance configuration, and its event subscriptions.

Event Grid allows one system topic for a source, in the source's Azure subscription:
https://learn.microsoft.com/azure/event-grid/system-topics. Reads are ours, and written requests the
SDK's. Everything raises what `cli.azure.problems.in_words` turns into words: `ArmProblem` and
`AzureError`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cli.azure.connection import Connection
from cli.azure.event_grid_bodies import Edit, changed, new_topic, without_dead_letter
from cli.azure.event_grid_values import EventSubscription, Topic
from core.errors import ArmProblem
from core.ids import ArmPath, ConfigurationId

if TYPE_CHECKING:
    from azure.mgmt.eventgrid import EventGridManagementClient, models

    from cli.azure.configurations import Configuration

__all__ = ["RIGHTS", "EventGrid"]

API_VERSION = "2025-02-15"  # that of the SDK
_TOPIC = "Microsoft.EventGrid/systemTopics"
_SUBSCRIPTION = f"{_TOPIC}/eventSubscriptions"
# The actions that each of the methods below needs.
RIGHTS: Mapping[str, str] = {
    "topic": f"{_TOPIC}/read",
    "subscriptions": "Microsoft.EventGrid/eventSubscriptions/read",
    "make_topic": f"{_TOPIC}/write",
    "make": f"{_SUBSCRIPTION}/write",
    "change": f"{_SUBSCRIPTION}/write",
    "remove": f"{_SUBSCRIPTION}/delete",
    "remove_topic": f"{_TOPIC}/delete",
}


class EventGrid:
    """Event Grid, as far as it is about one configuration."""

    def __init__(self, azure: Connection, configuration: ConfigurationId) -> None:
        self._azure, self._configuration = azure, configuration

    def topic(self) -> Topic | None:
        """The configuration's topic, wherever in its Azure subscription it is.

        Whoever may not list all of these is shown the one beside the configuration; that there is
        none there does not say that there is none.
        """
        whole = f"/subscriptions/{self._configuration.subscription}"
        try:
            return self._topic_in(whole)
        except ArmProblem as problem:
            group = f"{whole}/resourceGroups/{self._configuration.resource_group}"
            found = self._topic_in(group) if problem.status == 403 else None
            if found is None:
                raise
            return found

    def _topic_in(self, scope: str) -> Topic | None:
        topics = map(Topic.parse, self._listed(f"{scope}/providers/{_TOPIC}"))
        own = (topic for topic in topics if topic.source.lower() == self._configuration.key)
        return next(own, None)

    def subscriptions(self, topic: Topic | None) -> tuple[EventSubscription, ...]:
        """All subscriptions to the configuration's events, by name.

        Those that are listed below the configuration and those of its topic are the same ones: a
        name is there once.
        """
        places = [f"{self._configuration}/providers/Microsoft.EventGrid"]
        if topic is not None:
            places.append(topic.id)
        found = [
            EventSubscription.parse(told)
            for place in places
            for told in self._listed(f"{place}/eventSubscriptions")
        ]
        by_name = {one.name.lower(): one for one in found}
        return tuple(by_name[name] for name in sorted(by_name))

    def make_topic(self, name: str, configuration: Configuration) -> Topic:
        """Make the configuration's topic, beside it, and read it back."""
        id_ = configuration.id
        self._client.system_topics.begin_create_or_update(
            id_.resource_group, name, new_topic(configuration)
        ).result()
        group = f"/subscriptions/{id_.subscription}/resourceGroups/{id_.resource_group}"
        return Topic.parse(self._get(f"{group}/providers/{_TOPIC}/{name}"))

    def make(self, topic: Topic, name: str, body: models.EventSubscription) -> EventSubscription:
        """Make a subscription, and read it back."""
        self._subscriptions.begin_create_or_update(
            topic.resource_group, topic.name, name, body
        ).result()
        return self._read(topic, name)

    def change(self, topic: Topic, old: EventSubscription, edit: Edit) -> EventSubscription:
        """Change what is asked for and nothing else, and read it back."""
        body = changed(old, edit)
        if body:
            self._subscriptions.begin_update(
                topic.resource_group, topic.name, old.name, _stream(body)
            ).result()
        if edit.no_dead_letter and old.dead_letter is not None:
            self._take_away(topic, self._read(topic, old.name))
        return self._read(topic, old.name)

    def _take_away(self, topic: Topic, old: EventSubscription) -> None:
        """Make it anew without dead-lettering."""
        names = (topic.resource_group, topic.name, old.name)
        url = None
        if old.endpoint_type == "WebHook":
            url = self._subscriptions.get_full_url(*names).endpoint_url
        headers = []
        if old.headers:
            told = self._subscriptions.get_delivery_attributes(*names).value or ()
            headers = [attribute.serialize() for attribute in told]
        body = without_dead_letter(old, url=url, headers=headers)
        self._subscriptions.begin_create_or_update(*names, _stream(body)).result()

    def remove(self, topic: Topic, name: str) -> None:
        """Remove a subscription. It is gone when this returns."""
        self._subscriptions.begin_delete(topic.resource_group, topic.name, name).result()

    def remove_topic(self, topic: Topic) -> None:
        """Remove the topic, which should have no subscriptions. It is gone when this returns."""
        self._client.system_topics.begin_delete(topic.resource_group, topic.name).result()

    @cached_property
    def _client(self) -> EventGridManagementClient:
        from azure.mgmt.eventgrid import EventGridManagementClient  # noqa: PLC0415 - heavy: SDK

        return self._azure.client(EventGridManagementClient, self._configuration.subscription)

    @property
    def _subscriptions(self) -> Any:
        return self._client.system_topic_event_subscriptions

    def _read(self, topic: Topic, name: str) -> EventSubscription:
        return EventSubscription.parse(self._get(f"{topic.id}/eventSubscriptions/{name}"))

    def _get(self, place: str) -> Mapping[str, Any]:
        return self._azure.reader.get(
            ArmPath.parse(place), api_version=API_VERSION, query={}, until=self._azure.soon()
        )

    def _listed(self, place: str) -> Sequence[Mapping[str, Any]]:
        return self._azure.reader.pages(
            ArmPath.parse(place), api_version=API_VERSION, query={}, until=self._azure.soon()
        )


def _stream(body: Mapping[str, Any]) -> io.BytesIO:
    """A body as the SDK sends it unchanged: its models would drop what they do not know."""
    return io.BytesIO(json.dumps(body).encode())
