"""What goes wrong becomes a problem that is named, or is asked again while there is time."""

from __future__ import annotations

import pytest

from arg_queries.resource_graph import Rows
from tests.arg_queries.parts import ask, find, machine_row, page
from tests.arm.parts import hasty
from tests.scripted_server import Play, answer, hang_up, scripted, silence, trickle
from tests.simulator.world import HandClock

_ROW = {"id": "a"}
_NEVER = {"Retry-After": "100000"}  # so that a second attempt would come too late
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def _error(code: str, message: str = "no", **more: object) -> object:
    return {"error": {"code": code, "message": message, **more}}


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(answer(429, _error("RateLimiting")), id="429"),
        pytest.param(answer(500, _error("InternalServerError")), id="500"),
        pytest.param(answer(502, b"<html>", content_type="text/html"), id="502 of a proxy"),
        pytest.param(answer(503), id="503 without a body"),
        pytest.param(answer(401, _error("ExpiredAuthenticationToken")), id="401"),
        pytest.param(answer(403, _error("AuthorizationFailed")), id="403"),
        pytest.param(answer(409, _error("Conflict")), id="409"),
        pytest.param(answer(200, b"<html>", content_type="text/html"), id="HTML"),
        pytest.param(answer(200, b"<html>"), id="HTML that says it is JSON"),
        pytest.param(answer(200, b'{"data": [{'), id="JSON cut off"),
        pytest.param(answer(200, b"[" * 100_000), id="JSON nested"),
        pytest.param(answer(200), id="no body"),
        pytest.param(answer(200, b"null"), id="null"),
        pytest.param(answer(200, []), id="a list"),
        pytest.param(answer(200, {}), id="no data"),
        pytest.param(answer(200, {"data": "rows"}), id="data is text"),
        pytest.param(answer(200, {"data": {"columns": [], "rows": []}}), id="data is a table"),
        pytest.param(answer(200, {"data": [1, 2]}), id="rows are numbers"),
        pytest.param(answer(200, {"data": [], "totalRecords": "many"}), id="a total in words"),
        pytest.param(answer(200, b"{}", content_type="image/png"), id="a picture"),
        pytest.param(answer(200, b"{}", headers={"Content-Encoding": "gzip"}), id="no gzip"),
        pytest.param(answer(204), id="204"),
        pytest.param(hang_up(), id="closed"),
        pytest.param(hang_up(_OK + b"Content-Length: 100\r\n\r\n{}"), id="body cut off"),
        pytest.param(hang_up(b"nonsense\r\n\r\n"), id="no HTTP"),
    ],
)
def test_what_may_pass_is_asked_again(play: Play) -> None:
    """And what never passes is a problem: never an exception, and never an empty list."""
    with scripted(play, play, page([_ROW])) as server:
        assert ask(server.url) == Rows(rows=(_ROW,))
        assert len(server.received) == 3
    with scripted(play) as server:
        answered = ask(server.url, seconds=20)
        assert answered.rows == ()
        assert str(answered.problem).startswith("Resource Graph: ")


@pytest.mark.parametrize("status", [400, 404, 405, 413])
def test_a_query_that_is_refused_is_not_repeated(status: int) -> None:
    """Asking the same again gives the same answer."""
    with scripted(answer(status, _error("BadRequest", "not like this"))) as server:
        answered = ask(server.url)
        assert answered.problem == (
            f"Resource Graph: it refused the query: {status} BadRequest: not like this"
        )
        assert len(server.received) == 1


def test_azures_reason_is_told_and_not_the_phrase_around_it() -> None:
    """Resource Graph hides it in the details, where the outer message asks for "below info"."""
    details = [
        {"code": "InvalidQuery", "message": "Query is invalid."},
        {"code": "ParserFailure", "message": "near 'prject'"},
    ]
    outer = "Please provide below info when asking for support."
    with scripted(answer(400, _error("BadRequest", outer, details=details))) as server:
        assert "ParserFailure: near 'prject'" in str(ask(server.url).problem)


@pytest.mark.parametrize("status", [403, 429, 500, 503, 307])
def test_the_sdk_does_not_ask_again_by_itself(status: int) -> None:
    """Its own patience knows no deadline: here, a second attempt would come too late."""
    with scripted(answer(status, _error("No"), headers=_NEVER)) as server:
        ask(server.url, seconds=60)
        assert len(server.received) == 1


