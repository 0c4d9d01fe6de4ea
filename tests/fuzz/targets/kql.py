"""A value in a query: it stays one literal, on one line, and means just itself."""

from __future__ import annotations

import re

from core.kql import fill
from tests.fuzz.parts import text_of

_QUERY = "resources | where id =~ {a} and name in~ {b} | project id"
_LITERAL = r"'(?:[^'\\\x00-\x1f\x7f]|\\(?:['\\]|u[0-9a-f]{4}))*'"
_WHOLE = re.compile(
    rf"resources \| where id =~ ({_LITERAL}) and name in~ \(({_LITERAL}(?:, {_LITERAL})*)\)"
    r" \| project id"
)


def check(data: bytes) -> None:
    """The bytes as a text, and as a list of texts, in a query."""
    text = text_of(data)
    texts = text.split("\x1f")
    query = fill(_QUERY, {"a": text, "b": texts})
    assert query.isprintable()
    found = _WHOLE.fullmatch(query)
    assert found, query
    assert _meant(found[1]) == _halves(text)
    assert [_meant(one) for one in re.findall(_LITERAL, found[2])] == [_halves(t) for t in texts]


def _meant(literal: str) -> str:
    """What Kusto reads: each escape is a character, or half of one."""
    escaped = re.compile(r"\\(?:u([0-9a-f]{4})|(.))")
    plain = escaped.sub(lambda m: chr(int(m[1], 16)) if m[1] else m[2], literal[1:-1])
    return _halves(plain)


def _halves(text: str) -> str:
    """The text in UTF-16, which is how Kusto counts characters."""
    return text.encode("utf-16-be", "surrogatepass").hex()
