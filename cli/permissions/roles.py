"""The roles that the app's identity needs: by the gate itself, the checks and the actions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.rights import ON_CONFIGURATIONS, ON_MACHINES

__all__ = ["Role", "actor", "as_bicep", "as_json", "roles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A custom role: `scopes` are where it can be assigned, as ARM paths."""

    name: str
    description: str
    actions: tuple[str, ...]
    scopes: tuple[str, ...]

    @property
    def symbol(self) -> str:
        """Its name in Bicep."""
        words = self.name.split()
        return words[0].lower() + "".join(word.capitalize() for word in words[1:])


def roles(needs: Iterable[str], *, group: str, subscriptions: Sequence[str]) -> tuple[Role, Role]:
    """To cancel, on the `group` of the configurations; to read, on the machines' subscriptions.

    `needs` are the actions that the enabled checks declare.
    """
    reads = {action.lower(): action for action in (*ON_MACHINES, *needs)}
    return (
        Role(
            name="Patchgate Canceller",
            description="Reads maintenance configurations and their runs, and cancels runs.",
            actions=ON_CONFIGURATIONS,
            scopes=(group,),
        ),
        Role(
            name="Patchgate Reader",
            description="Reads what Patchgate's checks have to know of machines.",
            actions=tuple(reads.values()),
            scopes=tuple(f"/subscriptions/{subscription}" for subscription in subscriptions),
        ),
    )


def actor(needs: Iterable[str], *, subscriptions: Sequence[str]) -> Role:
    """To change machines, on their subscriptions: all that the enabled actions declare.

    Without an action there is nothing in it, and no such role.
    """
    return Role(
        name="Patchgate Actor",
        description="Does before and after a run what Patchgate's actions do to machines.",
        actions=tuple({action.lower(): action for action in needs}.values()),
        scopes=tuple(f"/subscriptions/{subscription}" for subscription in subscriptions),
    )


def as_json(role: Role) -> str:
    """For `az role definition create --role-definition @FILE`."""
    return json.dumps(
        {
            "Name": role.name,
            "IsCustom": True,
            "Description": role.description,
            "Actions": list(role.actions),
            "NotActions": [],
            "AssignableScopes": list(role.scopes),
        },
        indent=2,
    )


def as_bicep(role: Role) -> str:
    """A resource of a Bicep file, to be deployed at the scope where the role is defined."""
    actions = "\n".join(f"          '{action}'" for action in role.actions)
    scopes = "\n".join(f"      '{scope}'" for scope in role.scopes)
    return f"""resource {role.symbol} 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {{
  name: guid(subscription().id, '{role.name}')
  properties: {{
    roleName: '{role.name}'
    description: '{role.description.replace("'", "''")}'
    type: 'CustomRole'
    permissions: [
      {{
        actions: [
{actions}
        ]
        notActions: []
      }}
    ]
    assignableScopes: [
{scopes}
    ]
  }}
}}
"""
