"""Azure ids, parsed part by part.

The correlation id of an event becomes part of a URL that carries our identity's token, and of a
query. So an id is never passed on as the text that came in: it is taken apart, every part is held
against what Azure allows in that place, and it is put together anew. Letter case differs between
Azure's own sources, so ids compare without it.

Source of the forms: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.errors import BadId, shorten

__all__ = [
    "DRILL",
    "ArmPath",
    "ConfigurationId",
    "MachineId",
    "RunId",
    "names_drill",
    "subscription_id",
]

# How the run of a drill is named, which does not exist and is never cancelled. Azure names runs by
# itself, with numbers or a GUID, so that no real run is ever taken for one. Nothing but the name
# makes a drill: it is part of whatever is sent about a run.
DRILL = "patchgate-drill-"

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# Resource groups may hold letters of any alphabet; `\w` is that, and no separator of URLs or KQL.
_GROUP = re.compile(r"[\w().-]{0,89}[\w()-]")
_NAME = re.compile(r"[A-Za-z0-9](?:[\w.-]{0,126}[\w-])?", re.ASCII)
_LONGEST = 1024
# A part of a path that is only read: whatever a name may hold, but nothing that ends a part.
_SEGMENT = re.compile(r"[\w .,:@$~()-]{1,260}")

_CONFIGURATION = ("providers", "microsoft.maintenance", "maintenanceconfigurations")
_RUN = ("providers", "microsoft.maintenance", "applyupdates")
_MACHINES = {
    ("microsoft.compute", "virtualmachines"): "Microsoft.Compute/virtualMachines",
    ("microsoft.hybridcompute", "machines"): "Microsoft.HybridCompute/machines",
}


def subscription_id(value: object, what: str = "subscription id") -> str:
    """The subscription's GUID in lower case. Raises `BadId`."""
    text = value.lower() if isinstance(value, str) else ""
    if not _GUID.fullmatch(text):
        raise BadId(what, value, "must be a GUID, like 00000000-0000-0000-0000-000000000000")
    return text


def _segments(what: str, value: object, count: int, form: str) -> list[str]:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise BadId(what, value, f"must be text of at most {_LONGEST} characters: {form}")
    head, *parts = value.split("/")
    if head or len(parts) != count:
        raise BadId(what, value, f"must have the form {form}")
    return parts


def _literal(what: str, value: object, parts: list[str], expected: tuple[str, ...]) -> None:
    for part, wanted in zip(parts, expected, strict=True):
        if part.lower() != wanted:
            raise BadId(what, value, f"has {shorten(part, 60)!r} where {wanted!r} must stand")


def _matching(pattern: re.Pattern[str], part: str, what: str, value: object, place: str) -> str:
    if not pattern.fullmatch(part) or ".." in part or not _is_composed(part):
        raise BadId(what, value, f"{shorten(part, 60)!r} is not a legal {place}")
    return part


def _is_composed(part: str) -> bool:
    """No character of it is another one in disguise, as the Kelvin sign is a K.

    In lower case the two are the same, so that two groups of Azure would be one to us.
    """
    if part.isascii():
        return True
    import unicodedata  # noqa: PLC0415 - hardly any id needs it

    return unicodedata.is_normalized("NFC", part)


def _run_name(part: str, what: str, value: object) -> str:
    if part.lower() == "default":
        # PUT …/applyUpdates/default is another operation: it starts host maintenance.
        raise BadId(what, value, "'default' is never the name of a run")
    return _matching(_NAME, part, what, value, "run name")


def names_drill(run: str) -> bool:
    """The name of a run, or its whole id, is that of a drill."""
    return run.rpartition("/")[2].lower().startswith(DRILL)


