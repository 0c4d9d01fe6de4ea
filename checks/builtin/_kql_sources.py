"""Where a query reads from: its tables, and the types that it asks each of them for.

Resource Graph refuses a table that it does not know, and gives no rows, silently, for a type.
Source: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Source", "sources"]

_LITERAL = r"""'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*\""""
_TOKEN = re.compile(
    rf"""
      (?P<comment> //[^\n]* )
    | (?<![\w.]) (?: type | to(?:lower|upper|string) \s* \( \s* type \s* \) ) \s*
      (?: =~ | == | in~ | in\b ) \s* \(? \s*
      (?P<types> (?:{_LITERAL}) (?: \s*,\s* (?:{_LITERAL}) )* )
    | (?P<unread>
          (?<![\w.]) type \s* (?: \) \s* )*
          (?: =~ | == | in~ | in\b | (?: startswith | endswith | contains | has | matches ) \w* )
        | (?: =~ | == ) \s* type \b (?! \s* \( )
      )
    | (?P<text> @'(?:[^']|'')*' | @"(?:[^"]|"")*" | {_LITERAL} )
    | (?<![\w.]) (?P<table> [a-z]*resource(?:s|changes|containers|containerchanges) ) (?![\w.(])
    | (?P<start> \S )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DEFAULT = "resources"  # of a query that names no table first


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A table, in lower case, and the types that are asked of it; none if it is read as a whole.

    `unread`: more is asked of the type than what is listed, such as that it begins with something.
    """

    table: str
    types: tuple[str, ...] = ()
    unread: bool = False


def sources(query: str) -> Sequence[Source]:
    """What a query reads, in the order in which it does."""
    found: list[tuple[str, list[str]]] = []
    unread: set[int] = set()
    for token in _TOKEN.finditer(query):
        if token["comment"]:
            continue
        if token["table"]:
            found.append((token["table"].lower(), []))
        elif not found:
            found.append((_DEFAULT, []))
        if token["types"]:
            found[-1][1].extend(literal[1:-1] for literal in re.findall(_LITERAL, token["types"]))
        if token["unread"]:
            unread.add(len(found) - 1)
    return [
        Source(table=table, types=tuple(dict.fromkeys(types)), unread=number in unread)
        for number, (table, types) in enumerate(found)
    ]
