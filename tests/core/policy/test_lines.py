"""On which line a key stands: the same keys as `tomllib` finds, each on a line that names it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.policy.lines import Path, lines_of

DOCUMENT = '''\
# [not.a.table]
mode = "[[for]] # no"  # a comment with a = and a "
a . b."c d" = 1.5
when = 1979-05-27 07:32:00

[checks . "quoted"."\\u00e9"]
text = """
[no] = "no"
"" \\""" """""
literal = \'\'\'
[no] = 'no'\'\'\'\'
'single = 1' = { x = 1, y.z = { q = "}" } , w = [{ v = 1 }] }
list = [
    "a", # ]
    [ 1, 2 ],

    { b = "]" },
]
[[for]]
x = 1
[for.checks.y]
z = 2
[[for.inner]]
[[for.inner]]
last = true
[[for]]
"" = ""
[for.checks]'''


def paths_of(value: Any, at: Path = ()) -> Iterator[Path]:
    """The path of everything in what `tomllib` has read."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    for key, below in enumerate(value) if isinstance(value, list) else inner:
        yield (*at, key)
        yield from paths_of(below, (*at, key))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mode",), 2),
        (("a", "b", "c d"), 3),
        (("when",), 4),
        (("checks",), 6),
        (("checks", "quoted", "é"), 6),
        (("checks", "quoted", "é", "text"), 7),
        (("checks", "quoted", "é", "literal"), 10),
        (("checks", "quoted", "é", "single = 1", "y", "z", "q"), 12),
        (("checks", "quoted", "é", "single = 1", "w", 0, "v"), 12),
        (("checks", "quoted", "é", "list", 0), 14),
        (("checks", "quoted", "é", "list", 1, 1), 15),
        (("checks", "quoted", "é", "list", 2, "b"), 17),
        (("for",), 19),
        (("for", 0, "x"), 20),
        (("for", 0, "checks", "y", "z"), 22),
        (("for", 0, "inner", 1), 24),
        (("for", 0, "inner", 1, "last"), 25),
        (("for", 1), 26),
        (("for", 1, ""), 27),
        (("for", 1, "checks"), 28),
    ],
)
def test_each_key_has_its_line(path: Path, line: int) -> None:
    """In tables, arrays of tables, inline tables and arrays, past strings that look like them."""
    assert lines_of(DOCUMENT)[path] == line


def test_no_key_is_missing_and_none_is_made_up() -> None:
    """Of a document with all that TOML has."""
    assert set(lines_of(DOCUMENT)) == set(paths_of(tomllib.loads(DOCUMENT)))


BARE = st.sampled_from(["a", "b", "c", "for", "1", "true", "-_", "1979-05-27"])
TEXT = st.text("ab\"\\'#=[]{}.,\n \té", max_size=5)
BASIC = TEXT.map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
)
LITERAL = TEXT.map(lambda text: "'" + text.replace("'", "").replace("\n", "") + "'")
MULTI = st.one_of(
    TEXT.map(lambda text: '"""' + text.replace("\\", "\\\\") + '"""'),
    TEXT.map(lambda text: "'''" + text + "'''"),
    st.sampled_from(['""""a"""""', "''''a'''''", '""""""', "''''''", '"""\\\n  a"""', '"""\\""""']),
)
BLANK = st.sampled_from(["", "", " ", "\t"])
BREAK = st.sampled_from(["", "", " ", "\n", " # ] } = [x]\n", "\n\n"])
KEY = st.builds(
    lambda parts, blank: f"{blank}.{blank}".join(parts),
    st.lists(BARE | BASIC | LITERAL, min_size=1, max_size=3),
    BLANK,
)
NUMBER = st.sampled_from(
    ["1", "-1.5", "1e3", "inf", "0xF", "true", "07:32:00", "1979-05-27 07:32:00Z", "1979-05-27"]
)
VALUE = st.recursive(
    NUMBER | BASIC | LITERAL | MULTI,
    lambda inner: st.one_of(
        st.builds(
            lambda values, gap, end: f"[{gap}" + f"{gap},{gap}".join(values) + f"{end}{gap}]",
            st.lists(inner, min_size=1, max_size=3),
            BREAK,
            st.sampled_from(["", ","]),
        ),
        st.builds(
            lambda pairs, blank: "{" + f"{blank},{blank}".join(pairs) + "}",
            st.lists(st.builds("{} = {}".format, KEY, inner), max_size=3),
            BLANK,
        ),
        st.sampled_from(["[]", "{}", "[ # none\n]"]),
    ),
    max_leaves=6,
)
STATEMENT = st.one_of(
    st.builds("{}{} = {}".format, BLANK, KEY, VALUE),
    st.builds("[{}]".format, KEY),
    st.builds("[[{}]]".format, KEY),
    st.sampled_from(["", "# [x] = 1", "   "]),
)


@settings(deadline=None, max_examples=120)
@given(
    statements=st.lists(st.tuples(STATEMENT, st.sampled_from(["", " # ]"])), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
)
@example(statements=[("[[a]]", ""), ("[a.b]", ""), ("[[a]]", ""), ("[a.b]", "")], end="\n")
def test_any_document_has_the_keys_that_tomllib_finds(
    statements: list[tuple[str, str]], end: str
) -> None:
    """And each stands on the line on which it begins."""
    document, begins = _accepted(statements, end)
    lines = lines_of(document)
    assert set(lines) == set(paths_of(tomllib.loads(document)))
    assert all(1 <= line <= document.count("\n") + 1 for line in lines.values())
    # What a statement adds lies between its first line and the next statement's.
    for before, after, first, last in begins:
        assert all(first <= lines[path] < last for path in after - before)


def _accepted(
    statements: list[tuple[str, str]], end: str
) -> tuple[str, list[tuple[set[Path], set[Path], int, int]]]:
    """The statements that `tomllib` accepts one after another, and what each of them added."""
    document, known, begins = "", set[Path](), []
    for statement, comment in statements:
        longer = f"{document}{statement}{comment}{end}"
        with suppress(tomllib.TOMLDecodeError):
            paths = set(paths_of(tomllib.loads(longer)))
            begins.append((known, paths, document.count("\n") + 1, longer.count("\n") + 1))
            document, known = longer, paths
    return document, begins


@pytest.mark.parametrize(
    ("text", "line"), [("a = [1", 1), ("\na = {b = 1", 2), ("a", 1), ("\n\na = ", 3)]
)
def test_a_document_that_ends_too_early_is_refused(text: str, line: int) -> None:
    """It is never read for ever, although only what `tomllib` accepts is promised to be read."""
    with pytest.raises(ValueError, match=f"^the document ends too early, in line {line}$"):
        lines_of(text)
