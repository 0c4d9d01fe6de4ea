"""A run is cancelled, and that is proved."""

from __future__ import annotations

import pytest

from core.errors import BadId
from core.ids import RunId
from core.report import Call
from tests.cancel_client.parts import cancel, cancel_in, cancels, refusing
from tests.scripted_server import answer, scripted
from tests.simulator.world import RUN, START, HandClock, world


def test_a_cancel_that_works_is_confirmed_by_reading_back() -> None:
    """One call, one look; the report tells both, and when."""
    with world() as w:
        told = cancel_in(w)
        now = w.clock.now()
        assert w.azure.run_status == "Cancelled"
    assert (told.confirmed, told.state, told.problem) == (True, "cancelled", None)
    assert (told.confirmed_by, told.confirmed_at, told.attempts) == ("read-back", now, 1)
    assert told.calls == (
        Call(at=now, method="PUT", what="cancel the run", status=200, meaning="accepted"),
        Call(
            at=now,
            method="GET",
            what="read the run back",
            status=200,
            meaning="the run is cancelled",
        ),
    )


@pytest.mark.parametrize("status", [201, 202])
def test_every_published_answer_is_read_back(status: int) -> None:
    """None of them is the proof."""
    with world(f"cancel.status = {status}") as w:
        told = cancel_in(w)
    assert told.confirmed_by == "read-back"
    assert [call.status for call in told.calls] == [status, 200]


def test_a_200_without_effect_is_not_believed() -> None:
    """It is repeated until a read-back shows the effect."""
    with world('faults = [{ on = "cancel", first = 2, effect = false }]') as w:
        told = cancel_in(w)
        assert w.azure.run_status == "Cancelled"
    assert told.confirmed
    assert told.attempts == 3


def test_a_200_that_never_has_an_effect_is_never_a_confirmation() -> None:
    """In the end it says so, with what was seen at every source."""
    with world('faults = [{ on = "cancel", always = true, effect = false }]') as w:
        told = cancel_in(w, seconds=60)
        assert w.azure.run_status == "Pending"
    assert (told.confirmed, told.state) == (False, "not confirmed")
    assert (told.confirmed_by, told.confirmed_at) == (None, None)
    assert told.attempts > 1
    assert told.problem == (
        "cancel the run: accepted; read the run back: the run is 'Pending';"
        " ask Resource Graph: its row says 'Pending'"
    )


def test_an_effect_without_an_answer_is_seen_before_it_is_repeated() -> None:
    """One cancel call is enough."""
    with world('faults = [{ on = "cancel", first = 1, drop = "after" }]') as w:
        told = cancel_in(w)
        assert cancels(w) == [0]
    assert told.confirmed
    assert told.attempts == 1
    assert told.calls[0].status is None
    assert told.calls[0].meaning.startswith("sent, no answer")


def test_a_call_that_was_lost_is_repeated() -> None:
    """After it was verified that it had no effect."""
    with world('faults = [{ on = "cancel", first = 1, drop = "before" }]') as w:
        told = cancel_in(w)
        kinds = [seen.what for seen in w.azure.seen]
    assert told.confirmed
    assert kinds.count("cancel") == 2
    assert {"read", "graph"} <= set(kinds[1 : kinds.index("cancel", 1)])


@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 409, 410, 418, 429, 500, 503])
def test_a_refusal_may_pass(status: int) -> None:
    """A role needs minutes to work, a row to appear, a service to recover: asked again."""
    refusal = answer(status)
    with scripted(refusing(refusal, refusal, refusal)) as server:
        told = cancel(server.url, HandClock())
        assert len(server.sent("PUT")) == 4
    assert told.confirmed
    assert told.attempts == 4


def test_a_refusal_that_stays_is_the_problem_that_is_told() -> None:
    """Not only that the run still waits, but why it could not be cancelled."""
    with world('faults = [{ on = "cancel", always = true, status = 403 }]') as w:
        told = cancel_in(w, seconds=60)
    assert not told.confirmed
    assert "not allowed: the role is missing" in str(told.problem)
    assert "the run is 'Pending'" in str(told.problem)


