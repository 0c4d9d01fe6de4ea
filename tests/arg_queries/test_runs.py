"""How a run stands, by its rows."""

from __future__ import annotations

from datetime import timedelta

import pytest

from arg_queries.runs import RunRow, run_results, run_state
from core.model import PatchResult
from tests.arg_queries.parts import LATER, SUBSCRIPTION, graph, page
from tests.scripted_server import answer, scripted
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS, HandClock, world

_THIS = {"id": "1", "correlationId": str(RUN), "status": "Cancelled", "message": "by hand"}
_OTHER = {**_THIS, "correlationId": f"{RUN}1"}


def _state(url: str, clock: HandClock) -> RunRow:
    return run_state(graph(url, clock), RUN, clock.now() + LATER)


def test_the_row_of_the_run_tells_its_state() -> None:
    """Before and after it is cancelled, in the configuration's own subscription."""
    with world() as w:
        assert _state(w.url, w.clock) == RunRow(status="Pending")
        w.cancel()
        row = _state(w.url, w.clock)
        assert row.status == "Cancelled"
        assert "cancellation API" in row.message
        assert w.azure.seen[0].body["subscriptions"] == [RUN.configuration.subscription]


def test_a_row_that_is_not_there_yet_says_nothing() -> None:
    """No status and no problem: ask again."""
    with world("graph.lag = 60") as w:
        assert _state(w.url, w.clock) == RunRow()


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([_OTHER], RunRow()),
        ([_OTHER, _THIS], RunRow(status="Cancelled", message="by hand")),
        (
            [{**_THIS, "correlationId": str(RUN).upper(), "message": None}],
            RunRow(status="Cancelled"),
        ),
        ([{"id": "1", "status": "Cancelled"}], RunRow()),
        ([{"id": "1", "correlationId": None, "status": "Cancelled"}], RunRow()),
    ],
)
def test_only_the_runs_own_row_counts(rows: list[dict[str, object]], expected: RunRow) -> None:
    """Found by the whole correlation id, without case."""
    with scripted(page(rows)) as server:
        assert _state(server.url, HandClock()) == expected


def test_a_query_that_fails_is_a_problem() -> None:
    """And no status."""
    with scripted(answer(400)) as server:
        row = _state(server.url, HandClock())
    assert row.status == ""
    assert "refused the query" in str(row.problem)


def test_machines_are_counted_by_how_patching_ended() -> None:
    """Over all subscriptions of the event."""
    scenario = """
        machines = [{ name = "ok-{n}", count = 3 }, { name = "bad-1", result = "Failed" }]
    """
    with world(scenario) as w:
        w.clock.move_to(END)
        results = run_results(graph(w.url, w.clock), RUN, SUBSCRIPTIONS, END + timedelta(minutes=1))
        assert results == (
            (PatchResult(status="Failed", machines=1), PatchResult(status="Succeeded", machines=3)),
            None,
        )
        assert len(w.azure.seen) == 1


@pytest.mark.parametrize("count", [None, "3", 1.5, True])
def test_a_row_that_does_not_count_is_a_problem(count: object) -> None:
    """What can be read of the others is kept."""
    rows = [{"status": "Failed", "machines": count}, {"status": "Succeeded", "machines": 2}]
    with scripted(page(rows)) as server:
        clock = HandClock()
        results, problem = run_results(graph(server.url, clock), RUN, [SUBSCRIPTION], START)
    assert results == (PatchResult(status="Succeeded", machines=2),)
    assert problem


def test_azures_words_are_cut_and_masked() -> None:
    """They stand in reports, and may quote anything."""
    said = "see https://x.example/?sig=abcdefghijklmnopqrstuvwxyz0123456789 " + "x" * 100_000
    row = {"id": "1", "correlationId": str(RUN), "status": "Failed" * 100, "message": said}
    with scripted(page([row])) as server:
        state = _state(server.url, HandClock())
    assert state.status.startswith("Failed")
    assert state.message.startswith("see https://x.example/?sig=(masked)")
    assert (len(state.status), len(state.message)) == (80, 500)
    assert "abcdefghij" not in state.message
