"""How far a request got: not sent, sent with no answer, or answered."""

from __future__ import annotations

import socket
import threading

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError
from hypothesis import given, settings
from hypothesis import strategies as st

from arm.answer import Answer, Fate
from tests.arm.parts import Tokens, cancel, hasty, send
from tests.scripted_server import (
    Play,
    Received,
    answer,
    by,
    hang_up,
    scripted,
    silence,
    trickle,
)

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def test_a_refused_connection_is_not_sent() -> None:
    """Nobody listens, so nothing can have had an effect."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert cancel(url).fate is Fate.NOT_SENT


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(hang_up(), id="closed after the request"),
        pytest.param(hang_up(b"HTTP/1."), id="closed in the status line"),
        pytest.param(hang_up(b"SSH-2.0-OpenSSH_9.6\r\n"), id="no HTTP"),
        pytest.param(hang_up(_OK + b"Content-Length: 100\r\n\r\n{}"), id="body cut off"),
        pytest.param(hang_up(_OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), id="bad chunk"),
        pytest.param(hang_up(_OK + b"X: " + b"x" * 70_000 + b"\r\n\r\n"), id="huge header"),
        pytest.param(answer(200, b"{}", headers={"Content-Encoding": "gzip"}), id="no gzip"),
        pytest.param(answer(200, b" " * 1_000_001), id="more than 1 MB"),
    ],
)
def test_without_a_whole_answer_there_is_none(play: Play) -> None:
    """It may have had its effect: the request went out, and what came back proves nothing."""
    with scripted(play) as server:
        told = cancel(server.url)
        assert told == Answer(fate=Fate.NO_ANSWER, problem=told.problem)
        assert told.problem
        assert len(server.received) == 1


@pytest.mark.parametrize(
    "play",
    [
        pytest.param(silence(), id="nothing comes"),
        pytest.param(trickle(b"", b"H", 0.01), id="status line trickles"),
        pytest.param(trickle(_OK, b"X: y\r\n", 0.01), id="headers trickle"),
        pytest.param(trickle(_OK + b"Content-Length: 900000\r\n\r\n", b" ", 0.01), id="body"),
        pytest.param(
            trickle(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.01), id="chunks"
        ),
        pytest.param(
            trickle(_OK + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", b" ", 0.01), id="a chunk"
        ),
    ],
)
def test_an_answer_that_does_not_end_in_time_is_none(play: Play) -> None:
    """The deadline ends the whole call, and not just each wait for the next byte."""
    with scripted(play) as server:
        assert cancel(server.url, clock=hasty(), seconds=60).fate is Fate.NO_ANSWER


@pytest.mark.parametrize("seconds", [0, -1, -3600])
def test_after_the_deadline_nothing_is_sent(seconds: float) -> None:
    """Not even a token is asked for."""
    tokens = Tokens()
    with scripted() as server:
        told = cancel(server.url, credential=tokens, seconds=seconds)
        assert told == Answer(fate=Fate.NOT_SENT, problem="no time left")
        assert server.received == []
    assert tokens.scopes == []


@pytest.mark.parametrize(
    "error",
    [
        ClientAuthenticationError(message="no managed identity here"),
        ServiceRequestError("cannot reach no managed identity here"),
    ],
)
def test_without_a_token_nothing_is_sent(error: AzureError) -> None:
    """And the identity's own words are told."""

    def refuse() -> None:
        raise error

    with scripted() as server:
        told = cancel(server.url, credential=Tokens(refuse))
        assert told.fate is Fate.NOT_SENT
        assert "no managed identity here" in told.problem
        assert server.received == []


def test_an_identity_that_hangs_is_not_waited_for() -> None:
    """Nothing is sent, not even when the token comes after all."""
    release = threading.Event()
    tokens = Tokens(release.wait)
    with scripted() as server:
        told = cancel(server.url, credential=tokens, clock=hasty(), seconds=60)
        release.set()
        assert told == Answer(fate=Fate.NOT_SENT, problem="no token in time")
        assert server.received == []


def test_whatever_bytes_come_back_there_is_an_answer() -> None:
    """It never raises, and only a whole HTTP answer has a status."""
    content = [b""]

    def as_scripted(received: Received) -> Play:
        return hang_up(content[0])

    with scripted(by(as_scripted)) as server:

        @settings(max_examples=40, deadline=None)
        @given(
            st.binary(max_size=64)
            | st.binary(max_size=64).map(lambda tail: _OK + tail)
            | st.binary(max_size=64).map(lambda tail: _OK + b"\r\n" + tail)
        )
        def bytes_come_back(answered: bytes) -> None:
            content[0] = answered
            told = send(server.url)
            assert told.fate is not Fate.NOT_SENT
            assert (told.status is None) == (told.fate is Fate.NO_ANSWER)

        bytes_come_back()
