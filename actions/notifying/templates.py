"""Texts with places for what a notice says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC

from core.errors import shorten
from core.masking import mask
from core.notice import Notice

__all__ = ["PLACES", "filled", "problems_in", "reasons_of"]

PLACES = (
    "run",
    "configuration",
    "state",
    "headline",
    "reasons",
    "machines",
    "start",
    "report_url",
)
_PLACE = re.compile(r"\{([^{}]*)\}")
_LONGEST = 2000  # characters of a template
_REASONS, _REASON = 10, 300  # how many reasons are told, and characters of one


def problems_in(template: str) -> Iterator[str]:
    """What is wrong with a template."""
    if not 0 < len(template.strip()) <= _LONGEST:
        yield f"must have 1 to {_LONGEST} characters"
    for found in _PLACE.finditer(template):
        if found[1] not in PLACES:
            legal = ", ".join(f"{{{place}}}" for place in PLACES)
            yield f"{{{found[1]}}} means nothing; legal are {legal}"
    if set("{}") & set(_PLACE.sub("", template)):
        yield "has a brace without its other half"


def filled(template: str, notice: Notice) -> str:
    """The text of that notice. What it says is masked and cut, and no place in it is filled."""
    values = _values(notice)
    return _PLACE.sub(lambda found: values[found[1]], template).strip()


def reasons_of(notice: Notice) -> list[str]:
    """The reasons that are told, and how many are not."""
    told = [shorten(reason, _REASON) for reason in notice.reasons[:_REASONS]]
    more = len(notice.reasons) - len(told)
    return [*told, f"and {more} more"] if more else told


def _values(notice: Notice) -> Mapping[str, str]:
    return {
        "run": shorten(notice.run.rpartition("/")[2], 130),
        "configuration": shorten(notice.configuration.rpartition("/")[2], 130),
        "state": notice.state,
        "headline": shorten(notice.headline, _REASON),
        "reasons": "\n".join(reasons_of(notice)),
        "machines": str(notice.machines),
        "start": f"{notice.start.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        "report_url": mask(notice.report_url or ""),
    }
