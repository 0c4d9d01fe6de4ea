"""The settings of a function app, which are told to a POST alone, for they are secrets.

Source: https://learn.microsoft.com/rest/api/appservice/web-apps/list-application-settings
"""

from __future__ import annotations

from simulator.management.store import Store
from simulator.messages import Reply, Request, not_found

__all__ = ["AppSettings"]

_LIST = "/config/appsettings/list"
_SITES = "/providers/microsoft.web/sites/"


class AppSettings:
    """The desk for what lies on the store as `{site}/config/appsettings`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, request: Request) -> Reply | None:
        """All settings of one app; None for another path."""
        if _SITES not in request.key or not request.key.endswith(_LIST):
            return None
        if request.method != "POST":
            return not_found(request)
        held = self._store.get(request.key.removesuffix("/list"))
        return not_found(request) if held is None else Reply(status=200, body=held)
