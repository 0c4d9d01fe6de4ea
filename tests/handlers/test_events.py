"""Event Grid JSON in, a typed maintenance event out, or an error that names the culprit."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ids import ConfigurationId
from core.model import PostMaintenanceEvent, PreMaintenanceEvent
from handlers.events import POST, PRE, envelopes, event_type, parse_event
from tests.builders import CONFIGURATION, SUBSCRIPTION
from tests.handlers.event_fields import (
    DATA,
    EVENTS,
    OTHER,
    cloud_event,
    event_grid,
    refusal_of,
)


@pytest.mark.parametrize("make", [event_grid, cloud_event])
def test_a_pre_event_in_either_schema(make: Any) -> None:
    """Says when the run starts, until when it may be cancelled, and where its machines are."""
    event = parse_event(make())
    assert isinstance(event, PreMaintenanceEvent)
    assert event.configuration == ConfigurationId.parse(CONFIGURATION)
    assert event.run.name == "20261128030000"
    assert event.event_time == datetime(2026, 11, 28, 2, 22, 0, 123456, tzinfo=UTC)
    assert event.start == datetime(2026, 11, 28, 3, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert event.cancellation_cut_off == datetime(2026, 11, 28, 2, 59, tzinfo=UTC)
    assert event.subscriptions == (SUBSCRIPTION, OTHER)


@pytest.mark.parametrize("make", [event_grid, cloud_event])
def test_a_post_event_in_either_schema(make: Any) -> None:
    """Has a status, and needs no cut-off."""
    envelope = make(POST)
    envelope["data"] = {k: v for k, v in envelope["data"].items() if "utOff" not in k}
    event = parse_event(envelope)
    assert isinstance(event, PostMaintenanceEvent)
    assert event.status == "Succeeded"


def test_both_schemas_say_the_same() -> None:
    """Whichever the subscription is set to."""
    assert parse_event(event_grid()) == parse_event(cloud_event())
    assert parse_event(event_grid(POST)) == parse_event(cloud_event(POST))


@pytest.mark.parametrize("path", sorted(EVENTS.glob("*.json")), ids=lambda path: path.name)
def test_every_sample_file_parses(path: Path) -> None:
    """They are what a new user tries first."""
    (envelope,) = envelopes(path.read_bytes())
    event = parse_event(envelope)
    kind = PreMaintenanceEvent if path.name.startswith("pre") else PostMaintenanceEvent
    assert isinstance(event, kind)


def test_there_is_a_sample_of_each_kind_in_each_schema() -> None:
    """Two schemas, two types."""
    assert {path.name for path in EVENTS.glob("*.json")} >= {
        f"{kind}.{schema}.json"
        for kind in ("pre", "post")
        for schema in ("eventgrid", "cloudevents")
    }


@settings(deadline=None, max_examples=150)
@given(seed=st.integers(), kind=st.sampled_from([PRE, POST]))
def test_field_names_of_data_are_read_in_any_case(seed: int, kind: str) -> None:
    """Two spellings are published; a third would be read as well."""
    chance = random.Random(seed)  # noqa: S311 - letters of a field name
    envelope = event_grid(kind)
    envelope["data"] = {
        "".join(chance.choice((c.lower(), c.upper())) for c in name): value
        for name, value in DATA.items()
    }
    assert parse_event(envelope) == parse_event(event_grid(kind))


@pytest.mark.parametrize("name", [name for name in DATA if name != "Status"])
def test_a_missing_field_is_named(name: str) -> None:
    """In the spelling of the documentation."""
    envelope = event_grid()
    del envelope["data"][name]
    assert refusal_of(envelope).field == name


def test_a_post_event_without_a_status_is_refused() -> None:
    """A pre event has none."""
    envelope = event_grid(POST)
    del envelope["data"]["Status"]
    assert refusal_of(envelope).field == "Status"
    envelope["eventType"] = PRE
    assert isinstance(parse_event(envelope), PreMaintenanceEvent)


@pytest.mark.parametrize("data", [None, "text", [], 5, True])
def test_data_must_be_an_object(data: Any) -> None:
    """And be there."""
    assert refusal_of({**event_grid(), "data": data}).field == "data"


def test_a_field_given_twice_must_say_the_same_twice() -> None:
    """Both published spellings in one event are harmless until they disagree."""
    both = event_grid(startDateTime=DATA["StartDateTime"])
    assert parse_event(both) == parse_event(event_grid())
    error = refusal_of(event_grid(startDateTime="2026-11-28T04:00:00Z"))
    assert error.field == "data.startDateTime"
    assert error.value == "2026-11-28T04:00:00Z"


def test_a_long_value_is_shortened() -> None:
    """A hostile one can neither flood the log nor begin a line of its own in it."""
    error = refusal_of(event_grid(CorrelationId="\nCRITICAL" + "x" * 100_000))
    assert error.field == "CorrelationId"
    assert len(error.value) <= 300


@pytest.mark.parametrize("kind", [PRE.lower(), PRE + " ", "Microsoft.Maintenance", "", None, 5, []])
def test_types_are_matched_exactly(kind: Any) -> None:
    """Anything else is not ours: the caller ignores it, and here it is refused."""
    envelope = {**event_grid(), "eventType": kind}
    assert event_type(envelope) not in (PRE, POST)
    assert refusal_of(envelope).field == "type"


def test_the_type_is_read_in_either_schema() -> None:
    """And is text, or nothing."""
    assert event_type(event_grid()) == event_type(cloud_event()) == PRE
    assert event_type(event_grid(POST)) == event_type(cloud_event(POST)) == POST
    assert event_type({}) == event_type({"type": 5}) == event_type({"eventType": ["x"]}) == ""
