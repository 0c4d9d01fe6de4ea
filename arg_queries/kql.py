"""The queries as files, and the one place where a value becomes part of a query."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from core.ids import RunId

__all__ = ["query"]

_FOLDER = Path(__file__).parent


def query(name: str, run: RunId | None = None) -> str:
    """The text of `{name}.kql`, with `{run_id}` as a string literal. Only parsed ids get in."""
    text = _text(name)
    return text if run is None else text.replace("{run_id}", _literal(run))


@cache
def _text(name: str) -> str:
    lines = (_FOLDER / f"{name}.kql").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("//"))


def _literal(run: RunId) -> str:
    escaped = str(run).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
