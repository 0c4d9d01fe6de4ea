"""When no story can be started, the last delivery in time keeps the run from starting.

Event Grid's schedule: 10 s after the first failure, then 30 s, 1, 5, 10, 30 min, 1, 3, 6 h, 12 h …,
each counted from an answer that may take up to 30 s.
Source: https://learn.microsoft.com/azure/event-grid/delivery-and-retry
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from core.model import PreMaintenanceEvent
from core.policy import Policy
from core.settings import Settings
from core.timeline import plan
from handlers.last_resort import cancel_by_ourselves, must_act_now
from handlers.services import Services
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock
from tests.stories import at, pre_event

WAITS = (10, 30, 60, 300, 600, 1800, 3600, 10800, 21600)
EVENT = pre_event()


def check_by(event: PreMaintenanceEvent, now: datetime) -> datetime:
    """When checks must have answered."""
    return plan(
        start=event.start,
        cancellation_cut_off=event.cancellation_cut_off,
        now=now,
        reserve=timedelta(seconds=Policy().reserve),
    ).check_by


def deliveries(first: datetime, answers: list[float]) -> Iterator[datetime]:
    """When Event Grid delivers an event that fails each time, after so many seconds each."""
    moment = first
    for wait, answer in zip(chain(WAITS, repeat(43200)), chain(answers, repeat(0.0)), strict=False):
        yield moment
        moment += timedelta(seconds=answer + wait)


@tried(deadline=None, max_examples=500)
@given(
    before=st.integers(1, 60 * 60),
    delay=st.floats(0, 3000),
    answers=st.lists(st.sampled_from([0.0, 30.0]) | st.floats(0, 30), max_size=8),
)
def test_one_delivery_before_check_by_acts_if_there_was_any(
    before: int, delay: float, answers: list[float]
) -> None:
    """Whenever the event was made, however late it came first, and however slowly we failed."""
    event = replace(EVENT, event_time=EVENT.start - timedelta(seconds=before))
    in_time = []
    for moment in deliveries(event.event_time + timedelta(seconds=delay), answers):
        if moment >= check_by(event, EVENT.start - timedelta(hours=2)):
            break
        in_time.append(moment)
    assert not in_time or any(must_act_now(event, Policy(), moment) for moment in in_time)


def test_a_first_delivery_in_good_time_leaves_it_to_later_ones() -> None:
    """The engine may well be back in ten seconds, and then the run is judged."""
    assert not must_act_now(EVENT, Policy(), EVENT.event_time)
    assert not must_act_now(EVENT, Policy(), at("02:22:10"))


@pytest.mark.parametrize("clock", ["02:47:30", "02:49:59", "02:55", "02:59:59"])
def test_from_check_by_on_it_acts(clock: str) -> None:
    """Until the run starts: the cut-off may be published wrongly, and asking costs nothing."""
    assert must_act_now(EVENT, Policy(), at(clock))


@pytest.mark.parametrize("clock", ["03:00", "04:00"])
def test_once_the_run_has_started_it_does_not_act(clock: str) -> None:
    """Nothing can stop it any more."""
    assert not must_act_now(EVENT, Policy(), at(clock))


@tried(deadline=None, max_examples=50)
@given(minutes=st.integers(-60, 60))
def test_in_observe_mode_it_never_acts(minutes: int) -> None:
    """Observing means everything but the call."""
    now = EVENT.start + timedelta(minutes=minutes)
    assert not must_act_now(EVENT, Policy(mode="observe"), now)


def services(root: Path, url: str, clock: FakeClock) -> Services:
    """The app's parts, at that time, before that simulator."""
    environment = {"PATCHGATE_SIMULATOR": url}
    return Services(settings=Settings.from_environment(environment), root=root, clock=clock)


def test_it_cancels_and_says_so_as_loud_as_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that nobody judged was cancelled: somebody must know."""
    clock = FakeClock(at("02:48"))
    azure = Azure(
        load_scenario(""),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    with serve(azure) as url, caplog.at_level(logging.CRITICAL, logger="patchgate"):
        parts = services(tmp_path, url, clock)
        outcome = asyncio.run(cancel_by_ourselves(EVENT, Policy(), parts))
    assert outcome.confirmed
    assert azure.run_status == "Cancelled"
    assert "was not judged" in caplog.text
    assert str(EVENT.run) in caplog.text


@pytest.mark.parametrize("clock", ["02:48", "02:59:50"])
def test_without_an_azure_it_gives_up_in_time_and_says_so(
    clock: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Before Event Grid stops waiting for the answer, and before the run starts."""
    hands = FakeClock(at(clock))
    parts = services(tmp_path, "http://127.0.0.1:9", hands)
    outcome = asyncio.run(cancel_by_ourselves(EVENT, Policy(), parts))
    assert not outcome.confirmed
    assert hands.now() <= min(at(clock) + timedelta(seconds=30), EVENT.start)
    assert caplog.records[-1].levelno == logging.CRITICAL
    assert "was not judged" in caplog.records[-1].getMessage()
