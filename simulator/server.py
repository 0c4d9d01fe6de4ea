"""The simulator on a loopback port, in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulator.app import application
from simulator.azure import Azure

__all__ = ["serve"]

_STOP_WITHIN = 5.0
_LOOK_AGAIN = 0.002


@contextmanager
def serve(azure: Azure) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and give its URL; stop when the block is left.

    Requests that still hang then are cut off, and their clients see a closed connection.
    """
    lines: Lines = {}
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(_config(azure, lines))
    thread = threading.Thread(
        target=lambda: asyncio.run(_run(server, listener, lines)),
        name="simulator",
        daemon=True,
    )
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(_LOOK_AGAIN)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.force_exit = server.should_exit = True
        thread.join(_STOP_WITHIN)
        listener.close()


# Open connections by the client's address: ASGI has no way to say "hang up".
Lines = dict[Any, asyncio.BaseTransport]


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


async def _run(server: uvicorn.Server, listener: socket.socket, lines: Lines) -> None:
    await server.serve(sockets=[listener])
    for client in tuple(lines):
        _hang_up(lines, client)
    await asyncio.sleep(0)  # lets the connections see that they are closed
