"""What an identity may do somewhere, as Azure Resource Manager tells it.

Source: https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from arm import rights
from arm.rights import AUTHORIZATION, VERSION, permission_in
from cli.azure.connection import Connection
from core.errors import ArmProblem
from core.ids import ArmPath
from core.rights import Permission

__all__ = ["permissions_of", "permissions_of_us"]


def permissions_of_us(azure: Connection, scope: str) -> tuple[Permission, ...]:
    """What whoever is signed in may do on that scope. Raises `ArmProblem`."""
    return rights.permissions_of_us(azure.reader, scope, azure.soon())


def permissions_of(azure: Connection, scope: str, principal: str) -> tuple[Permission, ...]:
    """What that principal's roles give it on the scope, by itself or a group. Raises `ArmProblem`.

    `principal` is an object id, and a GUID. It takes the right to read role assignments.
    """
    assignments = azure.reader.pages(
        ArmPath.parse(f"{scope}/{AUTHORIZATION}/roleAssignments"),
        api_version=VERSION,
        query={"$filter": f"assignedTo('{principal}')"},
        until=azure.soon(),
    )
    granted: list[Permission] = []
    for role in dict.fromkeys(map(_role, assignments)):
        definition = azure.reader.get(
            ArmPath.parse(role), api_version=VERSION, query={}, until=azure.soon()
        )
        granted += map(permission_in, _permissions_in(definition))
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
