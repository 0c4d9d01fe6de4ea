"""The nursery's process, and how a question gets to a child of it."""

from __future__ import annotations

import array
import json
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path

from core.clock import Clock
from plugins.isolation.conversation import Conversation
from plugins.question import Heard, Question

__all__ = ["NurseryProcess"]

_TO_END = 0.5  # real seconds that it has to end by itself

# It finds modules where we do, whatever its own environment says.
_CODE = """
import json, sys
given = json.loads(sys.argv[1])
sys.path[:] = given["path"]
from plugins.isolation.nest import main
main(given)
"""


class NurseryProcess:
    """One nursery, from its start to its end. Raises `OSError` if it cannot be started.

    Nothing waits until it is ready: questions do, until their deadline.
    """

    def __init__(
        self, given: Mapping[str, str | None], environment: Mapping[str, str], *, loading: float
    ) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._process = _start(theirs, given, environment)
            except OSError:
                self._control.close()
                raise
        self._started, self._loading = time.monotonic(), loading
        self._sending = threading.Lock()
        self.end = weakref.finalize(self, _end, self._process, self._control)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Neither ended by us, nor by itself, nor by a check."""
        return self.end.alive and self._process.poll() is None

    def hold(self, question: Question, clock: Clock, order: bytes) -> tuple[Heard, bool]:
        """What a child answers; and whether the nursery ended meanwhile. Raises `OSError`."""
        began = time.monotonic()
        talk, childs_talk = socket.socketpair()
        leash, childs_leash = socket.socketpair()
        with talk, leash:  # letting go of the leash is what kills the child
            with childs_talk, childs_leash:
                lost = not self._hand_over(childs_talk, childs_leash)
            if lost:
                return Heard(silence="the process that starts processes for checks has ended"), True
            conversation = Conversation(question, talk, leash, clock)
            heard = conversation.hold(order)
        if not (conversation.began or conversation.lost):
            self._doubt(began)
        return heard, conversation.lost

    def _hand_over(self, *sockets: socket.socket) -> bool:
        files = array.array("i", [one.fileno() for one in sockets])
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)]
        try:
            with self._sending:
                self._control.sendmsg([b"q"], rights, socket.MSG_DONTWAIT)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def _doubt(self, asked: float) -> None:
        """A child has not begun: a nursery that had time enough to load the checks is stuck."""
        now = time.monotonic()
        if now - self._started > self._loading and now - asked > self._loading / 6:
            self.end()


def _start(
    control: socket.socket, told: Mapping[str, str | None], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    given = {
        **told,
        "control": control.fileno(),
        "path": [str(Path(entry).absolute()) for entry in sys.path],
    }
    if not sys.executable:
        raise OSError("this Python does not know its own program")
    return subprocess.Popen(  # noqa: S603 - our own Python, and our own words
        [sys.executable, "-P", "-c", _CODE, json.dumps(given)],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        start_new_session=True,  # what the terminal sends to the app is not for it
    )


def _end(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()  # it kills its children, and ends
    try:
        process.wait(_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
