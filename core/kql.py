"""Values in a query: the one place where something from outside becomes part of KQL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

__all__ = ["KqlValue", "fill", "without_comments"]

KqlValue = str | int | float | bool | datetime | Sequence[str]

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def fill(query: str, values: Mapping[str, KqlValue]) -> str:
    """The query with a literal for each `{name}` in it.

    Text is quoted, a moment becomes `datetime(…)`, and several texts a list in brackets, as `in~`
    takes them. Raises `ValueError` for a name without a value.
    """

    def literal(found: re.Match[str]) -> str:
        name = found[1]
        if name not in values:
            known = ", ".join(sorted(values)) or "no name"
            raise ValueError(f"the query has {{{name}}}, and there is a value for {known}")
        return _literal(values[name])

    return _PLACE.sub(literal, query)


def without_comments(text: str) -> str:
    """A query file without the lines that only explain it."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))


def _literal(value: KqlValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"datetime({value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ})"
    if isinstance(value, str):
        return _quoted(value)
    # Kusto takes no empty list; nothing equals a text that no id can be.
    return "(" + ", ".join(map(_quoted, value or ("",))) + ")"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    printable = "".join(
        c if c.isprintable() else "".join(f"\\u{ord(part):04x}" for part in _utf16(c))
        for c in escaped
    )
    return f"'{printable}'"


def _utf16(character: str) -> Sequence[str]:
    """A character as KQL's escapes can name it: in one half, or in two."""
    coded = character.encode("utf-16-be", "surrogatepass")
    return [chr(int.from_bytes(coded[i : i + 2], "big")) for i in range(0, len(coded), 2)]
