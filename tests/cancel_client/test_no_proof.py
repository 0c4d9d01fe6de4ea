"""What is no proof stays none, and no call outlasts the deadline."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.arg_queries.parts import page
from tests.arm.parts import hasty
from tests.cancel_client.parts import PatientClock, cancel, methods, run_answer
from tests.scripted_server import Play, Received, answer, by, scripted, silence, trickle
from tests.simulator.world import RUN, HandClock

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_ROW = {"id": "1", "correlationId": str(RUN), "status": "Cancelled", "message": ""}


def _azure(put: Play, get: Play, graph: Play) -> Play:
    plays = {"PUT": put, "GET": get, "POST": graph}
    return by(lambda request: plays[request.method])


_ACCEPTED = run_answer("Cancelled")
_UNKNOWN = answer(404)


@pytest.mark.parametrize(
    ("get", "graph", "words"),
    [
        pytest.param(
            _UNKNOWN,
            page([{**_ROW, "correlationId": f"{RUN}1"}]),
            "no row of this run yet",
            id="the row of another run",
        ),
        pytest.param(
            run_answer("Cancelled", f"{RUN}1"), page(), "not this one", id="another run is read"
        ),
        pytest.param(
            answer(200, {"properties": {"status": "Cancelled"}}),
            page(),
            "not this one",
            id="a run without an id",
        ),
        pytest.param(answer(200, b"Cancelled"), page(), "names no state", id="no JSON"),
        pytest.param(
            answer(202, {"id": str(RUN), "properties": {"status": "Cancelled"}}),
            page(),
            "no proof: 202",
            id="a read-back that is not done",
        ),
        pytest.param(
            _UNKNOWN, page([{**_ROW, "status": "Cancelling"}]), "'Cancelling'", id="not yet"
        ),
        pytest.param(_UNKNOWN, answer(400), "refused the query", id="a refused query"),
    ],
)
def test_what_looks_like_a_confirmation_is_none(get: Play, graph: Play, words: str) -> None:
    """Although every cancel call is answered 200 with `Cancelled`."""
    with scripted(_azure(_ACCEPTED, get, graph)) as server:
        told = cancel(server.url, HandClock(), seconds=60)
    assert not told.confirmed
    assert words in str(told.problem)
    assert told.attempts > 1


def test_the_runs_own_row_is_proof() -> None:
    """The counterpart: the same, with the right row."""
    with scripted(_azure(answer(500), _UNKNOWN, page([_ROW]))) as server:
        told = cancel(server.url, HandClock(), seconds=60)
        assert methods(server.received) == ["PUT", "GET", "POST"]
    assert told.confirmed_by == "Resource Graph"


def test_whatever_is_answered_only_a_read_back_confirms() -> None:
    """For any answers that prove nothing, and any deadline: not confirmed, and never late."""
    drawn: list[list[int]] = [[200], [404], [500]]
    clock = [PatientClock()]
    late: list[Received] = []
    until = [clock[0].now()]

    def as_drawn(request: Received) -> Play:
        if clock[0].now() >= until[0]:
            late.append(request)
        puts, gets, posts = drawn
        statuses = {"PUT": puts, "GET": gets, "POST": posts}[request.method]
        statuses.append(statuses.pop(0))
        state = "Cancelled" if request.method == "PUT" else "Pending"
        body = {"id": str(RUN), "properties": {"status": state}}
        return answer(statuses[-1], body, headers={"Retry-After": "3"})

    statuses = st.lists(
        st.sampled_from([200, 201, 202, 302, 400, 401, 403, 404, 409, 429, 500, 503]),
        min_size=1,
        max_size=5,
    )
    with scripted(by(as_drawn)) as server:

        @settings(max_examples=15, deadline=None)
        @given(statuses, statuses, statuses, st.integers(1, 45))
        def never_confirmed(
            puts: list[int], gets: list[int], posts: list[int], seconds: int
        ) -> None:
            drawn[:] = [list(puts), list(gets), list(posts)]
            clock[0] = PatientClock()
            until[0] = clock[0].now() + timedelta(seconds=seconds)
            told = cancel(server.url, clock[0], seconds)
            assert not told.confirmed
            assert told.attempts >= 1
            assert clock[0].now() == until[0]

        never_confirmed()
    assert late == []


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(silence(), id="nothing comes"),
        pytest.param(trickle(_OK, b"X: y\r\n", 0.01), id="headers trickle"),
        pytest.param(trickle(_OK + b"Content-Length: 900000\r\n\r\n", b" ", 0.01), id="body"),
    ],
)
def test_calls_that_hang_end_at_the_deadline(play: Play) -> None:
    """However many of them do."""
    with scripted(play) as server:
        told = cancel(server.url, hasty(), seconds=60)
        assert "PUT" in methods(server.received)
    assert not told.confirmed
    assert told.calls[0].meaning.startswith("sent, no answer")


@pytest.mark.parametrize(("get", "graph"), [(silence(), page()), (_UNKNOWN, silence())])
def test_a_look_that_hangs_does_not_keep_us_from_asking(get: Play, graph: Play) -> None:
    """It gets ten seconds, or a real one if the clock is fast; then we ask again."""
    with scripted(_azure(answer(403), get, graph)) as server:
        told = cancel(server.url, hasty(), seconds=400)
        assert len(server.sent("PUT")) > 1
    assert not told.confirmed


def test_nobody_at_home_is_told() -> None:
    """Nothing was sent, and that is in every call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    told = cancel(url, HandClock(), seconds=30)
    assert not told.confirmed
    assert "not sent" in str(told.problem)
    assert all(call.status is None for call in told.calls)
