"""A sheet of characters, each with a style, for drawings that prose cannot make."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from rich.text import Text

__all__ = ["Canvas"]


class Canvas:
    """Rows of `width` cells. What lies outside is not drawn; what is drawn later covers."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[list[tuple[str, str]]] = []

    @property
    def height(self) -> int:
        """Rows so far."""
        return len(self._rows)

    def put(self, row: int, column: int, text: str, style: str = "") -> None:
        """Write from there to the right."""
        while len(self._rows) <= row:
            self._rows.append([(" ", "")] * self._width)
        for at, character in enumerate(text, start=column):
            if 0 <= at < self._width:
                self._rows[row][at] = (character, style)

    def is_free(self, row: int, column: int, length: int) -> bool:
        """Nothing stands there, nor right beside it, and it is on the sheet."""
        if column < 0 or column + length > self._width:
            return False
        if row >= len(self._rows):
            return True
        beside = self._rows[row][max(0, column - 1) : column + length + 1]
        return all(character == " " for character, _ in beside)

    def lines(self) -> Iterator[Text]:
        """The rows, without the spaces at their ends."""
        for row in self._rows:
            text = Text(no_wrap=True)
            for style, cells in groupby(row, key=itemgetter(1)):
                text.append("".join(character for character, _ in cells), style)
            text.rstrip()
            yield text
