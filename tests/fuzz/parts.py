"""Where the targets of fuzzing and their corpora are."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

__all__ = ["CORPUS", "TARGETS", "corpus", "is_short_line", "target", "text_of"]

_HERE = Path(__file__).parent
CORPUS = _HERE / "corpus"
TARGETS = tuple(sorted(path.stem for path in (_HERE / "targets").glob("*.py")))


def target(name: str) -> Any:
    """The function `check(data: bytes) -> None` of that target."""
    return importlib.import_module(f"tests.fuzz.targets.{name}").check


def corpus(name: str) -> list[Path]:
    """The inputs that are kept for that target."""
    return sorted((CORPUS / name).iterdir())


def text_of(data: bytes) -> str:
    """The bytes as text, also with halves of characters; what is none becomes question marks."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def is_short_line(said: object, longest: int) -> None:
    """What is told of something bad is one printable line, of a sane length."""
    text = str(said)
    assert text.isprintable(), text
    assert len(text) <= longest, text
