"""Reading from Azure Resource Manager: the whole answer, or a problem that names what was asked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from arm.endpoint import Endpoint
from arm.reader import ArmReader
from arm.session import ArmSession
from core.errors import ArmProblem, OutOfTime
from core.ids import ArmPath
from tests.arm.parts import SCOPE, Tokens
from tests.scripted_server import Play, Received, answer, by, hang_up, scripted
from tests.simulator.world import HandClock

PATH = ArmPath.parse("/subscriptions/s/providers/Microsoft.Compute/virtualMachines")
VERSION = "2024-07-01"


def reader(url: str) -> ArmReader:
    """A reader of that server, on a clock that only sleeping moves."""
    clock = HandClock()
    endpoint = Endpoint(url=url, scope=SCOPE)
    return ArmReader(ArmSession(endpoint, Tokens(), clock), endpoint, clock)


def get(url: str, seconds: float = 600) -> Any:
    """One object."""
    until = HandClock().now() + timedelta(seconds=seconds)
    return reader(url).get(PATH, api_version=VERSION, query={}, until=until)


def pages(url: str) -> Any:
    """A list."""
    until = HandClock().now() + timedelta(seconds=600)
    return reader(url).pages(PATH, api_version=VERSION, query={"statusOnly": "true"}, until=until)


def chain(url: Callable[[], str], *more: str) -> Callable[[Received], Play]:
    """Pages that each name the next one."""

    def play(received: Received) -> Play:
        page = int(received.target.partition("page=")[2] or 1)
        link = f"{url()}{PATH}?page={page + 1}&api-version=2020-01-01" if page < 3 else None
        return answer(200, {"value": [{"page": page}], "nextLink": link})

    return play


def test_an_object_is_read() -> None:
    with scripted(answer(200, {"name": "a"})) as server:
        assert get(server.url) == {"name": "a"}
        (received,) = server.received
    assert received.method == "GET"
    assert received.target == f"{PATH}?api-version={VERSION}"


def test_a_list_is_read_to_its_last_page() -> None:
    """Each next page is asked with the parameters that its link has."""
    with scripted(by(chain(lambda: server.url))) as server:
        assert pages(server.url) == [{"page": 1}, {"page": 2}, {"page": 3}]
        targets = [received.target for received in server.received]
    assert targets[0] == f"{PATH}?api-version={VERSION}&statusOnly=true"
    assert targets[1] == f"{PATH}?api-version=2020-01-01&page=2"


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/subscriptions/s?api-version=1",
        "http://127.0.0.1:1/subscriptions/s",
        "//elsewhere.example/x",
        "/subscriptions/s?page=2",
        "file:///etc/passwd",
        7,
    ],
)
def test_a_next_page_elsewhere_is_not_asked(link: object) -> None:
    """The request would carry our token to another host."""
    with scripted(answer(200, {"value": [], "nextLink": link})) as server:
        with pytest.raises(ArmProblem, match="elsewhere"):
            pages(server.url)
        assert len(server.received) == 1


def test_a_next_page_that_is_no_url_is_a_problem() -> None:
    with (
        scripted(answer(200, {"value": [], "nextLink": "https://[elsewhere/x"})) as server,
        pytest.raises(ArmProblem, match="no URL"),
    ):
        pages(server.url)


def test_a_next_page_with_an_odd_path_is_not_asked() -> None:
    def play(_: Received) -> Play:
        link = f"{server.url}/a/../../b?x=1"
        return answer(200, {"value": [], "nextLink": link})

    with scripted(by(play)) as server, pytest.raises(ArmProblem, match="not a legal part"):
        pages(server.url)


@pytest.mark.parametrize(
    "first", [answer(429, headers={"Retry-After": "7"}), answer(503), hang_up()]
)
def test_what_may_pass_is_asked_again(first: Play) -> None:
    with scripted(first, answer(200, {"name": "a"})) as server:
        assert get(server.url) == {"name": "a"}


def test_it_is_not_asked_past_the_deadline() -> None:
    """The problem is the last that was seen."""
    with scripted(answer(503)) as server, pytest.raises(OutOfTime, match="503"):
        get(server.url, seconds=5)


@pytest.mark.parametrize(
    ("play", "why"),
    [
        (answer(403, {"error": {"code": "AuthorizationFailed", "message": "no"}}), "no"),
        (answer(404), "404"),
        (answer(307, headers={"Location": "http://127.0.0.1:1/"}), "307"),
        (answer(200, [1]), "no JSON object"),
    ],
)
def test_any_other_answer_is_a_problem(play: Play, why: str) -> None:
    with scripted(play) as server:
        with pytest.raises(ArmProblem, match=why):
            get(server.url)
        assert len(server.received) == 1


@pytest.mark.parametrize("value", [None, {}, "x", [1], [{"a": 1}, None]])
def test_a_list_that_is_none_is_a_problem(value: object) -> None:
    """An empty list would be mistaken for an answer."""
    with (
        scripted(answer(200, {"value": value})) as server,
        pytest.raises(ArmProblem, match="no list of objects"),
    ):
        pages(server.url)


def test_pages_without_an_end_are_a_problem() -> None:
    def play(_: Received) -> Play:
        return answer(200, {"value": [], "nextLink": f"{server.url}{PATH}?x=1"})

    with scripted(by(play)) as server, pytest.raises(ArmProblem, match="500 pages"):
        pages(server.url)
