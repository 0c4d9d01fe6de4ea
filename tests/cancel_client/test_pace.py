"""How often it asks and looks, how long it waits in between, and what one look may take."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from arg_queries.runs import RunRow
from arm.endpoint import Endpoint
from arm.session import ArmSession
from cancel_client.client import CancelClient, StateReader
from core.ids import RunId
from core.report import Cancellation
from tests.arg_queries.parts import page
from tests.arm.parts import SCOPE, VERSION, Tokens
from tests.cancel_client.parts import PatientClock, cancel, methods, refusing, run_answer
from tests.scripted_server import Play, Received, answer, by, scripted
from tests.simulator.world import RUN, START

_PENDING = run_answer("Pending")


def _azure(put: Play, graph: Play) -> Play:
    """One that never shows the run as cancelled."""
    return by(lambda request: {"PUT": put, "GET": _PENDING, "POST": graph}[request.method])


def _seconds(told: Cancellation, method: str) -> list[float]:
    """When there were such calls, in seconds after the first of all."""
    first = told.calls[0].at
    return [(call.at - first).total_seconds() for call in told.calls if call.method == method]


def test_a_call_that_was_taken_is_looked_for_three_times_before_it_is_repeated() -> None:
    """Its effect may need a moment; each wait is longer, up to fifteen seconds."""
    with scripted(_azure(run_answer("Cancelled"), page())) as server:
        told = cancel(server.url, PatientClock(), seconds=60)
    assert _seconds(told, "GET") == [0, 1, 3, 7, 15, 30, 45]
    assert _seconds(told, "POST") == _seconds(told, "GET")
    assert _seconds(told, "PUT") == [0, 7, 45]
    assert told.attempts == 3


def test_a_call_that_was_refused_is_repeated_after_each_look() -> None:
    """It had no effect that could be waited for."""
    with scripted(_azure(answer(403), page())) as server:
        told = cancel(server.url, PatientClock(), seconds=60)
    assert _seconds(told, "PUT") == [0, 1, 3, 7, 15, 30, 45]
    assert told.attempts == 7


def test_what_a_refusal_asks_to_wait_counts_once() -> None:
    """The next refusal does not ask for it, and is repeated at the usual pace."""
    throttled = answer(429, headers={"Retry-After": "20"})
    with scripted(refusing(throttled, answer(403), answer(403))) as server:
        told = cancel(server.url, PatientClock())
    assert _seconds(told, "PUT") == [0, 20, 22, 26]


@pytest.mark.parametrize(
    ("slow", "sent"), [("PUT", ["PUT"]), ("GET", ["PUT", "GET"]), ("POST", ["PUT", "GET", "POST"])]
)
def test_after_an_answer_at_the_deadline_nothing_is_sent(slow: str, sent: list[str]) -> None:
    """Neither a look nor another call: the report ends with what came last."""
    clock = PatientClock()
    until = clock.now() + timedelta(seconds=30)

    def choose(request: Received) -> Play:
        if request.method == slow:
            clock.move_to(until)
        return answer(503)

    with scripted(by(choose)) as server:
        told = cancel(server.url, clock, seconds=30)
        assert methods(server.received) == sent
    assert [call.method for call in told.calls] == sent
    assert not told.confirmed


def _cancel_with(read_state: StateReader, clock: PatientClock, left: timedelta) -> Cancellation:
    """Every call is refused, and the second source is this."""
    with scripted(_azure(answer(403), page())) as server:
        endpoint = Endpoint(url=server.url, scope=SCOPE, simulated=True)
        client = CancelClient(ArmSession(endpoint, Tokens(), clock), read_state, clock, VERSION)
        return client.cancel(RUN, clock.now() + left)


class FastClock(PatientClock):
    """One that tells a minute where a second passes."""

    speed = 60.0


@pytest.mark.parametrize(
    ("clock", "left", "looked"),
    [
        (PatientClock(), timedelta(minutes=5), timedelta(seconds=10)),
        (FastClock(), timedelta(minutes=5), timedelta(seconds=60)),
        (PatientClock(), timedelta(seconds=4), timedelta(seconds=4)),
    ],
    ids=["ten seconds", "a real second of a fast clock", "what is left"],
)
def test_one_look_at_the_second_source_is_short(
    clock: PatientClock, left: timedelta, looked: timedelta
) -> None:
    """One that hangs must not keep us from asking; and no look outlasts the deadline."""
    asked: list[timedelta] = []

    def read_state(run: RunId, until: datetime) -> RunRow:
        asked.append(until - clock.now())
        clock.move_to(START)
        return RunRow()

    _cancel_with(read_state, clock, left)
    assert asked == [looked]


@pytest.mark.parametrize(
    ("row", "meaning"),
    [
        (RunRow(problem="throttled"), "no proof: throttled"),
        (RunRow(), "no row of this run yet"),
        (RunRow(status="Pending"), "its row says 'Pending'"),
        (RunRow(status="Cancelled"), "its row says cancelled"),
        (RunRow(status="Canceled", message="by hand"), "its row says cancelled: by hand"),
    ],
)
def test_what_the_second_source_says_is_told(row: RunRow, meaning: str) -> None:
    """In a sentence, with Azure's own words."""
    told = _cancel_with(lambda _run, _until: row, PatientClock(), timedelta(seconds=1))
    assert told.calls[-1].meaning == meaning
    assert told.confirmed == meaning.startswith("its row says cancelled")
