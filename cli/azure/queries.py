"""The queries of the operator's commands, as files beside this one, filled with parsed values."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.kql import KqlValue, fill, without_comments

__all__ = ["query"]

_FOLDER = Path(__file__).parent


def query(name: str, **values: KqlValue) -> str:
    """The text of `{name}.kql`, with a literal for each of the values."""
    return fill(_text(name), values) if values else _text(name)


@cache
def _text(name: str) -> str:
    return without_comments((_FOLDER / f"{name}.kql").read_text(encoding="utf-8"))
