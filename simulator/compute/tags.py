"""Tags of anything, as a resource of their own.

Source: https://learn.microsoft.com/rest/api/resources/tags/update-at-scope: merging changes those
that are named, deleting takes away names or pairs of name and value. Names compare without case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulator.compute.call import Call
from simulator.compute.states import Change, States
from simulator.management.store import Store
from simulator.messages import Reply, arm_error, not_found

__all__ = ["Tags"]

_ONE = re.compile(r"(?P<scope>/subscriptions/.+)/providers/microsoft\.resources/tags/default")
_MOST, _NAME, _VALUE = 50, 512, 256  # published: how many, and how long


class Tags:
    """The desk for tags of machines, and of what lies on the store."""

    def __init__(self, states: States, store: Store) -> None:
        self._states, self._store = states, store

    def answer(self, call: Call) -> Reply | None:
        """Show, replace, change or remove; None for another path."""
        wanted = _ONE.fullmatch(call.request.key)
        if wanted is None:
            return None
        scope = wanted["scope"]
        held = self._held(scope, call)
        return not_found(call.request) if held is None else self._about(scope, call, held)

    def _about(self, scope: str, call: Call, held: Mapping[str, str]) -> Reply:
        match call.request.method:
            case "GET":
                return Reply(status=200, body=_shown(call, held))
            case "PUT":
                return self._set(scope, call, _sent(call))
            case "PATCH":
                return self._patch(scope, call, held)
            case "DELETE":
                self._set(scope, call, {})
                return Reply(status=200)
        return not_found(call.request)

    def _held(self, scope: str, call: Call) -> dict[str, str] | None:
        state = self._states.at(scope, call.at)
        if state is not None:
            return None if state.deleted else dict(state.machine.tags)
        found = self._store.get(scope)
        return None if found is None else dict(found.get("tags") or {})

    def _patch(self, scope: str, call: Call, held: Mapping[str, str]) -> Reply:
        sent = _sent(call)
        match str(call.body.get("operation", "")).lower():
            case "replace":
                return self._set(scope, call, sent)
            case "merge":
                return self._set(scope, call, {**_without(held, dict.fromkeys(sent, "")), **sent})
            case "delete":
                return self._set(scope, call, _without(held, sent))
        message = "The operation must be Replace, Merge or Delete."
        return arm_error(400, "InvalidRequestContent", message)

    def _set(self, scope: str, call: Call, tags: dict[str, str]) -> Reply:
        if len(tags) > _MOST or any(len(k) > _NAME or len(v) > _VALUE for k, v in tags.items()):
            message = f"At most {_MOST} tags, names of {_NAME} and values of {_VALUE} characters."
            return arm_error(400, "InvalidTags", message)
        state = self._states.at(scope, call.at)
        if state is not None:
            machine = state.machine.id
            self._states.plan([Change(at=call.at, machine=machine, by=call.by, tags=tags)])
        elif (found := self._store.get(scope)) is not None:
            self._store.put({**found, "tags": tags})
        return Reply(status=200, body=_shown(call, tags))


def _sent(call: Call) -> dict[str, str]:
    tags = call.properties.get("tags")
    return {str(k): str(v or "") for k, v in tags.items()} if isinstance(tags, dict) else {}


def _without(held: Mapping[str, str], gone: Mapping[str, str]) -> dict[str, str]:
    """Those that are not named; one that is named with another value stays."""
    named = {name.lower(): value for name, value in gone.items()}
    return {
        name: value for name, value in held.items() if named.get(name.lower()) not in ("", value)
    }


def _shown(call: Call, tags: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": call.request.path.rstrip("/"),
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": dict(tags)},
    }
