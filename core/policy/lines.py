"""On which line each key of a TOML document stands. `tomllib` does not tell.

This reads only what `tomllib` has accepted, so it need not know what is legal: strings, comments,
brackets and separators are enough to find every key and every place in an array.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Path", "lines_of"]

# From the document down: names of keys, and places in arrays from 0.
Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''
      (?P<blank> [ \t\r]++ | \#[^\n]*+ )
    | (?P<text>
          """ (?: [^"\\] | \\. | "{1,2}(?!") )*+ "{3,5}
        | \'\'\' (?: [^'] | '{1,2}(?!') )*+ '{3,5}
        | " (?: [^"\\\n] | \\. )*+ "
        | ' [^'\n]*+ '
      )
    | (?P<sign> [][{}=.,\n] )
    | (?P<word> [^][{}=.,\n"'\#\ \t\r]++ )
    ''',
    re.VERBOSE | re.DOTALL,
)
_END = ""


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def lines_of(document: str) -> dict[Path, int]:
    """The line, from 1, of everything in the document that has a path: where it is first named.

    `document` is text that `tomllib.loads` accepts: of other text, raises `ValueError` or tells
    nonsense. An array of tables has its places too:
    `("for", 1, "mode")` is the key `mode` of the second `[[for]]`.
    """
    return _Scan(document).lines


def _tokens(document: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(document):
        kind = match.lastgroup or ""
        if kind != "blank":
            yield _Token(kind, match[0], line)
        line += match[0].count("\n")
    yield _Token("end", _END, line)


class _Scan:
    """One pass over the tokens."""

    def __init__(self, document: str) -> None:
        self._tokens = _tokens(document)
        self._next = next(self._tokens)
        self._length: Counter[Path] = Counter()  # of each array of tables so far
        self.lines: dict[Path, int] = {}
        table: Path = ()
        while self._next.kind != "end":
            if self._next.text == "[":
                table = self._header()
            elif self._next.text == "\n":
                self._take()
            else:
                self._pair(table)

    def _take(self) -> _Token:
        """The next token. Every loop here takes one, so that none can go on for ever."""
        token = self._next
        if token.kind == "end":
            raise ValueError(f"the document ends too early, in line {token.line}")
        self._next = next(self._tokens)
        return token

    def _at(self, path: Path, line: int) -> Path:
        self.lines.setdefault(path, line)
        return path

    def _header(self) -> Path:
        line = self._take().line
        is_array = self._next.text == "["
        if is_array:
            self._take()
        *above, last = self._key()
        path: Path = ()
        for part in above:
            path = self._at((*path, part.text), line)
            if count := self._length[path]:
                path = (*path, count - 1)  # it belongs to the latest of them
        path = self._at((*path, last.text), line)
        if is_array:
            self._length[path] += 1
            path = self._at((*path, self._length[path] - 1), line)
        while self._next.text == "]":
            self._take()
        return path

    def _key(self) -> list[_Token]:
        """The parts of a key, up to what ends it, which stays."""
        parts: list[_Token] = []
        while self._next.kind in ("word", "text") or self._next.text == ".":
            token = self._take()
            if token.kind == "text":
                parts.append(token._replace(text=tomllib.loads(f"k = {token.text}")["k"]))
            elif token.kind == "word":
                parts.append(token)
        return parts

    def _pair(self, table: Path) -> None:
        path = table
        for part in self._key():
            path = self._at((*path, part.text), part.line)
        self._take()  # the =
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._next.text == "{":
            self._inline_table(path)
        elif self._next.text == "[":
            self._array(path)
        else:
            self._take()
            while self._next.text not in (",", "]", "}", "\n", _END):
                self._take()

    def _inline_table(self, path: Path) -> None:
        self._take()
        while self._next.text != "}":
            if self._next.text in (",", "\n"):
                self._take()
            else:
                self._pair(path)
        self._take()

    def _array(self, path: Path) -> None:
        self._take()
        place = 0
        while self._next.text != "]":
            if self._next.text in (",", "\n"):
                self._take()
            else:
                self._value(self._at((*path, place), self._next.line))
                place += 1
        self._take()
