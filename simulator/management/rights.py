"""Who may do what: permissions of whoever asks, role assignments, role definitions.

Sources: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group,
https://learn.microsoft.com/rest/api/authorization/role-assignments/list-for-scope and
https://learn.microsoft.com/rest/api/authorization/role-definitions/get
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from typing import Any

from simulator.management.lists import page_of
from simulator.management.store import Resource, Store, resource
from simulator.messages import Reply, Request, arm_error
from simulator.rows.row import guid

__all__ = ["Rights"]

_PAGE = 100
_PROVIDER = "/providers/Microsoft.Authorization"
_LIST = re.compile(
    r"(?P<scope>/subscriptions/[^/]+(/.+?)?)/providers/microsoft\.authorization"
    r"/(?P<what>permissions|roleassignments)"
)
_ASSIGNED_TO = re.compile(r"assignedTo\('(?P<principal>[0-9a-f-]{36})'\)", re.IGNORECASE)


class Rights:
    """The desk for rights. Whoever asks may do everything, unless `grant` says less."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._granted: dict[str, list[dict[str, Any]]] = {}
        self._assigned: list[tuple[str, Resource]] = []  # to whom, and what

    def grant(self, scope: str, actions: Sequence[str], not_actions: Sequence[str] = ()) -> None:
        """Whoever asks may do this on the scope and below it, beside what else was granted."""
        with self._lock:
            self._granted.setdefault(scope.lower(), []).append(_permission(actions, not_actions))

    def assign(self, scope: str, principal: str, actions: Sequence[str]) -> None:
        """Give a principal a role of these actions on the scope."""
        subscription = "/".join(scope.split("/")[:3])
        definition = f"{subscription}{_PROVIDER}/roleDefinitions/{guid(' '.join(actions))}"
        self._store.put(
            resource(definition, {"roleName": "a role", "permissions": [_permission(actions)]})
        )
        assignment = resource(
            f"{scope}{_PROVIDER}/roleAssignments/{guid(f'{scope} {principal} {definition}')}",
            {"roleDefinitionId": definition, "principalId": principal, "scope": scope},
        )
        with self._lock:
            self._assigned.append((principal.lower(), assignment))

    def answer(self, request: Request) -> Reply | None:
        """A list of permissions or of role assignments; None for another path."""
        wanted = _LIST.fullmatch(request.key)
        if wanted is None or request.method != "GET":
            return None
        if wanted["what"] == "permissions":
            return page_of(request, self._permissions(wanted["scope"]), _PAGE)
        chosen = _ASSIGNED_TO.fullmatch(request.query.get("$filter", ""))
        if chosen is None:
            return arm_error(400, "BadRequest", "Here only $filter=assignedTo('…') is known.")
        with self._lock:
            found = [
                assignment
                for principal, assignment in self._assigned
                if principal == chosen["principal"].lower()
                and _covers(assignment["properties"]["scope"], wanted["scope"])
            ]
        return page_of(request, found, _PAGE)

    def _permissions(self, scope: str) -> list[dict[str, Any]]:
        with self._lock:
            if not self._granted:
                return [_permission(["*"])]
            return [
                permission
                for on, permissions in self._granted.items()
                if _covers(on, scope)
                for permission in permissions
            ]


def _covers(scope: str, other: str) -> bool:
    """What is granted on a scope holds below it."""
    return f"{other.lower()}/".startswith(f"{scope.lower()}/")


def _permission(actions: Sequence[str], not_actions: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "actions": list(actions),
        "notActions": list(not_actions),
        "dataActions": [],
        "notDataActions": [],
    }
