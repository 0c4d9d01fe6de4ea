"""The queries as files, and a parsed run id as what they are about."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.ids import RunId
from core.kql import fill, without_comments

__all__ = ["query"]

_FOLDER = Path(__file__).parent


def query(name: str, run: RunId | None = None) -> str:
    """The text of `{name}.kql`, with `{run_id}` as a string literal. Only parsed ids get in."""
    text = _text(name)
    return text if run is None else fill(text, {"run_id": str(run)})


@cache
def _text(name: str) -> str:
    return without_comments((_FOLDER / f"{name}.kql").read_text(encoding="utf-8"))
