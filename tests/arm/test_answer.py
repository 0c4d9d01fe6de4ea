"""What an answer says: its JSON, Azure's own words, and when to ask again."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arm.answer import Answer, Fate, retry_after
from tests.arm.parts import cancel
from tests.scripted_server import answer, scripted
from tests.simulator.world import HandClock

_NOW = datetime(2026, 3, 1, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"null", b"5", b'"Cancelled"', b'{"a":', b"\xff\xfe{}", b"[" * 200_000],
    ids=["none", "html", "list", "null", "number", "text", "cut off", "no UTF-8", "nested"],
)
def test_what_is_no_json_object_is_no_body(body: bytes) -> None:
    """The status stays what it is."""
    with scripted(answer(200, body)) as server:
        assert cancel(server.url) == Answer(fate=Fate.ANSWERED, status=200)


def test_an_object_is_read_whatever_its_content_type() -> None:
    """Some errors come as text."""
    with scripted(answer(409, b'{"a": 1}', content_type="text/plain")) as server:
        told = cancel(server.url)
        assert (told.status, told.body) == (409, {"a": 1})


def test_retry_after_is_told_in_seconds() -> None:
    """As the header says it, by the story's clock."""
    soon = format_datetime(HandClock().now() + timedelta(seconds=30), usegmt=True)
    late = {"Retry-After": soon}
    with scripted(answer(429, headers={"Retry-After": "17"}), answer(503, headers=late)) as server:
        assert cancel(server.url).retry_after == 17
        assert cancel(server.url).retry_after == 30


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("Sun, 01 Mar 2026 01:21:00 GMT", 60),
        ("Sun, 01 Mar 2026 00:00:00 GMT", 0),  # a moment that is past
        ("Sun, 01 Mar 2026 02:21:00 +0100", 60),
        ("Sun, 01 Mar 2026 01:21:00 -0000", None),  # a time in no zone
        (None, None),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("5, 5", None),
        ("Sun, 99 Mar 2026 01:21:00 GMT", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    """Anything else says nothing."""
    assert retry_after(header, _NOW) == seconds


@given(st.text() | st.from_regex(r"\d+") | st.datetimes().map(lambda d: f"{d:%a, %d %b %Y %T GMT}"))
def test_no_header_breaks_it(header: str) -> None:
    """It is none, or not negative."""
    seconds = retry_after(header, _NOW)
    assert seconds is None or (seconds >= 0 and not math.isnan(seconds))


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"properties": {"status": "Cancelled"}}, "Cancelled"),
        ({"Properties": {"Status": "Cancelled"}}, "Cancelled"),
        ({"properties": {"status": 5}}, ""),
        ({"properties": {"status": None}}, ""),
        ({"properties": "Cancelled"}, ""),
        ({"properties": ["status"]}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_field_is_found_without_case(body: dict[str, object] | None, text: str) -> None:
    """Azure writes its field names both ways; what is no text is none."""
    told = Answer(fate=Fate.ANSWERED, status=200, body=body)
    assert told.text("properties", "status") == text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"code": "Conflict", "message": "too late"}}, "Conflict: too late"),
        ({"error": {"code": "Conflict", "message": "a\nb"}}, "Conflict: a\\nb"),
        ({"error": "Conflict"}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_azures_own_words_are_told(body: dict[str, object] | None, error: str) -> None:
    """On one line, if it is an error in ARM's form."""
    assert Answer(fate=Fate.ANSWERED, status=409, body=body).error == error
