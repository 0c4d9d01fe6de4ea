"""Bicep as these tests read it: its tokens, and the tree that pycep makes of it.

In pycep's tree a text and a name look alike: 'a' and a are both "a". So a text is marked before it
is parsed, where it is a value and nothing else. What pycep 0.7 does not read, though it is Bicep:
the spread operator, `if` in a loop, types that are unions or objects in place, a comparison before
`?` without brackets, and files of parameters. infra/ does without the first four; of the last,
parameters are read as variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pycep import BicepParser

INFRA = Path(__file__).resolve().parents[2] / "infra"
MARK = "§"  # begins a text, as against a name or an expression

_LEX = re.compile(
    r"(?P<space>[ \t\r]+|//[^\n]*|/\*.*?\*/)|(?P<line>\n)|(?P<long>'''.*?''')|(?P<quote>')"
    r"|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<sign>=>|==|!=|<=|>=|&&|\|\||\?\?|::|.)",
    re.DOTALL,
)
_INSIDE = re.compile(r"\\.|\$\{|'|[^\\'$]+|\$", re.DOTALL)
_OPEN, _CLOSE = "([{", ")]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A word, number, sign, line end, or a text with the tokens of what stands in it."""

    kind: str
    text: str
    start: int
    end: int
    inner: tuple[Token, ...] = ()


def tokens(text: str, at: int = 0, *, nested: bool = False) -> list[Token]:
    """The tokens from there on; those of `${…}` end with its brace. Raises `ValueError`."""
    found: list[Token] = []
    depth = 0
    while at < len(text):
        lexed = _LEX.match(text, at)
        assert lexed is not None
        kind, end = str(lexed.lastgroup), lexed.end()
        inner: tuple[Token, ...] = ()
        if kind == "quote":
            kind = "text"
            end, inner = _text(text, lexed.end())
        if nested and kind == "sign":
            depth += (lexed[0] == "{") - (lexed[0] == "}")
            if depth < 0:
                return found
        if kind != "space":
            found.append(Token(kind=kind, text=text[at:end], start=at, end=end, inner=inner))
        at = end
    if nested:
        raise ValueError("a ${ is not closed")
    return found


def _text(text: str, at: int) -> tuple[int, tuple[Token, ...]]:
    """Where a text ends, and the tokens that stand in it."""
    inner: list[Token] = []
    while found := _INSIDE.match(text, at):
        at = found.end()
        if found[0] == "'":
            return at, tuple(inner)
        if found[0] == "${":
            parts = tokens(text, at, nested=True)
            inner.extend(parts)
            at = text.index("}", parts[-1].end if parts else at) + 1
    raise ValueError("a text is not closed")


def flat(listed: Sequence[Token]) -> Iterator[Token]:
    """All tokens, those inside of texts too, between brackets."""
    for token in listed:
        if token.inner:
            yield Token(kind="sign", text="(", start=token.start, end=token.start)
            yield from flat(token.inner)
            yield Token(kind="sign", text=")", start=token.end, end=token.end)
        else:
            yield token


def closing(listed: Sequence[Token], opening: int) -> int:
    """The index of the bracket that closes the one at `opening`."""
    depth = 0
    for index in range(opening, len(listed)):
        if listed[index].kind == "sign":
            depth += (listed[index].text in _OPEN) - (listed[index].text in _CLOSE)
            if depth == 0:
                return index
    raise ValueError(f"{listed[opening].text} is not closed")


@cache
def _parser() -> BicepParser:
    return BicepParser()


@dataclass(frozen=True, kw_only=True)
class Bicep:
    """One file: `path` is where it stands, or would stand."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Bicep:
        """The file of that path."""
        return cls(path=path, text=path.read_text(encoding="utf-8"))

    @property
    def name(self) -> str:
        """Its path below infra/."""
        return str(self.path.relative_to(INFRA))

    @property
    def is_parameters(self) -> bool:
        """It gives values to the parameters of another file."""
        return self.path.suffix == ".bicepparam"

    @cached_property
    def tokens(self) -> list[Token]:
        """All its tokens."""
        return list(flat(tokens(self.text)))

    @cached_property
    def tree(self) -> dict[str, Any]:
        """What pycep makes of it. Raises what pycep raises."""
        text = _marked(self.text)
        if self.is_parameters:
            text = re.sub(r"^using .*$", "", text, flags=re.MULTILINE)
            text = re.sub(r"^param (\w+) =", r"var \1 =", text, flags=re.MULTILINE)
        return dict(_parser().parse(text=text))

    def part(self, name: str) -> dict[str, Any]:
        """Its parameters, variables, resources, modules or outputs, by name."""
        found: dict[str, Any] = self.tree.get(name, {})
        return found

    @property
    def scope(self) -> str:
        """What it is deployed to."""
        return str(self.tree["globals"]["scope"]["value"]).removeprefix(MARK)


def _marked(text: str) -> str:
    """The same with a mark in front of each text that is a value."""
    found = tokens(text)
    places = [
        token.start + 1
        for number, token in enumerate(found)
        if token.kind == "text" and not _names(found, number)
    ]
    for place in reversed(places):
        text = f"{text[:place]}{MARK}{text[place:]}"
    return text


def _names(found: list[Token], number: int) -> bool:
    """This text is a type, a path or a key, or belongs to a decorator."""
    before = found[number - 2].text if number > 1 else ""
    line = next(
        (index + 1 for index in range(number - 1, -1, -1) if found[index].kind == "line"), 0
    )
    after = found[number + 1].text if number + 1 < len(found) else ""
    is_key = after == ":" and (number == line or found[number - 1].text in ("{", ","))
    head = found[line].text
    # The texts of @allowed stand on lines of their own, and are no values either way.
    return before in ("resource", "module") or is_key or head in ("@", "targetScope", "using")


FILES = sorted(INFRA.rglob("*.bicep"))
PARAMETERS = sorted(INFRA.rglob("*.bicepparam"))
