"""The queries as files, filled with ids that have been parsed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.ids import RunId
from core.kql import KqlValue, fill, without_comments

__all__ = ["query"]

_FOLDER = Path(__file__).parent


def query(name: str, run: RunId | None = None, **values: KqlValue) -> str:
    """The text of `{name}.kql`, with a literal for `{run_id}` and for each of the values."""
    known: dict[str, KqlValue] = values if run is None else {"run_id": str(run), **values}
    return fill(_text(name), known) if known else _text(name)


@cache
def _text(name: str) -> str:
    return without_comments((_FOLDER / f"{name}.kql").read_text(encoding="utf-8"))
