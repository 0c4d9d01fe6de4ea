"""What checks, and actions, are called on the command line, and where their words differ."""

from __future__ import annotations

from dataclasses import dataclass

from actions.kind import ACTIONS
from checks.kind import CHECKS
from plugins.api import Word
from plugins.kinds import Kind

__all__ = ["Words", "words_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`about` heads a column, `asked` and `cannot` are parts of sentences about one of them."""

    kind: Kind
    about: str
    asked: str
    cannot: str

    @property
    def many(self) -> str:
        """All of them, in a word that is the command's as well."""
        return self.kind.table


_CHECKS = Words(kind=CHECKS, about="asks about", asked="asked about", cannot="cannot be asked")
_ACTIONS = Words(kind=ACTIONS, about="done to", asked="done to", cannot="cannot be done")


def words_of(word: Word) -> Words:
    """Those of that kind."""
    return _CHECKS if word == "check" else _ACTIONS
