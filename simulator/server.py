"""The simulator on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.app import application
from simulator.azure import Azure

__all__ = ["serve"]

_STOP_WITHIN = 5.0
_WAITING_CLIENTS = 1024


# Open connections by the client's address: ASGI has no way to say "hang up".
Lines = dict[Any, asyncio.BaseTransport]


@contextmanager
def serve(azure: Azure, port: int = 0) -> Iterator[str]:
    """Serve on 127.0.0.1, on a free port unless one is named; stop when the block is left.

    Gives the URL. Requests that still hang at the end are cut off: their clients see a closed
    connection. Raises `OSError` if the port is taken.
    """
    server = _Server(azure)
    listener = socket.create_server(("127.0.0.1", port), backlog=_WAITING_CLIENTS)
    # Otherwise the second packet of an answer waits 40 ms for the client's acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])),
        name="simulator",
        daemon=True,
    )
    thread.start()
    try:
        # The port takes connections already: nobody has to wait for the thread.
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.stop()
        thread.join(_STOP_WITHIN)
        listener.close()


class _Server(uvicorn.Server):
    """A server that stops at once when told to: it waits neither for its clock nor for clients."""

    def __init__(self, azure: Azure) -> None:
        self._lines: Lines = {}
        self._told: Future[None] = Future()
        super().__init__(_config(azure, self._lines))

    def stop(self) -> None:
        """Stop, from any thread."""
        self._told.set_result(None)

    async def main_loop(self) -> None:
        await asyncio.wrap_future(self._told)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for client in tuple(self._lines):
            _hang_up(self._lines, client)
        await asyncio.sleep(0)  # lets the connections see that they are closed


def _config(azure: Azure, lines: Lines) -> uvicorn.Config:
    return uvicorn.Config(
        application(azure, lambda client: _hang_up(lines, client)),
        http=_protocol(lines),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # it would tell the wall clock's time, not the story's
    )


def _protocol(lines: Lines) -> type[H11Protocol]:
    class Line(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            lines[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            lines.pop(self.client, None)
            super().connection_lost(exc)

    return Line


def _hang_up(lines: Lines, client: Any) -> None:
    line = lines.get(tuple(client))
    if isinstance(line, asyncio.Transport):
        line.abort()
