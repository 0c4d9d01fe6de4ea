"""Times, names and verdicts as a person reads them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from rich.text import Text

from core.errors import shorten
from core.model import Status
from core.report import Tally

__all__ = [
    "WORST_FIRST",
    "Manner",
    "Names",
    "as_toml",
    "before_start",
    "clock_time",
    "count",
    "heading",
    "plain",
    "span",
    "tallied",
    "verdict",
    "verdict_word",
]

WORST_FIRST = (Status.UNKNOWN, Status.BLOCKED, Status.SKIPPED, Status.PASSED)

Manner = Literal["check", "action", "undo"]  # of what a verdict is about

# The word says it all; the sign and the colour only help to find it.
_SIGNS = {
    Status.PASSED: ("✓", "green"),
    Status.BLOCKED: ("✗", "bold red"),
    Status.UNKNOWN: ("?", "bold yellow"),
    Status.SKIPPED: ("-", "dim"),
}
_WORDS: dict[Manner, dict[Status, str]] = {
    "check": {
        Status.PASSED: "pass",
        Status.BLOCKED: "BLOCKED",
        Status.UNKNOWN: "UNKNOWN",
        Status.SKIPPED: "skipped",
    },
    "action": {
        Status.PASSED: "done",
        Status.BLOCKED: "FAILED",
        Status.UNKNOWN: "UNKNOWN",
        Status.SKIPPED: "nothing to do",
    },
    "undo": {
        Status.PASSED: "put back",
        Status.BLOCKED: "NOT put back",
        Status.UNKNOWN: "UNKNOWN",
        Status.SKIPPED: "nothing to put back",
    },
}


def verdict_word(status: Status, manner: Manner = "check") -> str:
    """What a status is called, of a check, of an action, or of what puts back."""
    return _WORDS[manner][status]


def verdict(status: Status, number: int | None = None, *, manner: Manner = "check") -> Text:
    """`✗ BLOCKED`, or `✗ 3 BLOCKED` of a number of machines."""
    sign, style = _SIGNS[status]
    word = verdict_word(status, manner)
    return Text(f"{sign} {word}" if number is None else f"{sign} {number:,} {word}", style=style)


def tallied(tally: Tally, manner: Manner = "check") -> list[Text]:
    """`✓ 3 pass`, `✗ 1 BLOCKED`: how many of each, without those that there are none of."""
    numbers = (tally.passed, tally.skipped, tally.blocked, tally.unknown)
    told = zip(reversed(WORST_FIRST), numbers, strict=True)
    return [verdict(status, number, manner=manner) for status, number in told if number]


def clock_time(moment: datetime) -> str:
    """`02:47:30`, in UTC."""
    return f"{moment:%H:%M:%S}"


def before_start(moment: datetime, start: datetime) -> str:
    """A moment as the domain counts it: `T-12:30` (minutes and seconds) before the start."""
    left = (start.replace(microsecond=0) - moment.replace(microsecond=0)) // timedelta(seconds=1)
    if left == 0:
        return "T"
    minutes, seconds = divmod(abs(left), 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"T{'-' if left > 0 else '+'}{text}"


def span(length: timedelta) -> str:
    """A length of time, without its sign: `25 min 53 s`, `2 h 5 min`, `3 d 4 h`."""
    seconds = abs(length) // timedelta(seconds=1)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days:,} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def count(number: int, noun: str) -> str:
    """`1 machine`, `10,000 machines`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(text: object, style: str = "", limit: int = 300) -> Text:
    """Text from outside as one printable line."""
    return Text(shorten(text, limit), style=style)


def as_toml(value: object) -> str:
    """A value as gate.toml would write it, as far as it could; `-` where nothing is said."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(as_toml(one) for one in value)}]"
    return f'"{value}"' if isinstance(value, str) else shorten(value)


def heading(title: str) -> Text:
    """What the next lines are about."""
    return Text(title, style="bold underline")


class Names:
    """Short names of machines: the last part of the id, with its group where that is not enough."""

    def __init__(self, ids: Iterable[str]) -> None:
        distinct = {machine.lower(): machine for machine in ids}
        often = Counter(_last(key) for key in distinct)
        self._names = {
            key: _last(given) if often[_last(key)] == 1 else _with_group(given)
            for key, given in distinct.items()
        }

    def order(self, machine: str) -> tuple[tuple[bool, int, str], ...]:
        """What to sort by, so that web-2 comes before web-10."""
        parts = re.split(r"(\d+)", self.of(machine).lower())
        return tuple((p.isdecimal(), int(p) if p.isdecimal() else 0, p) for p in parts)

    def of(self, machine: str) -> str:
        """The short name of a machine's id, in any letter case."""
        return shorten(self._names.get(machine.lower()) or _last(machine), 64)


def _last(machine: str) -> str:
    return machine.rpartition("/")[2]


def _with_group(machine: str) -> str:
    parts = machine.split("/")
    # /subscriptions/{s}/resourceGroups/{g}/providers/…/{name}: groups of one name may be in two {s}
    return "/".join((parts[2][:8], parts[4], parts[-1])) if len(parts) > 5 else machine
