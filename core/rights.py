"""What the app's identity must be allowed to do: the one source of the roles that give it.

Two scopes, which may lie in different subscriptions: the maintenance configurations, where a run is
cancelled, and the machines, which are only read; what changes them are actions, which declare what
they need.
Source: https://learn.microsoft.com/azure/role-based-access-control/permissions/management-and-governance
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["CANCEL", "ON_CONFIGURATIONS", "ON_MACHINES", "Permission", "allowed", "missing"]

CANCEL = "Microsoft.Maintenance/applyUpdates/write"
# On the resource group of the maintenance configurations.
ON_CONFIGURATIONS = (
    "Microsoft.Maintenance/maintenanceConfigurations/read",
    "Microsoft.Maintenance/applyUpdates/read",
    CANCEL,
)
# On the subscriptions of the machines. Resource Graph shows what an identity may read, and no more.
ON_MACHINES = (
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Maintenance/applyUpdates/read",
    "Microsoft.Compute/virtualMachines/read",
    "Microsoft.HybridCompute/machines/read",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One grant of a role: what it allows, except for what it takes out again. Globs of actions."""

    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()

    def allows(self, action: str) -> bool:
        """It gives that action."""
        return _any(self.actions, action) and not _any(self.not_actions, action)


def allowed(action: str, granted: Iterable[Permission]) -> bool:
    """One of the grants gives it: what one takes out, another may still give."""
    return any(permission.allows(action) for permission in granted)


def missing(wanted: Sequence[str], granted: Sequence[Permission]) -> tuple[str, ...]:
    """The actions that no grant gives, in the order in which they are wanted."""
    return tuple(action for action in wanted if not allowed(action, granted))


def _any(globs: Iterable[str], action: str) -> bool:
    return any(_matches(glob, action) for glob in globs)


def _matches(glob: str, action: str) -> bool:
    """Only `*` is special, it stands for anything, slashes too, and letter case does not count."""
    pattern = ".*".join(map(re.escape, glob.lower().split("*")))
    return re.fullmatch(pattern, action.lower()) is not None