class _Caseless:
    """Equality and hash by `key`, the id in lower case."""

    __slots__ = ()

    @property
    def key(self) -> str:
        return str(self).lower()

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.key == other.key

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConfigurationId(_Caseless):
    """A maintenance configuration: the schedule. Raises `BadId` for parts that are not legal."""

    subscription: str
    resource_group: str
    name: str

    def __post_init__(self) -> None:
        what = "maintenance configuration id"
        subscription_id(self.subscription)
        _matching(_GROUP, self.resource_group, what, self.resource_group, "resource group")
        _matching(_NAME, self.name, what, self.name, "configuration name")

    @classmethod
    def parse(cls, value: object, what: str = "maintenance configuration id") -> ConfigurationId:
        """Take an id apart. Raises `BadId` that names `what`."""
        form = (
            "/subscriptions/{guid}/resourceGroups/{group}"
            "/providers/Microsoft.Maintenance/maintenanceConfigurations/{name}"
        )
        parts = _segments(what, value, 8, form)
        _literal(what, value, [parts[0], parts[2]], ("subscriptions", "resourcegroups"))
        _literal(what, value, parts[4:7], _CONFIGURATION)
        return cls(
            subscription=subscription_id(parts[1], f"{what}: subscription"),
            resource_group=_matching(_GROUP, parts[3], what, value, "resource group"),
            name=_matching(_NAME, parts[7], what, value, "configuration name"),
        )

    def __str__(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Maintenance/maintenanceConfigurations/{self.name}"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunId(_Caseless):
    """One occurrence of a configuration: what events call the correlation id."""

    configuration: ConfigurationId
    name: str

    def __post_init__(self) -> None:
        _run_name(self.name, "correlation id", self.name)

    @classmethod
    def parse(cls, value: object, what: str = "correlation id") -> RunId:
        """Take an id apart. Raises `BadId` that names `what`."""
        form = "{maintenance configuration id}/providers/microsoft.maintenance/applyupdates/{run}"
        parts = _segments(what, value, 12, form)
        _literal(what, value, parts[8:11], _RUN)
        configuration = ConfigurationId.parse("/" + "/".join(parts[:8]), what)
        return cls(configuration=configuration, name=_run_name(parts[11], what, value))

    @property
    def is_drill(self) -> bool:
        """It does not exist, and is there to be judged: see `DRILL`."""
        return names_drill(self.name)

    def __str__(self) -> str:
        return f"{self.configuration}/providers/Microsoft.Maintenance/applyUpdates/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MachineId(_Caseless):
    """An Azure virtual machine or an Arc server; `type` is the ARM type in its published case."""

    subscription: str
    resource_group: str
    type: str
    name: str

    @classmethod
    def parse(cls, value: object, what: str = "machine id") -> MachineId:
        """Take an id apart. Raises `BadId` that names `what`."""
        form = "/subscriptions/{guid}/resourceGroups/{group}/providers/{machine type}/{name}"
        parts = _segments(what, value, 8, form)
        _literal(
            what,
            value,
            [parts[0], parts[2], parts[4]],
            ("subscriptions", "resourcegroups", "providers"),
        )
        machine_type = _MACHINES.get((parts[5].lower(), parts[6].lower()))
        if machine_type is None:
            given = shorten(f"{parts[5]}/{parts[6]}", 60)
            raise BadId(what, value, f"{given!r} is neither an Azure VM nor an Arc server")
        return cls(
            subscription=subscription_id(parts[1], f"{what}: subscription"),
            resource_group=_matching(_GROUP, parts[3], what, value, "resource group"),
            type=machine_type,
            name=_matching(_NAME, parts[7], what, value, "machine name"),
        )

    def __str__(self) -> str:
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/{self.type}/{self.name}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmPath:
    """Any path of Azure Resource Manager, for reading. `text` begins with / and ends without."""

    text: str

    @classmethod
    def parse(cls, value: object, what: str = "path") -> ArmPath:
        """Hold every part against what a part may be. Raises `BadId` that names `what`."""
        if not isinstance(value, str) or len(value) > 2 * _LONGEST or not value.startswith("/"):
            raise BadId(what, value, f"must be text of at most {2 * _LONGEST} characters from /")
        for part in value[1:].split("/"):
            if not _SEGMENT.fullmatch(part) or set(part) <= {"."}:
                raise BadId(what, value, f"{shorten(part, 60)!r} is not a legal part of it")
        return cls(text=value)

    def __str__(self) -> str:
        return self.text
