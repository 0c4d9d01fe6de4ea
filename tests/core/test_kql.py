"""A value in a query stays a value, whatever is in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import duckdb_kql
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.kql import fill, without_comments

TEXTS = st.text(max_size=30) | st.text(
    st.sampled_from("'\"\\\n\r\t|;`{}$/*\x00\u2028é😀"), max_size=12
)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("web", "'web'"),
        ("it's", r"'it\'s'"),
        ("a\\", r"'a\\'"),
        ("a\nb", r"'a\u000ab'"),
        (7, "7"),
        (0.5, "0.5"),
        (True, "true"),
        (False, "false"),
        ("\U000e0041", r"'\udb40\udc41'"),
        ("\ud800", r"'\ud800'"),
        (["a", "b"], "('a', 'b')"),
        ([], "('')"),
        (
            datetime(2026, 11, 28, 4, tzinfo=timezone(timedelta(hours=1))),
            "datetime(2026-11-28T03:00:00.000000Z)",
        ),
    ],
)
def test_a_value_becomes_a_literal(value: str, literal: str) -> None:
    assert fill("where x == {x}", {"x": value}) == f"where x == {literal}"


def test_a_name_without_a_value_is_named() -> None:
    with pytest.raises(ValueError, match=r"\{stat\}.*state"):
        fill("where x == {stat}", {"state": "on"})


def test_braces_that_hold_no_name_stay() -> None:
    """As in `dynamic({"a": 1})`, or a pattern."""
    text = "where x matches regex '[0-9]{2,3}' and y == dynamic({\"a\": 1})"
    assert fill(text, {}) == text


@given(TEXTS)
def test_a_text_is_one_literal_on_one_line(text: str) -> None:
    """No quote in it ends it, and nothing in it begins a line."""
    literal = fill("{x}", {"x": text})
    assert literal[0] == literal[-1] == "'"
    inner = literal[1:-1].replace("\\\\", "").replace("\\'", "")
    assert "'" not in inner
    assert literal.isprintable()


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=9, unique=True))
def test_a_query_finds_just_that_text(texts: list[str]) -> None:
    """Executed: the row that holds the text, and no other."""
    connection = duckdb_kql.connect()
    connection.execute("CREATE TABLE t AS SELECT unnest(?::VARCHAR[]) AS x", [texts])
    query = fill("t | where x == {x} | project x", {"x": texts[0]})
    assert duckdb_kql.kql(connection, query).fetchall() == [(texts[0],)]


def test_a_value_may_look_like_a_place() -> None:
    """What has been filled in is not filled again."""
    assert fill("{a} {b}", {"a": "{b}", "b": "x"}) == "'{b}' 'x'"


def test_comments_of_a_file_are_not_sent() -> None:
    text = "// what it asks\nresources\n  // and why\n| project url = 'https://x'"
    assert without_comments(text) == "resources\n| project url = 'https://x'"


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose own clock is nine hours before UTC's."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", "XXX-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("somewhere")
def test_moments_are_asked_in_utc() -> None:
    """Wherever the app runs, and whatever zone they come in."""
    summer = datetime(2026, 7, 1, tzinfo=UTC)
    for moment in (summer, summer.astimezone(timezone(timedelta(hours=-5)))):
        assert fill("{at}", {"at": moment}) == "datetime(2026-07-01T00:00:00.000000Z)"


def test_a_query_is_not_sent_with_a_place_that_nothing_fills() -> None:
    """The error names it, and what there is."""
    with pytest.raises(ValueError, match=r"^the query has \{x\}, and there is a value for a, b$"):
        fill("{x}", {"b": 1, "a": 2})
    with pytest.raises(
        ValueError, match=r"^the query has \{x\}, and there is a value for no name$"
    ):
        fill("{x}", {})