class _Waits(HandClock):
    """Counts how often somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def sleep(self, seconds: float) -> None:
        self.count += 1
        super().sleep(seconds)


@pytest.mark.parametrize("play", [hang_up(), answer(401)], ids=["closed", "401"])
def test_the_sdk_makes_no_request_of_its_own(play: Play) -> None:
    """As many as there are attempts of ours."""
    clock = _Waits()
    with scripted(play) as server:
        ask(server.url, clock=clock, seconds=60)
        assert len(server.received) == clock.count + 1


def test_a_throttled_query_waits_as_it_is_told() -> None:
    """As long as Retry-After says, and a little more: other workers were told the same."""
    clock = HandClock()
    start = clock.now()
    throttled = answer(429, _error("RateLimiting"), headers={"Retry-After": "7"})
    with scripted(throttled, page([_ROW])) as server:
        assert ask(server.url, clock=clock).problem is None
    assert 7 <= (clock.now() - start).total_seconds() <= 7 * 1.25


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"}, 4),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:01:30"}, 90),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "soon"}, 5),
        ({"x-ms-user-quota-remaining": "0"}, 5),
        ({"x-ms-user-quota-remaining": "1", "x-ms-user-quota-resets-after": "00:00:04"}, 0),
        ({}, 0),
    ],
)
def test_a_used_up_quota_is_waited_for(headers: dict[str, str], seconds: float) -> None:
    """Between pages, as long as the headers say, or the published five seconds."""
    clock = HandClock()
    start = clock.now()
    with scripted(
        page([_ROW], after="1", total=2, headers=headers), page([{"id": "b"}], total=2)
    ) as server:
        assert len(ask(server.url, clock=clock).rows) == 2
    assert (clock.now() - start).total_seconds() == seconds


def test_a_quota_that_resets_too_late_is_a_problem() -> None:
    """No time is spent on a wait that would not end in time."""
    clock = HandClock()
    start = clock.now()
    spent = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:05:00"}
    with scripted(page([_ROW], after="1", total=2, headers=spent)) as server:
        answered = ask(server.url, clock=clock, seconds=60)
        assert len(server.received) == 1
    assert answered == Rows(
        rows=(_ROW,), problem="Resource Graph: the query quota is used up until after the deadline"
    )
    assert clock.now() == start


@pytest.mark.parametrize("seconds", [0, -60])
def test_after_the_deadline_nothing_is_asked(seconds: float) -> None:
    """That is a problem, too: nobody knows what the answer would have been."""
    with scripted() as server:
        assert ask(server.url, seconds=seconds).problem == "Resource Graph: no time left to ask"
        assert server.received == []


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(silence(), id="nothing comes"),
        pytest.param(trickle(_OK, b"X: y\r\n", 0.01), id="headers trickle"),
        pytest.param(trickle(_OK + b"Content-Length: 900000\r\n\r\n", b" ", 0.01), id="body"),
    ],
)
def test_an_answer_that_does_not_end_in_time_is_a_problem(play: Play) -> None:
    """The deadline ends the whole call, and not just each wait for the next byte."""
    with scripted(play) as server:
        answered = ask(server.url, clock=hasty(), seconds=60)
        assert answered == Rows(rows=(), problem=answered.problem)
        assert "no answer" in str(answered.problem)


def test_a_page_that_is_lost_once_is_asked_for_again() -> None:
    """The same page, by its token."""
    with scripted(
        page([_ROW], after="1", total=2), hang_up(), page([{"id": "b"}], total=2)
    ) as server:
        assert ask(server.url) == Rows(rows=(_ROW, {"id": "b"}))
        assert [r.json["options"].get("$skipToken") for r in server.received] == [None, "1", "1"]


def test_a_page_that_is_lost_for_good_leaves_a_gap() -> None:
    """The machines of the first page are there, and the gap says that more are missing."""
    with scripted(page([machine_row("web-1")], after="1", total=2), hang_up()) as server:
        found = find(server.url, seconds=60)
    assert [machine.name for machine in found.machines] == ["web-1"]
    (gap,) = found.gaps
    assert gap.subject == "machines"
    assert gap.problem.startswith("the list is not complete: Resource Graph: no answer")
