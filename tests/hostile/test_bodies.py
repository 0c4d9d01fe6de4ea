"""Bodies that are meant to fill the memory: packed a thousandfold, or without an end."""

from __future__ import annotations

from datetime import timedelta

import pytest

from arm.answer import Answer, Fate
from arm.endpoint import Endpoint
from arm.reader import ArmReader
from arm.session import ArmSession
from cancel_client.answers import meaning_of_read
from core.errors import ArmProblem
from core.ids import ArmPath
from plugins.answers import CannotTell
from tests.arg_queries.parts import ask
from tests.arm.parts import SCOPE, Tokens, cancel, hasty, send
from tests.checks.webs import fetch, named
from tests.hostile.bombs import ENCODINGS, bomb, empty_members, peak_below
from tests.scripted_server import answer, scripted, trickle
from tests.simulator.world import RUN, HandClock

_GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
_REDIRECT = {"Location": "https://elsewhere.example/"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("status", [200, 302, 409, 500])
def test_a_bomb_from_azure_is_no_answer_to_the_cancel_call(encoding: str, status: int) -> None:
    """Whatever its status: `requests` would unpack even a redirect that is not followed."""
    with scripted(bomb(encoding, status, **_REDIRECT)) as server, peak_below(16):
        told = cancel(server.url)
    assert told == Answer(fate=Fate.NO_ANSWER, problem="the answer is longer than 1 MB")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("status", [200, 302, 400, 503])
def test_a_bomb_from_resource_graph_is_a_problem(encoding: str, status: int) -> None:
    """The SDK's own transport would unpack all of it."""
    with scripted(bomb(encoding, status, **_REDIRECT)) as server, peak_below(64):
        told = ask(server.url)
    assert told.rows == ()
    assert "longer than 17 MB" in (told.problem or "")
    assert len(server.received) == 1


def _reader(url: str, clock: HandClock) -> ArmReader:
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=True)
    return ArmReader(ArmSession(endpoint, Tokens(), clock), endpoint, clock)


def test_a_list_of_too_many_objects_is_a_problem() -> None:
    """Each of them small, so that no page is too long."""
    clock = HandClock()
    with scripted(answer(200, b'{"value": [' + b"{}," * 100_000 + b"{}]}")) as server:
        path, until = ArmPath.parse("/subscriptions"), clock.now() + timedelta(seconds=600)
        with pytest.raises(ArmProblem, match="more than 100,000 objects"):
            _reader(server.url, clock).pages(path, api_version="2022-12-01", query={}, until=until)


def test_a_bomb_in_a_page_of_azure_is_a_problem() -> None:
    """Where a check reads from Azure Resource Manager, up to 16 MB."""
    clock = HandClock()
    with scripted(bomb("gzip")) as server, peak_below(64):
        reader = _reader(server.url, clock)
        path, until = ArmPath.parse("/subscriptions"), clock.now() + timedelta(seconds=30)
        with pytest.raises(ArmProblem, match="no answer"):
            reader.get(path, api_version="2022-12-01", query={}, until=until)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_bomb_from_a_web_server_is_a_reason(encoding: str) -> None:
    """What the checks webhook, http_probe and change_freeze fetch with."""
    refused = pytest.raises(CannotTell, match="longer than 1 MB")
    with scripted(bomb(encoding)) as server, peak_below(16), refused:
        fetch(named(server.url))


def test_gzip_without_end_that_holds_nothing_ends_at_the_deadline() -> None:
    """No byte of a body ever comes of it, so no limit on the body's size would end it."""
    endless = trickle(_GZIP, empty_members(), 0.001)
    with scripted(endless) as server, peak_below(64):
        assert cancel(server.url, clock=hasty(), seconds=60).fate is not Fate.ANSWERED


@pytest.mark.parametrize("head", [b'{"properties": ', b"[", b'{"a": {"error": '])
def test_json_that_is_nested_without_end_is_no_object(head: bytes) -> None:
    """Neither an answer of Azure's nor a crash of ours."""
    with scripted(answer(200, head * (900_000 // len(head)))) as server:
        told = cancel(server.url)
        assert told == Answer(fate=Fate.ANSWERED, status=200)
        assert ask(server.url, seconds=5).problem


@pytest.mark.parametrize(
    "state",
    [
        b'["Cancelled"]',
        b"[" + b"0," * 300_000 + b"0]",
        b"NaN",
        b"-Infinity",
        b"1e400",
        b"9" * 4000,
        b"9" * 5000,
        rb'"\ud800"',
        b'"\xff"',
        b'"' + b"x" * 900_000 + b'"',
        b'"Cancelled \xe2\x80\xae"',
        b'{"status": "Cancelled"}',
        b'"Cancelled", "status": "Pending"',
        b'"Pending", "status": "Cancelled"',
        b'"Cancelled", "Status": "Pending"',
    ],
)
def test_what_only_resembles_a_state_proves_nothing(state: bytes) -> None:
    """Read back with the run's own id, whatever stands where its state is to be."""
    body = b'{"id": "%s", "properties": {"status": %s}}' % (str(RUN).encode(), state)
    with scripted(answer(200, body)) as server:
        meaning = meaning_of_read(send(server.url), RUN)
    assert not meaning.confirmed
    assert meaning.say.isprintable()
    assert len(meaning.say) < 300


_NOWHERES = ["http://[", "http://[::1", "//[x]/", "https://a:b:c", "\xff\xfe", "http://a/\x7f", " "]


@pytest.mark.parametrize("location", _NOWHERES, ids=range(len(_NOWHERES)))
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_redirect_to_nowhere_is_an_answer_like_any_other(method: str, location: str) -> None:
    """`requests` takes it apart although it is not to be followed, and fails."""
    with scripted(answer(302, {}, headers={"Location": location})) as server:
        told = send(server.url, method)
        assert (told.fate, told.status) == (Fate.ANSWERED, 302)
        assert ask(server.url, seconds=5).problem


@pytest.mark.parametrize("location", ["http://[", "//[x]/", "https://a:b:c", "http://[::1"])
def test_a_redirect_to_nowhere_is_a_reason(location: str) -> None:
    """Of one machine's URL, and no failure of the whole check."""
    with (
        scripted(answer(302, headers={"Location": location})) as server,
        pytest.raises(CannotTell, match="host"),
    ):
        fetch(named(server.url))
