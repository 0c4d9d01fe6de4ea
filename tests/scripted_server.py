"""A small HTTP server on a loopback port that answers as a test scripts it, down to the bytes.

For what the simulator cannot do: broken answers, slow ones, cut connections, TLS.
"""

from __future__ import annotations

import json
import os
import socket
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

__all__ = [
    "Line",
    "Play",
    "Received",
    "Script",
    "answer",
    "by",
    "hang_up",
    "scripted",
    "silence",
    "spoil",
    "trickle",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A request as it came over the wire. Names of headers are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query, percent-encodings as they came."""
        return self.target.partition("?")[0]

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request and the way back to who sent it."""

    received: Received
    send: Callable[[bytes], object]
    send_raw: Callable[[bytes], object]  # past TLS, if there is any
    stopped: threading.Event
    over: threading.Event  # when set, the connection is closed after the play


# What happens to one request.
Play = Callable[[Line], None]


def answer(
    status: int = 200,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> Play:
    """A whole answer. The body goes out as JSON, unless it is bytes already."""
    if not isinstance(body, bytes):
        body = b"" if body is None else json.dumps(body).encode()
    lines = {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    data = f"HTTP/1.1 {status} {_phrase(status)}\r\n{head}\r\n".encode("latin-1") + body

    def play(line: Line) -> None:
        line.send(data)

    return play


def hang_up(data: bytes = b"") -> Play:
    """The connection is closed after these bytes; with none, there is no answer at all."""

    def play(line: Line) -> None:
        line.send(data)
        line.over.set()

    return play


def spoil() -> Play:
    """Bytes that are no TLS, in the midst of it."""

    def play(line: Line) -> None:
        line.send_raw(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        line.over.set()

    return play


def silence() -> Play:
    """The connection stays open, and nothing ever comes."""

    def play(line: Line) -> None:
        line.stopped.wait()
        line.over.set()

    return play


def trickle(head: bytes, drop: bytes, pause: float) -> Play:
    """After the head, a drop every so many seconds, for ever."""

    def play(line: Line) -> None:
        line.over.set()
        line.send(head)
        while not line.stopped.wait(pause):
            line.send(drop)

    return play


def by(choose: Callable[[Received], Play]) -> Play:
    """What happens depends on the request."""

    def play(line: Line) -> None:
        choose(line.received)(line)

    return play


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Odd"


@dataclass(slots=True, kw_only=True)
class Script:
    """A server that is running: where it is, what it was sent, and what it plays next."""

    plays: tuple[Play, ...]
    url: str = ""
    received: list[Received] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self, received: Received) -> Play:
        """Remember the request and choose its play: one after the other, the last one for ever."""
        with self._lock:
            self.received.append(received)
            return self.plays[min(len(self.received), len(self.plays)) - 1]

    def sent(self, method: str) -> list[Received]:
        """The requests of one method."""
        with self._lock:
            return [r for r in self.received if r.method == method]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        received = Received(
            method=self.command,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        over = threading.Event()
        stopped = self.server.script.stopped
        play = self.server.script.next(received)
        play(
            Line(
                received=received,
                send=self.wfile.write,
                send_raw=lambda data: os.write(self.connection.fileno(), data),
                stopped=stopped,
                over=over,
            )
        )
        self.close_connection = self.close_connection or over.is_set()

    do_GET = do_PUT = do_POST = do_CONNECT = _serve  # noqa: N815  # the names http.server looks for

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Tests look at what was received, not at a log."""


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Script, tls: ssl.SSLContext | None) -> None:
        self.script, self._tls = script, tls
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is not None:
            # On the connection's own thread: a client that breaks off holds up nobody else.
            request = self._tls.wrap_socket(request, server_side=True)
        self._open.add(request)
        try:
            super().finish_request(request, client_address)
        finally:
            self._open.discard(request)
            request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        self.script.stopped.set()
        self.shutdown()
        self.server_close()
        for request in tuple(self._open):
            with suppress(OSError):  # it may be closed by now
                request.shutdown(socket.SHUT_RDWR)


@contextmanager
def scripted(*plays: Play, tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    """Serve on a free port of 127.0.0.1: one play a request, and the last one for all that follow.

    Without plays nothing may be asked; with `tls`, the URL is https.
    """
    script = Script(plays=plays or (answer(500),))
    server = _Server(script, tls)
    scheme = "http" if tls is None else "https"
    script.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="scripted server")
    thread.start()
    try:
        yield script
    finally:
        server.stop()
        thread.join()
