"""An event from a file, and its times moved so that it arrives now."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.event_file import moved_to, read_event
from core.errors import BadEvent
from core.model import PreMaintenanceEvent
from handlers.events import parse_event

SAMPLES = sorted((Path(__file__).parents[2] / "samples" / "events").glob("*.json"))
NOW = datetime(2031, 5, 6, 7, 8, 9, 123456, tzinfo=UTC)


def sample(name: str, **changes: Any) -> dict[str, Any]:
    """The envelope of a sample event, with other values in its data or beside it."""
    path = next(p for p in SAMPLES if p.name.startswith(name))
    envelope = read_event(path.read_bytes())
    for key, value in changes.items():
        (envelope["data"] if key in envelope["data"] else envelope)[key] = value
    return envelope


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_all_times_move_together(path: Path) -> None:
    before = parse_event(envelope := read_event(path.read_bytes()))
    moved = moved_to(NOW, envelope)
    after = moved.event
    assert after.start - before.start == moved.by
    assert after.end - after.start == before.end - before.start
    assert after.event_time - after.start == before.event_time - before.start
    if isinstance(before, PreMaintenanceEvent):
        assert isinstance(after, PreMaintenanceEvent)
        assert (
            after.start - after.cancellation_cut_off == before.start - before.cancellation_cut_off
        )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_it_arrives_now_and_is_the_same_run(path: Path) -> None:
    envelope = read_event(path.read_bytes())
    moved = moved_to(NOW, envelope)
    assert abs(moved.arrives - NOW) < timedelta(seconds=1)
    assert moved.event.run == parse_event(envelope).run
    assert moved.envelope["id"] == envelope["id"]


def test_a_pre_event_comes_before_its_run_however_late_it_was_written_down() -> None:
    """An event time that cannot be that of a pre event is not taken for its arrival."""
    moved = moved_to(NOW, sample("pre.eventgrid", eventTime="2026-11-29T00:00:00Z"))
    assert moved.event.start - moved.arrives == timedelta(minutes=38)


def test_a_pre_event_that_came_late_comes_late_again() -> None:
    moved = moved_to(NOW, sample("pre.eventgrid", eventTime="2026-11-28T02:46:00Z"))
    assert moved.event.start - moved.arrives == timedelta(minutes=14)


def test_the_event_that_was_read_stays_as_it_is() -> None:
    envelope = sample("pre.cloudevents")
    text = json.dumps(envelope)
    moved_to(NOW, envelope)
    assert json.dumps(envelope) == text


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        (b"{", "body"),
        (b"\xff\xfe", "body"),
        (b"[]", "0 events"),
        (b"[{}, {}]", "2 events"),
        (b"7", "event"),
        (b'{"eventType": "Microsoft.Resources.ResourceWriteSuccess"}', "ResourceWriteSuccess"),
        (b"{}", "type"),
    ],
)
def test_what_is_no_maintenance_event_is_named(text: bytes, culprit: str) -> None:
    with pytest.raises(BadEvent, match=culprit):
        read_event(text)


def test_an_event_with_other_types_in_its_data_is_refused() -> None:
    with pytest.raises(BadEvent, match="StartDateTime"):
        moved_to(NOW, sample("pre.eventgrid", StartDateTime=7))
