"""Held against what an identity has: which of the actions it is not allowed to do, and where."""

from __future__ import annotations

from dataclasses import dataclass

from cli.azure.connection import Connection
from cli.azure.problems import in_words
from cli.azure.reaching import reach
from cli.azure.rights import permissions_of, permissions_of_us
from cli.permissions.roles import Role
from cli.waiting import waiting
from core.rights import missing

__all__ = ["Compared", "compare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One role on one scope: what the identity lacks of it."""

    role: Role
    scope: str
    missing: tuple[str, ...]


def compare(
    azure: Connection, wanted: tuple[Role, ...], principal: str | None
) -> tuple[Compared, ...]:
    """Ask Azure about every scope of every role; for us, or for the principal of that object id.

    Leaves in words if Azure does not say.
    """
    reach(azure, "read what is allowed")
    with waiting("reading what is allowed"):
        return tuple(
            Compared(role=role, scope=scope, missing=_missing(azure, role, scope, principal))
            for role in wanted
            for scope in role.scopes
        )


def _missing(azure: Connection, role: Role, scope: str, principal: str | None) -> tuple[str, ...]:
    kind = "roleAssignments" if principal else "permissions"
    right = f"Microsoft.Authorization/{kind}/read"
    with in_words(f"read what is allowed on {scope}", right=right, scope=scope):
        if principal is None:
            granted = permissions_of_us(azure, scope)
        else:
            granted = permissions_of(azure, scope, principal)
    return missing(role.actions, granted)
