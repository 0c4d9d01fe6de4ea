"""Maintenance configurations, as commands need them.

Source: https://learn.microsoft.com/rest/api/maintenance/maintenance-configurations/get
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cli.azure.connection import Connection
from cli.azure.problems import in_words
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import ArmProblem, shorten
from core.ids import ArmPath, ConfigurationId

if TYPE_CHECKING:
    from cli.azure.schedule import Occurrence

__all__ = [
    "READ_CONFIGURATION",
    "Configuration",
    "guest_configuration",
    "next_occurrence",
    "next_start",
    "read_configuration",
]

READ_CONFIGURATION = "Microsoft.Maintenance/maintenanceConfigurations/read"
_API_VERSION = "2023-04-01"
_GUEST = "InGuestPatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """A schedule. `window` is its maintenanceWindow as Azure tells it, None if it has none."""

    id: ConfigurationId
    location: str
    scope: str
    window: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def guest_configuration(azure: Connection, id_: ConfigurationId) -> Configuration:
    """The configuration, or leave in words: if it cannot be read, or is not for guest patching."""
    with in_words("read the configuration", right=READ_CONFIGURATION, scope=str(id_)):
        found = read_configuration(azure, id_)
    if found.scope.lower() != _GUEST.lower():
        refuse(
            f"{id_.name} is a configuration of the scope {shorten(found.scope, 40)}: only those of "
            f"{_GUEST} have pre and post events",
            code=BAD_INPUT,
        )
    return found


def read_configuration(azure: Connection, id_: ConfigurationId) -> Configuration:
    """The configuration of that id. Raises `ArmProblem` and `ClientAuthenticationError`."""
    told = azure.reader.get(
        ArmPath.parse(str(id_)), api_version=_API_VERSION, query={}, until=azure.soon()
    )
    properties = told.get("properties")
    inner: Mapping[str, Any] = properties if isinstance(properties, Mapping) else {}
    scope, location = inner.get("maintenanceScope"), told.get("location")
    window, tags = inner.get("maintenanceWindow"), told.get("tags")
    if not isinstance(scope, str) or not isinstance(location, str):
        raise ArmProblem(f"maintenance configuration {id_.name}", "it tells no scope or location")
    return Configuration(
        id=id_,
        location=location,
        scope=scope,
        window=window if isinstance(window, Mapping) else None,
        tags={str(k): str(v) for k, v in tags.items()} if isinstance(tags, Mapping) else {},
    )


def next_occurrence(configuration: Configuration, after: datetime) -> Occurrence | None:
    """The next time that its window opens; None if it has no window, or has expired.

    Raises `BadSchedule` if the window is not of a form that is known.
    """
    from cli.azure.schedule import occurrences, window_from  # noqa: PLC0415 - only some need it

    if configuration.window is None:
        return None
    return next(iter(occurrences(window_from(configuration.window), after, 1)), None)


def next_start(configuration: Configuration, after: datetime) -> datetime | None:
    """When its next run starts, in UTC; None if none is to come. Raises `BadSchedule`."""
    found = next_occurrence(configuration, after)
    return None if found is None else found.start
