"""What whoever asks may do somewhere, as Azure Resource Manager tells it.

Source: https://learn.microsoft.com/rest/api/authorization/permissions/list-for-resource
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from arm.reader import ArmReader
from core.ids import ArmPath
from core.rights import Permission

__all__ = ["AUTHORIZATION", "VERSION", "permission_in", "permissions_of_us"]

AUTHORIZATION = "providers/Microsoft.Authorization"
VERSION = "2022-04-01"


def permissions_of_us(reader: ArmReader, scope: str, until: datetime) -> tuple[Permission, ...]:
    """What the identity that reads may do on that scope. Raises `ArmProblem` if nobody says."""
    path = ArmPath.parse(f"{scope}/{AUTHORIZATION}/permissions")
    listed = reader.pages(path, api_version=VERSION, query={}, until=until)
    return tuple(map(permission_in, listed))


def permission_in(told: Mapping[str, Any]) -> Permission:
    """One grant, as Azure tells it."""
    return Permission(
        actions=_texts(told.get("actions")), not_actions=_texts(told.get("notActions"))
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()
