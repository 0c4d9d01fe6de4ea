"""Everything that only has to be read: single resources, and lists of one type."""

from __future__ import annotations

import re

from simulator.management.lists import page_of
from simulator.management.store import Store
from simulator.messages import Reply, Request

__all__ = ["Shelf"]

_PAGE = 100
# /subscriptions/{s} or /subscriptions/{s}/resourceGroups/{g}, and then a type, or under another id
_LIST = re.compile(r"(?P<scope>/subscriptions/.+?)/providers/(?P<type>[^/]+/[^/]+)")


class Shelf:
    """The desk that is asked last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, request: Request) -> Reply | None:
        """The resource, or the list; None for what nobody has put there."""
        if request.method != "GET":
            return None
        found = self._store.get(request.key)
        if found is not None:
            return Reply(status=200, body=found)
        wanted = _LIST.fullmatch(request.key)
        if wanted is None or not self._store.of_type(wanted["type"]):
            return None
        return page_of(request, self._store.of_type(wanted["type"], wanted["scope"]), _PAGE)
