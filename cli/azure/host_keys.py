"""The keys of a function app, as Azure Resource Manager tells them.

Source: https://learn.microsoft.com/rest/api/appservice/web-apps/list-host-keys
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cli.azure.connection import Connection
from cli.azure.doctor_site import secrets_at
from cli.azure.event_grid_ids import Function

__all__ = ["LIST_KEYS", "HostKeys", "host_keys"]

LIST_KEYS = "Microsoft.Web/sites/host/listkeys/action"
_EVENTS = "eventgrid_extension"  # made by the host once a function has an Event Grid trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class HostKeys:
    """A key for the app's pages and one for its events; None for one that it does not have."""

    pages: str | None = field(repr=False)
    events: str | None = field(repr=False)


def host_keys(azure: Connection, function: Function) -> HostKeys:
    """The keys of that function's app; never its master key. Raises `ArmProblem`."""
    told = secrets_at(azure, f"{function.app}/host/default/listkeys", "keys of the app")
    pages, events = _keys(told, "functionKeys"), _keys(told, "systemKeys")
    return HostKeys(
        pages=pages.get("default") or next(iter(pages.values()), None), events=events.get(_EVENTS)
    )


def _keys(told: Mapping[str, Any], kind: str) -> dict[str, str]:
    keys = told.get(kind)
    if not isinstance(keys, Mapping):
        return {}
    return {str(name): key for name, key in keys.items() if isinstance(key, str) and key}
