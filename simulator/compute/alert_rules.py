"""Alert processing rules, which mute alerts.

Source: https://learn.microsoft.com/rest/api/monitor/alert-processing-rules/create-or-update. The
version 2019-05-05-preview of the same path has action rules, which are built otherwise: it is what
`azure-mgmt-alertsmanagement` 1.x speaks, and is taken as it comes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from simulator.compute.call import Call
from simulator.management.lists import page_of
from simulator.management.store import Resource, Store, resource
from simulator.messages import Reply, Request, arm_error, not_found
from simulator.templates import stamp

__all__ = ["AlertRules"]

_TYPE = "Microsoft.AlertsManagement/actionRules"
_OLD = "2019-05-05-preview"
_PAGE = 100
_LIST = re.compile(
    r"(?P<scope>/subscriptions/[^/]+(/resourcegroups/[^/]+)?)"
    r"/providers/microsoft\.alertsmanagement/actionrules"
)
_ONE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.alertsmanagement"
    r"/actionrules/[^/]+"
)
_ACTIONS = ("RemoveAllActionGroups", "AddActionGroups")


class AlertRules:
    """The desk for the rules, which lie on the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def muted(self, resource_id: str, now: datetime) -> bool:
        """A rule that is in force takes the action groups from alerts of this resource.

        Conditions are not looked at, and neither are recurrences.
        """
        target = f"{resource_id.lower()}/"
        return any(
            _mutes(rule["properties"], now)
            and any(target.startswith(f"{scope.lower()}/") for scope in _scopes(rule))
            for rule in self._store.of_type(_TYPE)
        )

    def answer(self, call: Call) -> Reply | None:
        """List, show, make, change or remove; None for another path."""
        request = call.request
        listed = _LIST.fullmatch(request.key)
        if listed is not None and request.method == "GET":
            return page_of(request, self._store.of_type(_TYPE, listed["scope"]), _PAGE)
        if _ONE.fullmatch(request.key) is None:
            return None
        return self._one(call)

    def _one(self, call: Call) -> Reply:
        request, held = call.request, self._store.get(call.request.key)
        match request.method:
            case "PUT":
                return self._put(call, held)
            case "PATCH" if held is not None:
                return self._patch(call, held)
            case "DELETE":
                return self._delete(request, held)
            case "GET" if held is not None:
                return Reply(status=200, body=held)
        return not_found(request)

    def _put(self, call: Call, held: Resource | None) -> Reply:
        old = call.request.api_version == _OLD
        problem = None if old else _problem(call)
        if problem is not None:
            return arm_error(400, "BadRequest", problem)
        moment = stamp(call.at)
        created = {"createdBy": call.by, "createdAt": moment}
        if held is not None:
            created = {key: held["systemData"][key] for key in created}
        made = resource(
            call.request.path.rstrip("/"),
            call.properties if old else {"enabled": True, **call.properties},
            location=call.body.get("location", "Global"),
            tags=call.body.get("tags") or {},
            systemData={**created, "lastModifiedBy": call.by, "lastModifiedAt": moment},
        )
        self._store.put(made)
        return Reply(status=200 if held is not None or old else 201, body=made)

    def _delete(self, request: Request, held: Resource | None) -> Reply:
        if held is None:
            return Reply(status=204)
        self._store.remove(request.key)
        return Reply(status=200, body=True if request.api_version == _OLD else None)

    def _patch(self, call: Call, held: Resource) -> Reply:
        """Only the tags, and whether it is enabled."""
        if "tags" in call.body:
            held["tags"] = call.body["tags"] or {}
        if "enabled" in call.properties:
            held["properties"]["enabled"] = bool(call.properties["enabled"])
        self._store.put(held)
        return Reply(status=200, body=held)


def _problem(call: Call) -> str | None:
    """Why Azure does not take it; None if it does."""
    scopes, actions = call.properties.get("scopes"), call.properties.get("actions")
    if not isinstance(scopes, list) or not scopes:
        return "The property 'scopes' must have at least one."
    subscription = "/".join(call.request.key.split("/")[:3])
    if any(not f"{str(one).lower()}/".startswith(f"{subscription}/") for one in scopes):
        return "Scopes must lie in the subscription of the rule."
    kinds = [one.get("actionType") for one in actions] if isinstance(actions, list) else []
    if not kinds or not set(kinds) <= set(_ACTIONS):
        return f"The property 'actions' must have at least one of {', '.join(_ACTIONS)}."
    schedule = call.properties.get("schedule") or {}
    for key in ("effectiveFrom", "effectiveUntil"):
        if key in schedule and _moment(schedule, key) is None:
            return f"The property '{key}' must be like 2026-03-01T02:00:00, without a zone."
    return None


def _moment(schedule: dict[str, Any], key: str) -> datetime | None:
    """A time of the schedule, which is published to have no zone of its own."""
    try:
        found = datetime.fromisoformat(str(schedule.get(key)))
    except ValueError:
        return None
    if found.tzinfo is not None or schedule.get("timeZone", "UTC") != "UTC":
        return found if found.tzinfo is None else None
    return found.replace(tzinfo=UTC)


def _mutes(properties: dict[str, Any], now: datetime) -> bool:
    kinds = {one.get("actionType") for one in properties.get("actions") or ()}
    if not properties.get("enabled") or "RemoveAllActionGroups" not in kinds:
        return False
    schedule = properties.get("schedule") or {}
    begins, ends = _moment(schedule, "effectiveFrom"), _moment(schedule, "effectiveUntil")
    return (begins is None or begins <= now) and (ends is None or now < ends)


def _scopes(rule: Resource) -> list[str]:
    return [str(scope) for scope in rule["properties"].get("scopes") or ()]
