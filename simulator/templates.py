"""Braces in the rows of a scenario: ids and moments that are known when the story begins.

`{machine}`, `{run}`, `{configuration}`, `{subscription}`; `{now}`, `{start}`, `{end}`, and these
with an offset, as in `{now-90m}` or `{start+2h}`: s, m, h, d.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

__all__ = ["Words", "fill_in", "moment_of", "problems_in", "stamp"]

_PLACE = re.compile(r"\{([^{}\s\"']+)\}")
_MOMENT = re.compile(r"(now|start|end)(?:([+-])(\d{1,6})([smhd]))?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_TEXTS = ("machine", "run", "configuration", "subscription")
_LEGAL = "legal are {machine}, {run}, {configuration}, {subscription}, {now}, {start-90m}, {end+2h}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the braces stand for. `machine` is empty where no machine is meant."""

    run: str
    configuration: str
    now: datetime
    start: datetime
    end: datetime
    machine: str = ""
    subscription: str = ""


def problems_in(value: object, place: str, *, machine: bool) -> Iterator[str]:
    """What is wrong with the braces in a value; `machine` says that one is known there."""
    for text, where in _texts(value, place):
        for found in _PLACE.finditer(text):
            word = found[1]
            if word == "machine" and not machine:
                yield f"{where}: {{machine}} needs machine = the name of one"
            elif word not in _TEXTS and not _MOMENT.fullmatch(word):
                yield f"{where}: {{{word}}} means nothing; {_LEGAL}"


def fill_in(value: Any, words: Words) -> Any:
    """The same value with everything in braces written out, in all texts that it holds."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: _word(found[1], words), value)
    if isinstance(value, Mapping):
        return {key: fill_in(inner, words) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [fill_in(inner, words) for inner in value]
    return value


def moment_of(word: str, words: Words) -> datetime | None:
    """`now`, `start-90m` or `end+2h` as a moment; None for another word."""
    found = _MOMENT.fullmatch(word)
    if found is None:
        return None
    moment: datetime = getattr(words, found[1])
    if found[2]:
        offset = timedelta(**{_UNITS[found[4]]: int(found[3])})
        moment = moment + offset if found[2] == "+" else moment - offset
    return moment


def stamp(moment: datetime) -> str:
    """A moment as Resource Graph writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _texts(value: object, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield value, place
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from _texts(inner, f"{place}[{number}]")


def _word(word: str, words: Words) -> str:
    if word in _TEXTS:
        return str(getattr(words, word))
    moment = moment_of(word, words)
    if moment is None:
        raise ValueError(f"{{{word}}} means nothing: problems_in should have said so")
    return stamp(moment)
