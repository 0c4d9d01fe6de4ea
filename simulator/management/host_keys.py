"""The keys of a function app, which are told to a POST alone, for they are secrets.

Source: https://learn.microsoft.com/rest/api/appservice/web-apps/list-host-keys
"""

from __future__ import annotations

from simulator.management.store import Store
from simulator.messages import Reply, Request, not_found

__all__ = ["HostKeys"]

_LIST = "/host/default/listkeys"
_SITES = "/providers/microsoft.web/sites/"


class HostKeys:
    """The desk for what lies on the store as `{site}/host/default`: its properties are the keys."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, request: Request) -> Reply | None:
        """All keys of one app; None for another path."""
        if _SITES not in request.key or not request.key.endswith(_LIST):
            return None
        held = self._store.get(request.key.removesuffix("/listkeys"))
        if request.method != "POST" or held is None:
            return not_found(request)
        return Reply(status=200, body=held["properties"])
