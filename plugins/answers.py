"""What a function may raise instead of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CannotTell", "Planned"]


class CannotTell(Exception):
    """There is no answer: raised about the subject, or given for a machine in a mapping.

    Like any other exception it makes an UNKNOWN, only with a sentence of its own.
    """


class Planned(BaseException):
    """An action has said what it is about to change, and is stopped there until that is kept.

    No `Exception`, so that an author's own `except Exception` does not swallow it.
    """

    def __init__(self, memory: Mapping[str, Any]) -> None:
        super().__init__("about to change something")
        self.memory = dict(memory)