@pytest.mark.parametrize(("asked_for", "waited"), [(5, 5), (20, 20), (600, 30)])
def test_a_throttled_call_waits_as_it_is_told_within_reason(asked_for: int, waited: float) -> None:
    """Ten minutes would be too late: the run starts soon."""
    throttled = answer(429, headers={"Retry-After": str(asked_for)})
    with scripted(refusing(throttled)) as server:
        told = cancel(server.url, HandClock())
    first, second = (call.at for call in told.calls if call.method == "PUT")
    assert (second - first).total_seconds() == waited


def test_a_read_back_that_does_not_exist_leaves_resource_graph() -> None:
    """Nobody has published that a run of a configuration can be read: either source may confirm."""
    with world("cancel.read = false\ngraph.run_row_lag = 20") as w:
        told = cancel_in(w)
    assert told.confirmed_by == "Resource Graph"
    assert told.calls[-1].method == "POST"
    assert "cancelled using cancellation API" in told.calls[-1].meaning


def test_resource_graph_that_fails_does_not_keep_us_from_asking() -> None:
    """The cancel call is repeated at its own pace, although the second source never answers."""
    scenario = """
        faults = [
            { on = "graph", always = true, status = 503 },
            { on = "cancel", first = 3, status = 403 },
        ]
    """
    with world(scenario) as w:
        told = cancel_in(w, seconds=60)
    assert told.confirmed
    assert told.attempts == 4


def test_a_run_that_is_cancelled_already_is_confirmed() -> None:
    """By whomever: cancelling is harmless to repeat."""
    with world('run = { cancelled_by = "somebody", cancelled_after = 0 }') as w:
        assert cancel_in(w).confirmed
        first = w.azure.cancelled_at
        again = cancel_in(w)
        assert (again.confirmed, again.attempts) == (True, 1)
        assert w.azure.cancelled_at == first


def test_a_run_that_has_started_cannot_be_cancelled() -> None:
    """What Azure said is told, and that the run is in progress."""
    with world() as w:
        w.clock.move_to(START)
        told = cancel_in(w, seconds=20)
        assert w.azure.run_status == "InProgress"
    assert not told.confirmed
    assert "conflict" in str(told.problem)
    assert "InProgress" in str(told.problem)


def test_an_unknown_run_is_not_confirmed() -> None:
    """404 at both sources, and no row."""
    other = RunId(configuration=RUN.configuration, name="20260308020000")
    with world() as w:
        told = cancel(w.url, w.clock, 20, other)
    assert not told.confirmed
    assert "run not found" in str(told.problem)
    assert "no row of this run yet" in str(told.problem)


def test_the_calls_tell_the_story_in_order() -> None:
    """Each with its time, its status and what it meant."""
    scenario = """
        faults = [
            { on = "cancel", calls = [1], status = 403 },
            { on = "cancel", calls = [2], drop = "before" },
            { on = "read", calls = [2], status = 503 },
        ]
    """
    with world(scenario) as w:
        told = cancel_in(w)
        seen = [(call.method, call.status) for call in told.calls]
        assert [(s.method, s.at) for s in w.azure.seen] == [(c.method, c.at) for c in told.calls]
    assert seen[:4] == [("PUT", 403), ("GET", 200), ("POST", None), ("PUT", None)]
    assert seen[-2:] == [("PUT", 200), ("GET", 200)]
    assert ("GET", 503) in seen
    assert [call.at for call in told.calls] == sorted(call.at for call in told.calls)


def test_the_call_that_starts_host_maintenance_cannot_be_named() -> None:
    """`applyUpdates/default` is another operation: no id of a run leads to it."""
    for name in ("default", "Default", "DEFAULT"):
        with pytest.raises(BadId):
            RunId(configuration=RUN.configuration, name=name)
        with pytest.raises(BadId):
            RunId.parse(str(RUN).replace(RUN.name, name))


@pytest.mark.parametrize("seconds", [0, -1, -3600])
def test_when_it_is_too_late_nothing_is_sent(seconds: float) -> None:
    """And that is what is told."""
    with world() as w:
        told = cancel(w.url, w.clock, seconds)
        assert w.azure.seen == ()
    assert (told.confirmed, told.attempts, told.calls) == (False, 0, ())
    assert told.problem == "nothing was sent"
