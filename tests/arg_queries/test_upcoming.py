"""The runs that are about to start, whether or not an event has told of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from arg_queries.upcoming import Upcoming, UpcomingRun, upcoming_runs
from tests.arg_queries.parts import LATER, SUBSCRIPTION, graph, page
from tests.scripted_server import answer, scripted
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS, HandClock, world

HOUR = timedelta(hours=1)
ROW = {
    "id": RUN.key,
    "start": f"{START:%Y-%m-%dT%H:%M:%S}.0000000Z",
    "end": END.isoformat(),
    "subscriptions": [SUBSCRIPTION.upper()],
    "status": "Pending",
}


def ask(url: str, clock: HandClock, ahead: timedelta = HOUR) -> Upcoming:
    """What starts from now on, for so long."""
    now: datetime = clock.now()
    return upcoming_runs(graph(url, clock), since=now, until=now + ahead, deadline=now + LATER)


def test_a_run_is_found_by_its_rows() -> None:
    """With its times, its state, and every subscription in which it has rows."""
    with world() as w:
        (found,) = ask(w.url, w.clock).runs
    assert found.run == RUN
    assert (found.start, found.end, found.status) == (START, END, "Pending")
    assert set(found.subscriptions) == set(SUBSCRIPTIONS)


def test_a_run_is_found_by_the_rows_of_its_machines_alone() -> None:
    """Its own row is no documented one, and may come late: its state is then unknown."""
    rows = "[[machines]]\ncount = 2\nlag = 0\n[graph]\nlag = 60\n"
    with world(rows) as w:
        (found,) = ask(w.url, w.clock).runs
    assert (found.run, found.status) == (RUN, "")


def test_every_subscription_that_can_be_read_is_asked() -> None:
    """No event names any."""
    with world() as w:
        ask(w.url, w.clock)
        assert w.azure.seen[0].body.get("subscriptions") is None


def test_what_starts_later_or_has_started_is_not_upcoming() -> None:
    with world() as w:
        to_start = START - w.clock.now()
        assert ask(w.url, w.clock, to_start - timedelta(seconds=1)).runs == ()
        assert len(ask(w.url, w.clock, to_start).runs) == 1
        w.clock.move_to(START)
        assert ask(w.url, w.clock).runs == ()


@pytest.mark.parametrize(
    "spoiled",
    [
        {"id": None},
        {"id": f"{RUN.configuration}"},
        {"id": f"{RUN.configuration}/providers/microsoft.maintenance/applyupdates/default"},
        {"start": None},
        {"start": "at three"},
        {"end": 7},
        {"subscriptions": ["all of them"]},
    ],
)
def test_a_row_that_makes_no_sense_is_told_and_hides_no_other(spoiled: dict[str, Any]) -> None:
    with scripted(page([{**ROW, **spoiled}, ROW])) as server:
        upcoming = ask(server.url, HandClock())
    assert upcoming.runs == (
        UpcomingRun(run=RUN, start=START, end=END, subscriptions=(SUBSCRIPTION,), status="Pending"),
    )
    (problem,) = upcoming.problems
    assert "cannot be understood" in problem


def test_a_query_that_fails_is_told() -> None:
    with scripted(answer(400, {"error": {"code": "BadRequest", "message": "no"}})) as server:
        upcoming = ask(server.url, HandClock())
    assert upcoming.runs == ()
    assert "BadRequest" in upcoming.problems[0]
