"""Whether a blob container is there. What is in it, Azure Resource Manager does not tell.

Source: https://learn.microsoft.com/rest/api/storagerp/blob-containers/get
"""

from __future__ import annotations

from cli.azure.connection import Connection
from core.ids import ArmPath

__all__ = ["look_for"]

_VERSION = "2023-05-01"


def look_for(azure: Connection, container: str) -> None:
    """Raises `ArmProblem` unless Azure shows it, and `BadId` for what is no id."""
    azure.reader.get(ArmPath.parse(container), api_version=_VERSION, query={}, until=azure.soon())
