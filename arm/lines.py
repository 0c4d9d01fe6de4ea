"""The connections of one piece of work, so that whoever waits for it can hang up on them all.

The time-outs of HTTP libraries bound each wait for bytes. An answer that trickles in never trips
them, and its thread and connection would outlive the call that nobody waits for any more.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from contextvars import ContextVar

__all__ = ["Lines", "current", "watch"]


class Lines:
    """Handles of connections, apart from those that work with them: TLS may wrap the latter."""

    def __init__(self) -> None:
        self._handles: list[socket.socket] = []
        self._over = False
        self._lock = threading.Lock()

    def add(self, line: socket.socket) -> None:
        """Remember a connection that is open. When all is over, it is closed at once."""
        handle = socket.fromfd(line.fileno(), line.family, line.type)
        with self._lock:
            self._handles.append(handle)
            over = self._over
        if over:
            self.cut()

    def cut(self) -> None:
        """Hang up, from any thread: whoever reads from these connections is at their end."""
        with self._lock:
            self._over = True
            handles, self._handles = self._handles, []
        for handle in handles:
            with suppress(OSError):  # it may be closed by now
                handle.shutdown(socket.SHUT_RDWR)
            handle.close()

    def let_go(self) -> None:
        """The work has ended: its connections may serve other work."""
        with self._lock:
            handles, self._handles = self._handles, []
        for handle in handles:
            handle.close()


current: ContextVar[Lines | None] = ContextVar("patchgate_lines", default=None)


def watch(line: socket.socket) -> None:
    """This connection serves the work that is under way here, if any can be cut."""
    lines = current.get()
    if lines is not None:
        lines.add(line)
