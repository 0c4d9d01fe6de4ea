"""One delivery: text or bytes in, JSON objects out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadEvent
from handlers.events import POST, envelopes
from tests.handlers.event_fields import (
    cloud_event,
    event_grid,
)


@pytest.mark.parametrize("wrap", [str, str.encode, json.loads])
def test_a_delivery_is_one_event_or_an_array(wrap: Any) -> None:
    """As text, bytes or read already."""
    one, two = event_grid(), cloud_event(POST)
    assert list(envelopes(wrap(json.dumps(one)))) == [one]
    assert list(envelopes(wrap(json.dumps([one, two])))) == [one, two]
    assert list(envelopes(wrap("[]"))) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "nonsense",
        "{'a': 1}",
        b"\xff\xfe\xfd",
        b"\x00",
        "[" * 100_000,
        '{"data":' * 50_000,
        '{"n": ' + "9" * 10_000 + "}",
    ],
    ids=["empty", "torn", "text", "quotes", "no utf-8", "nul", "deep", "deep objects", "number"],
)
def test_what_is_not_json_is_named(body: str | bytes) -> None:
    """With its beginning."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "body"
    assert len(str(refusal.value)) < 800


@pytest.mark.parametrize("body", ["5", "null", '"text"', "[5]", "[[]]", "true"])
def test_json_that_is_no_event_is_named(body: str) -> None:
    """An event is an object."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "event"


@pytest.mark.parametrize("body", ["x" * 5_000_000, b"x" * 5_000_000, "ü" * 600_000])
def test_five_megabytes_are_not_even_read(body: str | bytes) -> None:
    """Event Grid sends one at most; bytes count, not letters."""
    with pytest.raises(BadEvent) as refusal:
        list(envelopes(body))
    assert refusal.value.field == "body"
    assert "bytes" in refusal.value.value


@settings(deadline=None, max_examples=200)
@given(body=st.binary(max_size=60) | st.text(max_size=60))
def test_any_body_gives_objects_or_a_refusal(body: str | bytes) -> None:
    """Whatever is posted to the endpoint."""
    with suppress(BadEvent):
        assert all(isinstance(envelope, Mapping) for envelope in envelopes(body))
