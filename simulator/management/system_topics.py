"""System topics of Event Grid: one for each source of events.

Sources: https://learn.microsoft.com/rest/api/eventgrid/controlplane/system-topics/create-or-update
and https://learn.microsoft.com/azure/event-grid/system-topics (one for each source, in the source's
subscription). What Azure says of a second one, or of one that still has subscriptions, is published
nowhere: here it refuses both.
"""

from __future__ import annotations

import re
from typing import Any

from simulator.management.lists import page_of
from simulator.management.operations import Operations
from simulator.management.store import Resource, Store, resource
from simulator.messages import Reply, Request, arm_error, not_found
from simulator.rows.row import guid

__all__ = ["SUBSCRIPTIONS", "TOPICS", "SystemTopics", "removed", "watched"]

TOPICS = "Microsoft.EventGrid/systemTopics"
SUBSCRIPTIONS = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
_PAGE = 20
_LIST = re.compile(
    r"(?P<scope>/subscriptions/[^/]+(/resourcegroups/[^/]+)?)"
    r"/providers/microsoft\.eventgrid/systemtopics"
)
_ONE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.eventgrid/systemtopics"
    r"/(?P<name>[^/]+)"
)
_NAME = re.compile(r"[A-Za-z0-9-]{3,50}")


class SystemTopics:
    """The desk for topics. Their subscriptions have one of their own."""

    def __init__(self, store: Store, operations: Operations) -> None:
        self._store, self._operations = store, operations

    def answer(self, request: Request) -> Reply | None:
        """List, show, make or remove; None for another path."""
        listed = _LIST.fullmatch(request.key)
        if listed is not None and request.method == "GET":
            return page_of(request, self._store.of_type(TOPICS, listed["scope"]), _PAGE)
        if _ONE.fullmatch(request.key) is None:
            return None
        topic = self._store.get(request.key)
        match request.method:
            case "PUT":
                return self._put(request, topic)
            case "DELETE":
                return self._delete(request, topic)
            case "GET" if topic is not None:
                return Reply(status=200, body=topic)
        return not_found(request)

    def _put(self, request: Request, old: Resource | None) -> Reply:
        body = request.json if isinstance(request.json, dict) else {}
        problem = self._problem(request, body)
        if problem is not None:
            return problem
        made = resource(
            request.path.rstrip("/"),
            {
                "provisioningState": "Succeeded" if old else "Creating",
                "source": body["properties"]["source"],
                "topicType": body["properties"]["topicType"],
                "metricResourceId": guid(request.key),
            },
            location=body["location"],
            tags=body.get("tags"),
        )
        self._store.put(made)
        if old:
            return Reply(status=200, body=made)
        id_ = self._operations.start(
            lambda: self._store.set(made["id"], provisioningState="Succeeded")
        )
        return Reply(status=201, body=made, headers=watched(request, made["location"], id_))

    def _problem(self, request: Request, body: dict[str, Any]) -> Reply | None:
        properties = body.get("properties")
        wanted = properties if isinstance(properties, dict) else {}
        source = self._store.get(str(wanted.get("source", "")))
        if not _NAME.fullmatch(request.path.rstrip("/").rpartition("/")[2]):
            return _invalid("A topic's name has 3 to 50 letters, digits and hyphens.")
        if source is None or not wanted.get("topicType"):
            return _invalid("The source of a system topic must exist, and its type be given.")
        if str(body.get("location", "")).lower() != str(source["location"]).lower():
            return _invalid("A system topic must have the location of its source.")
        for other in self._store.of_type(TOPICS):
            same = other["properties"]["source"].lower() == source["id"].lower()
            if same and other["id"].lower() != request.key:
                return _invalid(f"The source has a system topic already: {other['id']}.")
        return None

    def _delete(self, request: Request, topic: Resource | None) -> Reply:
        if topic is None:
            return Reply(status=204)
        if self._store.of_type(SUBSCRIPTIONS, request.key):
            return arm_error(409, "Conflict", "The system topic has event subscriptions.")
        self._store.set(topic["id"], provisioningState="Deleting")
        id_ = self._operations.start(lambda: self._store.remove(topic["id"]))
        return Reply(status=202, headers=removed(request, topic["location"], id_))


def _invalid(message: str) -> Reply:
    return arm_error(400, "InvalidRequest", message)


def watched(request: Request, location: str, id_: str) -> dict[str, str]:
    """Where it can be seen how the making of something goes."""
    return {"Azure-AsyncOperation": _place(request, location, f"operationsStatus/{id_}")}


def removed(request: Request, location: str, id_: str) -> dict[str, str]:
    """Where it can be seen whether something is gone."""
    return {"Location": _place(request, location, f"operationResults/{id_}")}


def _place(request: Request, location: str, last: str) -> str:
    subscription = request.path.split("/")[2]
    return (
        f"http://{request.host}/subscriptions/{subscription}/providers/Microsoft.EventGrid"
        f"/locations/{location}/{last}?api-version={request.api_version}"
    )
