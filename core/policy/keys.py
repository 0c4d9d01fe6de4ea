"""What may stand at a key of the policy file: in words, as JSON Schema, and as a test of a value.

A key is declared once, at its field in `core.policy.values`. The reader of the file, its sentences
and the schema that editors complete from are all made of that.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

__all__ = ["Key", "Kind", "choice", "count_or_share", "keys_of", "megabytes", "seconds", "switch"]

_SHARE = r"(?:[0-9]{1,2}(?:\.[0-9]{1,6})?|100(?:\.0{1,6})?)%"
_MACHINES = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`legal` completes "must be …"; `accepts` says whether a value of a TOML file is that."""

    legal: str
    schema: Mapping[str, Any]
    accepts: Callable[[object], bool]
    read: Callable[[Any], Any] = lambda value: value


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the file, as an annotation of its field: what it does, and what may stand there.

    One that is `shared` may stand in `[defaults]`, for every check.
    """

    says: str
    kind: Kind
    shared: bool = False
    default: Any = None


def keys_of(table: type[Any]) -> dict[str, Key]:
    """The keys that are declared at the fields of that dataclass, with the fields' defaults."""
    hints = get_type_hints(table, include_extras=True)
    return {
        field.name: dataclasses.replace(key, default=field.default)
        for field in dataclasses.fields(table)
        for key in getattr(hints[field.name], "__metadata__", ())
        if isinstance(key, Key)
    }


def choice(*words: str) -> Kind:
    """One of these words."""
    return Kind(
        legal=" or ".join(f'"{word}"' for word in words),
        schema={"type": "string", "enum": list(words)},
        accepts=lambda value: isinstance(value, str) and value in words,
    )


def switch() -> Kind:
    """Yes or no."""
    return Kind(
        legal="true or false",
        schema={"type": "boolean"},
        accepts=lambda value: isinstance(value, bool),
    )


def seconds(least: float, most: float, *, above: bool = False) -> Kind:
    """A number of seconds, from `least` (or `above` it) to `most`."""
    return Kind(
        legal=f"above {least:g} and at most {most:g} seconds"
        if above
        else f"{least:g} to {most:g} seconds",
        schema={
            "type": "number",
            ("exclusiveMinimum" if above else "minimum"): least,
            "maximum": most,
        },
        # Of nan no comparison is true.
        accepts=lambda value: (
            _is_number(value)
            and (least < value if above else least <= value)  # type: ignore[operator]
            and value <= most  # type: ignore[operator]
        ),
        read=float,
    )


def megabytes(least: int, most: int) -> Kind:
    """A whole number of megabytes."""
    return Kind(
        legal=f"a whole number of megabytes from {least} to {most}",
        schema={"type": "integer", "minimum": least, "maximum": most},
        accepts=lambda value: _is_whole(value) and least <= value <= most,  # type: ignore[operator]
    )


def count_or_share() -> Kind:
    """A number of machines, or a share of those asked."""
    machines = {"type": "integer", "minimum": 0, "maximum": _MACHINES}
    return Kind(
        legal='a number of machines from 0, or a share from "0%" to "100%"',
        schema={"anyOf": [machines, {"type": "string", "pattern": f"^{_SHARE}$"}]},
        accepts=lambda value: (
            re.fullmatch(_SHARE, value) is not None
            if isinstance(value, str)
            else _is_whole(value) and 0 <= value <= _MACHINES  # type: ignore[operator]
        ),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
