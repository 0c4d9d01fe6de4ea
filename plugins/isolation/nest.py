"""The nursery: loads the checks once, then forks a child for each question.

It runs none of the checks' code after that, and has no thread: whatever a check does, this process
can kill it, and say how it ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from core import wire
from core.model import Outcome, Status
from plugins.isolation import limits
from plugins.isolation.child import Known, live
from plugins.isolation.messages import order_adapter

__all__ = ["main"]

_FDS = 2  # handed over with each question: its talk, and its leash


def main(given: Mapping[str, Any]) -> None:
    """Serve until the app closes its end of `control`.

    What is loaded are those that `discovery` finds, the user's own in `folder`.
    """
    control = socket.socket(fileno=given["control"])
    folder = None if given["folder"] is None else Path(given["folder"])
    sys.argv[:] = ["checks"]
    limits.no_core()
    limits.adopt_orphans()
    with _watched(control):
        discovery = importlib.import_module(given["discovery"])  # of checks, or of actions
        known = {found.name: found for found in discovery.discover(folder)}
        order_adapter()
        wire.dump(Outcome(check="", status=Status.UNKNOWN))
    warnings.simplefilter("ignore")  # users' modules may have started threads: see os.fork
    gc.collect()
    gc.freeze()  # so that children share what was loaded
    _Nest(control, known).serve()


@contextlib.contextmanager
def _watched(control: socket.socket) -> Iterator[None]:
    """While users' modules are loaded, which may take for ever: end when the app does."""
    stop, stopped = os.pipe()

    def watch() -> None:
        poll = select.poll()
        poll.register(control, 0)  # which still tells when the other end is closed
        poll.register(stop, select.POLLIN)
        if any(fd == control.fileno() for fd, _ in poll.poll()):
            os._exit(0)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    os.write(stopped, b".")
    thread.join()
    os.close(stop)
    os.close(stopped)


class _Nest:
    """The children that live, by their process id, each on a leash."""

    def __init__(self, control: socket.socket, known: Known) -> None:
        self._control, self._known, self._pid = control, known, os.getpid()
        self._leashes: dict[int, socket.socket] = {}
        self._own = limits.children_of(os.getpid())  # of users' modules: they may stay
        self._woken, self._wake = socket.socketpair()
        self._wake.settimeout(0)
        self._woken.settimeout(0)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)

    def serve(self) -> None:
        """Fork, kill and report until the app closes its end."""
        serving = True
        while serving:
            ready = self._ready()
            for pid, leash in self._leashes.items():
                if leash.fileno() in ready:
                    _kill(pid)
            if self._woken.fileno() in ready:
                self._bury()
            if self._control.fileno() in ready:
                serving = self._next()
        for pid in (*self._leashes, *limits.children_of(os.getpid()) - self._own):
            _kill(pid)

    def _ready(self) -> set[int]:
        """Wait until something happens: a question, a leash that was let go, a death."""
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        for leash in self._leashes.values():
            poll.register(leash, 0)
        return {fd for fd, _ in poll.poll()}

    def _next(self) -> bool:
        """Fork for the next question; False when the app has closed its end."""
        message, fds, _, _ = socket.recv_fds(self._control, 1, _FDS)
        if not message or len(fds) < _FDS:
            return False
        for fd in fds:
            os.set_inheritable(fd, False)  # noqa: FBT003 - it has no other form
        talk, leash = (socket.socket(fileno=fd) for fd in fds)
        try:
            pid = os.fork()
        except OSError as error:
            _tell(leash, problem=f"{type(error).__name__}: {error.strerror}")
            leash.close()
        else:
            if pid == 0:
                try:
                    self._leave(leash)
                    live(talk, self._known)
                finally:
                    os._exit(1)
            self._leashes[pid] = leash
        talk.close()
        return True

    def _leave(self, leash: socket.socket) -> None:
        """In the child: a session of its own, and nothing of the nursery's in its hands."""
        os.setsid()
        limits.die_with_parent(self._pid)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for mine in (self._control, self._woken, self._wake, leash, *self._leashes.values()):
            mine.close()

    def _bury(self) -> None:
        """Report the children that have ended, and kill what they left behind."""
        with contextlib.suppress(BlockingIOError):
            while self._woken.recv(4096):
                pass
        try:
            # Looked at before it is reaped: so its number is nobody else's while it is killed.
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                self._one(ended.si_pid)
        except ChildProcessError:  # there is none at all any more
            return
        for orphan in limits.children_of(os.getpid()) - self._own - self._leashes.keys():
            _kill(orphan)

    def _one(self, pid: int) -> None:
        if pid in self._leashes:
            _kill(pid)
        _, status = os.waitpid(pid, 0)
        self._own.discard(pid)
        leash = self._leashes.pop(pid, None)
        if leash is not None:
            _tell(leash, ended=os.waitstatus_to_exitcode(status))
            leash.close()


def _kill(pid: int) -> None:
    """Its group, which is its session's first; and itself, if it has no session yet."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def _tell(leash: socket.socket, **what: object) -> None:
    with contextlib.suppress(OSError):  # the app does not wait for it any more
        leash.send(json.dumps(what).encode())
