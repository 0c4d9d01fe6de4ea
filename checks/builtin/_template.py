"""URLs that are made for a machine: what its name and its tags say stays in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from checks import CannotTell, Machine

__all__ = ["filled", "problems_in"]

_PLACE = re.compile(r"\{([^{}]*)\}")
_KNOWN = re.compile(r"name|location|tag:.{1,512}")
_HOST = re.compile(r"(https?://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LONGEST = 256


def problems_in(template: str) -> Iterator[str]:
    """What is wrong with a template, before any machine is put into it."""
    if not _HOST.fullmatch(template):
        yield f"{template!r} begins neither with https:// nor with http://"
    for found in _PLACE.finditer(template):
        if not _KNOWN.fullmatch(found[1]):
            yield f"{{{found[1]}}} means nothing; legal are {{name}}, {{location}} and {{tag:NAME}}"
    if set("{}") & set(_PLACE.sub("", template)):
        yield f"{template!r} has a brace without its other half"


def filled(template: str, machine: Machine) -> str:
    """The URL of that machine. Raises `CannotTell` for a value that is missing or does not fit.

    In the host a value must be a name: labels of letters, digits and hyphens. Behind it every value
    is percent-encoded, so that it stays one segment of the path, or one value of the query.
    """
    parts = _HOST.fullmatch(template)
    if parts is None:
        raise CannotTell("its URL begins neither with https:// nor with http://")

    def in_host(found: re.Match[str]) -> str:
        value = _value(found[1], machine)
        if not all(_LABEL.fullmatch(label) for label in value.split(".")):
            raise CannotTell(f"its {found[1]} is {value!r}, which cannot stand in a host's name")
        return value

    def behind(found: re.Match[str]) -> str:
        value = _value(found[1], machine)
        if set(value) <= {"."}:
            raise CannotTell(f"its {found[1]} is {value!r}, which would lead elsewhere")
        return quote(value, safe="")

    return _PLACE.sub(in_host, parts[1]) + _PLACE.sub(behind, parts[2])


def _value(place: str, machine: Machine) -> str:
    value = _looked_up(place, machine)
    if not value:
        raise CannotTell(f"it has no {place}, which its URL needs")
    if len(value) > _LONGEST:
        raise CannotTell(f"its {place} is longer than {_LONGEST} characters")
    return value


def _looked_up(place: str, machine: Machine) -> str | None:
    if place == "name":
        return machine.name
    if place == "location":
        return machine.location
    return machine.tags.get(place.removeprefix("tag:"))
