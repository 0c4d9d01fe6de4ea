"""ARM resources by their ids, which compare without case."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

__all__ = ["Resource", "Store", "resource", "type_of"]

# A resource as Azure Resource Manager shows it: id, name, type, properties and what else it has.
Resource = dict[str, Any]


def resource(id_: str, properties: Mapping[str, Any], **other: Any) -> Resource:
    """A resource of that id. `other` are fields beside the properties, such as `location`."""
    name = id_.rpartition("/")[2]
    return {"id": id_, "name": name, "type": type_of(id_), **other, "properties": {**properties}}


def type_of(id_: str) -> str:
    """`Microsoft.EventGrid/systemTopics/eventSubscriptions`: what the id is one of."""
    namespace, *parts = id_.rstrip("/").rpartition("/providers/")[2].split("/")
    return "/".join((namespace, *parts[::2]))


class Store:
    """What there is. Safe to use from several threads: resources come out as copies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, Resource] = {}

    def put(self, made: Resource) -> None:
        """Hold it in place of one with the same id."""
        with self._lock:
            self._held[made["id"].lower()] = deepcopy(made)

    def get(self, id_: str) -> Resource | None:
        """The resource of that id."""
        with self._lock:
            return deepcopy(self._held.get(id_.lower()))

    def remove(self, id_: str) -> None:
        """Forget it, and all that lies under it."""
        with self._lock:
            for key in [key for key in self._held if f"{key}/".startswith(f"{id_.lower()}/")]:
                del self._held[key]

    def set(self, id_: str, **properties: Any) -> None:
        """Change some of its properties, if it is there."""
        with self._lock:
            if (held := self._held.get(id_.lower())) is not None:
                held["properties"] |= properties

    def of_type(self, type_: str, under: str = "/") -> list[Resource]:
        """All of one type that lie under an id, in the order of their ids."""
        wanted, scope = type_.lower(), f"{under.lower().rstrip('/')}/"
        with self._lock:
            return [
                deepcopy(held)
                for key, held in sorted(self._held.items())
                if key.startswith(scope) and held["type"].lower() == wanted
            ]
