"""The rows of the run's machines, afresh, by id in lower case."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from actions import Context
from plugins.rows import Row, text

__all__ = ["Row", "has_tag", "rows_of", "tags_in", "text"]

_QUERY = Path(__file__).with_name("start_machines.kql")


def rows_of(ctx: Context[Any]) -> dict[str, Row]:
    """One row a machine. Raises `CannotTell` unless all came."""
    return {text(row, "machine").lower(): row for row in ctx.graph.ask(_QUERY)}


def tags_in(row: Row) -> dict[str, tuple[str, str]]:
    """Its tags, as name and value, by names in lower case: so Azure compares them."""
    tags = row.get("tags")
    if not isinstance(tags, Mapping):
        return {}
    return {str(name).lower(): (str(name), str(value)) for name, value in tags.items()}


def has_tag(row: Row, wanted: str) -> bool:
    """`NAME`, or `NAME=VALUE`, is one of its tags."""
    name, equals, value = wanted.partition("=")
    found = tags_in(row).get(name.strip().lower())
    return found is not None and (not equals or found[1] == value.strip())
