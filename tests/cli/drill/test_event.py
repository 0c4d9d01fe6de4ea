"""The event of a drill is what Event Grid sends, with the time that was asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cli.drill.event import DrillEvent, drill_event
from core.ids import ConfigurationId
from core.model import PreMaintenanceEvent
from core.policy import Policy
from handlers.events import parse_event
from handlers.planning import timeline_of
from tests.builders import CONFIGURATION
from tests.stories import sample

ID = ConfigurationId.parse(CONFIGURATION)
SUBSCRIPTIONS = ("4f2c1f6e-1111-4d3a-9d3e-0a1b2c3d4e5f", "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def made(now: datetime, minutes: int = 1, reserve: float = 120.0) -> DrillEvent:
    """An event of a drill."""
    return drill_event(
        ID,
        SUBSCRIPTIONS,
        now=now,
        time=timedelta(minutes=minutes),
        reserve=timedelta(seconds=reserve),
    )


def parsed(envelope: dict[str, Any]) -> PreMaintenanceEvent:
    """The event, as the app understands it."""
    event = parse_event(envelope)
    assert isinstance(event, PreMaintenanceEvent)
    return event


def test_it_has_every_field_of_a_captured_event_and_no_other() -> None:
    envelope, captured = made(datetime(2026, 3, 1, 2, tzinfo=UTC)).envelope, sample()
    assert list(envelope) == list(captured)
    assert list(envelope["data"]) == list(captured["data"])
    assert {name: type(value) for name, value in envelope["data"].items()} == {
        name: type(value) for name, value in captured["data"].items()
    }


@given(now=MOMENTS, minutes=st.integers(1, 25), reserve=st.floats(0, 1500))
def test_the_checks_have_the_time_that_was_asked_for(
    now: datetime, minutes: int, reserve: float
) -> None:
    """Whatever the policy reserves for the cancel call, and though the event takes a second."""
    drill = made(now, minutes, reserve)
    event = parsed(drill.envelope)
    assert (event.run, event.subscriptions) == (drill.run, SUBSCRIPTIONS)
    assert event.run.is_drill
    line = timeline_of(event, Policy(reserve=reserve), now + timedelta(seconds=1))
    asked = timedelta(minutes=minutes)
    assert (
        asked - timedelta(seconds=1)
        <= line.check_by - line.planned_at
        <= asked + timedelta(seconds=2)
    )
    assert abs(line.check_by - drill.check_by) <= timedelta(seconds=1)


def test_each_drill_is_of_a_run_of_its_own() -> None:
    """So that the app judges it, and does not find an older one."""
    now = datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert made(now).run != made(now).run
