"""A child's end of the talk with the app."""

from __future__ import annotations

import os
import queue
import socket
import threading
from collections.abc import Mapping
from typing import Any

from plugins.answers import CannotTell
from plugins.isolation.messages import line_of, lines_in, read

__all__ = ["Line"]

_LARGEST = 1_000_000  # bytes of one errand
_CHUNK = 1 << 16
_KINDS: Mapping[str, type[Exception]] = {"ValueError": ValueError, "TypeError": TypeError}


class Line:
    """Sends messages, and sends the app on errands. A child that is not listened to ends."""

    def __init__(self, talk: socket.socket) -> None:
        self._talk, self._owner = talk, os.getpid()
        self._buffer = bytearray()
        self._sending, self._state = threading.Lock(), threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[dict[str, Any]]] = {}
        self._errands = 0
        self._reader: threading.Thread | None = None

    def send(self, message: Mapping[str, Any]) -> None:
        """Say something to the app."""
        self._send(line_of(message))

    def receive(self) -> bytes:
        """The next line that the app says."""
        chunk: bytes | bytearray = self._buffer
        while b"\n" not in chunk:
            chunk = self._talk.recv(_CHUNK)
            if not chunk:
                os._exit(0)
            self._buffer += chunk
        return next(lines_in(self._buffer))

    def errand(self, of: str, /, *args: Any, **named: Any) -> Any:
        """What the app found out; raises what it met: `CannotTell`, `ValueError`, `TypeError`."""
        answer: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        with self._state:
            self._errands += 1
            number = self._errands
        line = line_of({"errand": number, "of": of, "args": args, "named": named})
        if len(line) > _LARGEST:
            raise CannotTell(f"it asks with more than {_LARGEST // 1_000_000} MB")
        with self._state:
            self._waiting[number] = answer
            if self._reader is None:
                self._reader = threading.Thread(target=self._hand_out, daemon=True, name="line")
                self._reader.start()
        self._send(line)
        told = answer.get()
        if "problem" in told:
            raise _KINDS.get(told["kind"], CannotTell)(told["problem"])
        return told["value"]

    def _hand_out(self) -> None:
        """On a thread of its own: give what the app says to whoever waits for it."""
        try:
            while True:
                told = read(self.receive())
                with self._state:
                    self._waiting.pop(told["errand"]).put(told)
        except BaseException as error:  # noqa: BLE001 - nobody may wait for ever
            why = "used too much memory" if isinstance(error, MemoryError) else str(error)
            with self._state:
                for answer in self._waiting.values():
                    answer.put({"problem": f"the app's answer cannot be read: {why}", "kind": ""})
                self._waiting.clear()
                self._reader = None

    def _send(self, line: bytes) -> None:
        if os.getpid() != self._owner:  # a check has forked: its copy has nothing to say
            os._exit(0)
        try:
            with self._sending:
                self._talk.sendall(line)
        except OSError:  # nobody listens any more
            os._exit(0)
