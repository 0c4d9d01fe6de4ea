"""What an identity may do somewhere, as Azure Resource Manager tells it.

Sources: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource-group and
https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cli.azure.connection import Connection
from core.errors import ArmProblem
from core.ids import ArmPath
from core.rights import Permission

__all__ = ["permissions_of", "permissions_of_us"]

_VERSION = "2022-04-01"
_PROVIDER = "providers/Microsoft.Authorization"


def permissions_of_us(azure: Connection, scope: str) -> tuple[Permission, ...]:
    """What whoever is signed in may do on that scope. Raises `ArmProblem`."""
    path = ArmPath.parse(f"{scope}/{_PROVIDER}/permissions")
    listed = azure.reader.pages(path, api_version=_VERSION, query={}, until=azure.soon())
    return tuple(map(_permission, listed))


def permissions_of(azure: Connection, scope: str, principal: str) -> tuple[Permission, ...]:
    """What that principal's roles give it on the scope, by itself or a group. Raises `ArmProblem`.

    `principal` is an object id, and a GUID. It takes the right to read role assignments.
    """
    assignments = azure.reader.pages(
        ArmPath.parse(f"{scope}/{_PROVIDER}/roleAssignments"),
        api_version=_VERSION,
        query={"$filter": f"assignedTo('{principal}')"},
        until=azure.soon(),
    )
    granted: list[Permission] = []
    for role in dict.fromkeys(map(_role, assignments)):
        definition = azure.reader.get(
            ArmPath.parse(role), api_version=_VERSION, query={}, until=azure.soon()
        )
        granted += map(_permission, _permissions_in(definition))
    return tuple(granted)


def _role(assignment: Mapping[str, Any]) -> str:
    properties = assignment.get("properties")
    role = properties.get("roleDefinitionId") if isinstance(properties, Mapping) else None
    if not isinstance(role, str):
        raise ArmProblem("role assignments", "one does not say of which role it is")
    return role


def _permissions_in(definition: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    properties = definition.get("properties")
    listed = properties.get("permissions") if isinstance(properties, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise ArmProblem("role definition", "it does not say what it permits")
    return listed


def _permission(told: Mapping[str, Any]) -> Permission:
    return Permission(
        actions=_texts(told.get("actions")), not_actions=_texts(told.get("notActions"))
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()
