"""A dynamic scope: where it lies, its filter, and which machines it takes. Pure.

Names of tags are compared without case, and their values with it, as Azure does everywhere. That
nothing in a filter means everything is how the portal makes scopes without one.
https://learn.microsoft.com/azure/templates/microsoft.maintenance/configurationassignments
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.errors import shorten
from core.model import Machine

__all__ = ["DynamicScope", "scope_of"]

_KINDS = {"microsoft.compute/virtualmachines": "vm", "microsoft.hybridcompute/machines": "arc"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicScope:
    """Where it lies and what it lets through. Empty: everything. All texts are in lower case.

    `tags` are names with the values that each may have; `all_tags`: a machine needs each of them.
    """

    id: str
    subscription: str
    resource_group: str = ""
    resource_groups: frozenset[str] = frozenset()
    locations: frozenset[str] = frozenset()
    os_types: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()  # vm, arc
    tags: tuple[tuple[str, frozenset[str]], ...] = ()
    all_tags: bool = True

    def takes(self, machine: Machine) -> bool:
        """The machine is in the scope as it is now."""
        group = machine.resource_group.lower()
        return (
            machine.subscription.lower() == self.subscription
            and self.resource_group in ("", group)
            and _among(group, self.resource_groups)
            and _among(_place(machine.location or ""), self.locations)
            and _among((machine.os or "").lower(), self.os_types)
            and _among(machine.kind, self.kinds)
            and self._takes_tags(machine.tags)
        )

    def _takes_tags(self, tags: Mapping[str, str]) -> bool:
        if not self.tags:
            return True
        held = [tags.get(name) in values for name, values in self.tags]
        return all(held) if self.all_tags else any(held)


def scope_of(id_: str, subscription: str, group: str, told: Mapping[str, Any]) -> DynamicScope:
    """The scope of that id with the filter that Azure tells of it.

    Raises `ValueError` for a filter that is not understood: what it takes is then not known.
    """
    settings = told.get("tagSettings") or {}
    if not isinstance(settings, Mapping):
        raise ValueError("its tagSettings are no object")  # noqa: TRY004 - a value of Azure's
    operator = settings.get("filterOperator")
    tags = tuple(_tags(settings.get("tags") or {}))
    if tags and str(operator).lower() not in ("any", "all"):
        raise ValueError(f"its filterOperator is {shorten(operator, 40)}, neither Any nor All")
    return DynamicScope(
        id=id_,
        subscription=subscription,
        resource_group=group,
        resource_groups=frozenset(_texts(told, "resourceGroups")),
        locations=frozenset(map(_place, _texts(told, "locations"))),
        os_types=frozenset(_texts(told, "osTypes")),
        kinds=frozenset(map(_kind, _texts(told, "resourceTypes"))),
        tags=tags,
        all_tags=str(operator).lower() != "any",
    )


def _tags(told: object) -> Iterator[tuple[str, frozenset[str]]]:
    if not isinstance(told, Mapping):
        raise ValueError("its tags are no object")  # noqa: TRY004 - a value of Azure's
    for name, values in told.items():
        listed = [values] if isinstance(values, str) else values
        if not isinstance(listed, list) or not all(isinstance(value, str) for value in listed):
            raise ValueError(f"the values of its tag {shorten(name, 40)} are no texts")
        yield str(name), frozenset(listed)


def _texts(told: Mapping[str, Any], name: str) -> list[str]:
    value = told.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"its {name} are no list of texts")
    return [one.lower() for one in value]


def _kind(resource_type: str) -> str:
    if resource_type not in _KINDS:
        raise ValueError(f"its resource type {shorten(resource_type, 60)} is not known")
    return _KINDS[resource_type]


def _place(location: str) -> str:
    """`West Europe` is `westeurope`."""
    return location.replace(" ", "").lower()


def _among(value: str, allowed: frozenset[str]) -> bool:
    return not allowed or value in allowed
