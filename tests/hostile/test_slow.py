"""Answers that come a byte at a time, for ever: at the deadline the line is cut, and the work ends.

That the caller goes on in time is told beside each client. Here it is that nothing stays behind:
neither a thread that reads on, nor the connection.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from arm.answer import Fate
from plugins.answers import CannotTell
from tests.arg_queries.parts import ask
from tests.arm.parts import cancel, hasty
from tests.checks.webs import fetch
from tests.checks.webs import hasty as hasty_web
from tests.scripted_server import Line, Play, scripted, trickle

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_GZIP = bytes.fromhex("1f8b0800000000000003")
_LORISES = {
    "status line": trickle(b"", b"H", 0.01),
    "headers": trickle(_OK, b"X: y\r\n", 0.01),
    "one header": trickle(_OK + b"X: ", b"y", 0.01),
    "100 Continue": trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "body": trickle(_OK + b"\r\n", b" ", 0.01),
    "chunks": trickle(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", 0.01),
    "chunk size": trickle(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", 0.01),
    "trailers": trickle(_OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", 0.01),
    "gzip": trickle(_OK + b"Content-Encoding: gzip\r\n\r\n", _GZIP[:1], 0.01),
    "redirect": trickle(b"HTTP/1.1 302 Found\r\nLocation: http://a.example/\r\n\r\n", b" ", 0.01),
}


def _ask_arm(url: str) -> None:
    assert cancel(url, clock=hasty(), seconds=60).fate is not Fate.ANSWERED


def _ask_graph(url: str) -> None:
    assert ask(url, clock=hasty(), seconds=60).problem


def _ask_web(url: str) -> None:
    with pytest.raises(CannotTell, match=r"in time|broke off|no time"):
        fetch(url, clock=hasty_web(), seconds=60)


_CLIENTS = {"the cancel call": _ask_arm, "Resource Graph": _ask_graph, "a check": _ask_web}


class _Watched:
    """A play, and whether the other end has hung up on it."""

    def __init__(self, play: Play) -> None:
        self._play = play
        self.hung_up = threading.Event()

    def __call__(self, line: Line) -> None:
        try:
            self._play(line)
        except OSError:
            self.hung_up.set()
            raise


@pytest.fixture(autouse=True)
def nothing_stays_behind() -> Callable[[], None]:
    """Whether the threads that worked for us have ended, within a generous time."""
    before = set(threading.enumerate())

    def wait() -> None:
        stop = time.monotonic() + 30
        while threads := [t for t in set(threading.enumerate()) - before if _ours(t)]:
            assert time.monotonic() < stop, threads
            time.sleep(0.01)

    return wait


def _ours(thread: threading.Thread) -> bool:
    return thread.name == "patchgate call"


@pytest.mark.parametrize("client", _CLIENTS)
@pytest.mark.parametrize("loris", _LORISES)
def test_an_answer_that_trickles_is_cut_off_at_the_deadline(
    client: str, loris: str, nothing_stays_behind: Callable[[], None]
) -> None:
    """The server is hung up on, and no thread reads on."""
    play = _Watched(_LORISES[loris])
    with scripted(play) as server:
        while not server.received:  # on a busy machine the time may end before anything is sent
            _CLIENTS[client](server.url)
        nothing_stays_behind()
        assert play.hung_up.wait(30)


@contextmanager
def handshake_without_end(called: threading.Event, hung_up: threading.Event) -> Iterator[str]:
    """A port where TLS begins with a record of 16 KB that comes a byte at a time."""

    def trickle_to(line: socket.socket) -> None:
        with line:
            try:
                line.sendall(b"\x16\x03\x03\x3f\xff\x02\x00\x3f\xfb\x03\x03")
                while True:
                    time.sleep(0.01)
                    line.sendall(b"\x00")
            except OSError:
                hung_up.set()

    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            called.set()
            trickle_to(line)

        thread = threading.Thread(target=serve, name="handshake without end")
        thread.start()
        yield f"https://127.0.0.1:{door.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("client", ["the cancel call", "a check"])
def test_a_handshake_that_trickles_is_cut_off_at_the_deadline(
    client: str, nothing_stays_behind: Callable[[], None]
) -> None:
    """Before there is any HTTP."""
    called, hung_up = threading.Event(), threading.Event()
    with handshake_without_end(called, hung_up) as url:
        while not called.is_set():
            _CLIENTS[client](url)
        nothing_stays_behind()
        assert hung_up.wait(30)
