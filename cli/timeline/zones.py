"""Which local time is meant."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.azure.schedule import BadSchedule, zone_of
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import shorten

__all__ = ["clock_in", "zone_in"]


def zone_in(name: str | None) -> tzinfo | None:
    """The zone of that name, of Windows or of IANA; None is this machine's."""
    if name is None:
        return None
    try:
        return zone_of(name)
    except BadSchedule:
        pass
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        said = shorten(name, 60)
        refuse(f"--zone {said!r} is no time zone, of Windows or of IANA", code=BAD_INPUT)


def clock_in(moment: datetime, zone: tzinfo | None) -> str:
    """`Sat 2026-11-28 04:00 CET`; the offset stands where a zone has no short name."""
    local = moment.astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M} {local.tzname() or local.strftime('%z')}"
