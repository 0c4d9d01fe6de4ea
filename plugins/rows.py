"""What checks and actions read out of a row of Resource Graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["Row", "text"]

Row = Mapping[str, Any]


def text(row: Row, column: str) -> str:
    """What that column says, without blanks around it; empty if it holds no text."""
    value = row.get(column)
    return value.strip() if isinstance(value, str) else ""
