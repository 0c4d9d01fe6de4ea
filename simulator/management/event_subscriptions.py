"""Event subscriptions: of a system topic, and as they are listed under its source.

Source: https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topic-event-subscriptions
"""

from __future__ import annotations

import re
from typing import Any

from simulator.management import destinations
from simulator.management.lists import page_of
from simulator.management.operations import Operations
from simulator.management.store import Resource, Store, resource
from simulator.management.system_topics import SUBSCRIPTIONS, TOPICS, removed, watched
from simulator.messages import Reply, Request, arm_error, not_found

__all__ = ["EventSubscriptions"]

_PAGE = 20  # published: unless $top says more
_OF_SOURCE = re.compile(
    r"(?P<source>/subscriptions/.+)/providers/microsoft\.eventgrid/eventsubscriptions"
)
_OF_TOPIC = re.compile(
    r"(?P<topic>/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.eventgrid"
    r"/systemtopics/[^/]+)/eventsubscriptions"
    r"(/(?P<name>[^/]+)(/(?P<action>getfullurl|getdeliveryattributes))?)?"
)
_NAME = re.compile(r"[A-Za-z0-9-]{3,64}")


class EventSubscriptions:
    """The desk for event subscriptions."""

    def __init__(self, store: Store, operations: Operations) -> None:
        self._store, self._operations = store, operations

    def answer(self, request: Request) -> Reply | None:
        """List, show, make, change or remove; None for another path."""
        of_source = _OF_SOURCE.fullmatch(request.key)
        if of_source is not None and request.method == "GET":
            return self._of_source(request, of_source["source"])
        wanted = _OF_TOPIC.fullmatch(request.key)
        if wanted is None:
            return None
        topic = self._store.get(wanted["topic"])
        if topic is None:
            return not_found(request)
        if wanted["name"] is None:
            found = self._store.of_type(SUBSCRIPTIONS, wanted["topic"])
            return page_of(request, [destinations.shown(one) for one in found], _PAGE)
        if wanted["action"] is not None:
            return self._secrets(request, wanted["action"])
        return self._one(request, topic)

    def _of_source(self, request: Request, source: str) -> Reply:
        if self._store.get(source) is None:
            return not_found(request)
        found = [
            destinations.shown(one)
            for topic in self._store.of_type(TOPICS)
            if topic["properties"]["source"].lower() == source
            for one in self._store.of_type(SUBSCRIPTIONS, topic["id"])
        ]
        return page_of(request, found, _PAGE)

    def _secrets(self, request: Request, action: str) -> Reply:
        held = self._store.get(request.key.rpartition("/")[0])
        if request.method != "POST" or held is None:
            return not_found(request)
        if action == "getfullurl":
            return Reply(status=200, body={"endpointUrl": destinations.url_of(held)})
        return Reply(status=200, body={"value": destinations.attributes_of(held)})

    def _one(self, request: Request, topic: Resource) -> Reply:
        held = self._store.get(request.key)
        body = request.json if isinstance(request.json, dict) else {}
        match request.method:
            case "PUT":
                properties = body.get("properties")
                sent = dict(properties) if isinstance(properties, dict) else {}
                return self._write(request, topic, sent, new=held is None)
            case "PATCH" if held is not None:
                changed = {k: v for k, v in {**held["properties"], **body}.items() if v is not None}
                return self._write(request, topic, changed, new=False)
            case "DELETE":
                return self._delete(request, topic, held)
            case "GET" if held is not None:
                return Reply(status=200, body=destinations.shown(held))
        return not_found(request)

    def _write(
        self, request: Request, topic: Resource, properties: dict[str, Any], *, new: bool
    ) -> Reply:
        """201 in any case, as published, and an operation that ends later."""
        path = request.path.rstrip("/")
        problem = destinations.problem_with(properties)
        if not _NAME.fullmatch(path.rpartition("/")[2]):
            problem = "A subscription's name has 3 to 64 letters, digits and hyphens."
        if problem is not None:
            return arm_error(400, "InvalidRequest", problem)
        properties |= {
            "topic": topic["id"],
            "provisioningState": "Creating" if new else "Updating",
        }
        made = resource(path, destinations.complete(properties))
        self._store.put(made)
        failure = destinations.handshake(properties)
        end = "Failed" if failure else "Succeeded"
        id_ = self._operations.start(
            lambda: self._store.set(path, provisioningState=end), failure=failure
        )
        headers = watched(request, topic["location"], id_)
        return Reply(status=201, body=destinations.shown(made), headers=headers)

    def _delete(self, request: Request, topic: Resource, held: Resource | None) -> Reply:
        if held is None:
            return Reply(status=204)
        self._store.set(held["id"], provisioningState="Deleting")
        id_ = self._operations.start(lambda: self._store.remove(held["id"]))
        return Reply(status=202, headers=removed(request, topic["location"], id_))
