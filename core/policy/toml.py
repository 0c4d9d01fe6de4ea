"""The text of a policy file as a TOML table with the line of everything in it, or `BadPolicy`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from typing import Any

from core.errors import BadPolicy, shorten
from core.policy.lines import Path, lines_of

__all__ = ["read_toml"]

_LARGEST = 256 * 1024  # bytes of a file
_DEEPEST = 32  # tables and arrays in one another
# tomllib takes time with the square of a key's parts.
_LONG_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{_DEEPEST}}}""")
_AT = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_toml(text: str | bytes, name: str) -> tuple[dict[str, Any], dict[Path, int]]:
    """The table, and the line of each key and place in it. Raises nothing but `BadPolicy`."""
    document = _decoded(text, name)
    if long := _LONG_KEY.search(document):
        line = document.count("\n", 0, long.start()) + 1
        raise BadPolicy((f"{name}:{line}: more than {_DEEPEST} names joined by dots",))
    try:
        table = tomllib.loads(document)
        lines = lines_of(document)
    except Exception as error:  # numbers too long and brackets too deep have errors of their own
        raise BadPolicy((_not_toml(error, document, name),)) from error
    if _is_deep(table):
        raise BadPolicy((f"{name}: tables and arrays are nested more than {_DEEPEST} deep",))
    return table, lines


def _decoded(text: str | bytes, name: str) -> str:
    if len(text) > _LARGEST:
        raise BadPolicy((f"{name}: is larger than {_LARGEST // 1024} KiB",))
    try:
        coded = text.encode() if isinstance(text, str) else text
        return coded.decode("utf-8-sig")
    except UnicodeEncodeError as error:
        line = error.object.count("\n", 0, error.start) + 1
        raise BadPolicy((f"{name}:{line}: not UTF-8",)) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadPolicy((f"{name}:{line}: not UTF-8",)) from error


def _not_toml(error: Exception, document: str, name: str) -> str:
    said = str(error)
    at = _AT.search(said) if isinstance(error, tomllib.TOMLDecodeError) else None
    if at is None:
        return f"{name}: not TOML: {shorten(said)}"
    line, column = at[1] or document.count("\n") + 1, at[2]
    where = f"column {column}" if column else "the end of the file"
    return f"{name}:{line}: not TOML: {shorten(said[: at.start()])} (at {where})"


def _is_deep(table: object) -> bool:
    level = [table]
    for _ in range(_DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: object) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
