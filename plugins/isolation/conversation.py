"""The app's end of the talk with a child: hears its answers and runs its errands in time.

A child is not trusted: it may send anything, in any amount, or nothing.
"""

from __future__ import annotations

import contextlib
import json
import select
import signal
import socket
import threading
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from core.clock import Clock
from core.errors import shorten
from core.model import Machine, Outcome, Run
from plugins.isolation.errands import run_errand
from plugins.isolation.messages import lines_in, read
from plugins.outcomes import silent, tidied
from plugins.question import Answer, Heard, Question

__all__ = ["Conversation"]

_LARGEST, _PER_MACHINE = 8_000_000, 4_000  # bytes of all that a child may say
_CHUNK = 1 << 16
_ERRANDS = 64  # at once
_LOGGED = 250  # a child stops by itself before that

_answers = TypeAdapter(tuple[Outcome, ...])


class _Bad(Exception):
    """The child said what it must not say; the message is why it is not listened to any more."""


# `OverflowError`: JSON has infinities here, which are no whole numbers.
_UNREADABLE = (
    _Bad,
    ValidationError,
    ValueError,
    RecursionError,
    LookupError,
    TypeError,
    OverflowError,
)


class Conversation:
    """One question, put to one child. `began` when the child has said anything."""

    def __init__(
        self, question: Question, talk: socket.socket, leash: socket.socket, clock: Clock
    ) -> None:
        self._question, self._talk, self._leash, self._clock = question, talk, leash, clock
        self._answers: dict[int, Answer] = {}
        self._buffer = bytearray()
        self._left = _LARGEST + _PER_MACHINE * len(question.context.run.machines)
        self._logged = 0
        self._errands = threading.BoundedSemaphore(_ERRANDS)
        self._sending = threading.Lock()
        self._silence: str | None = None
        self.began = self.lost = False

    def hold(self, order: bytes) -> Heard:
        """Put the question and listen until all is answered, nothing more can come, or time is up.

        `lost` says afterwards that the nursery ended, with the child or before there was one.
        """
        try:
            self._send(order)
            while self._silence is None and len(self._answers) < len(self._question.subjects):
                self._listen()
        except _UNREADABLE as error:
            why = str(error) if isinstance(error, _Bad) else "said what cannot be read"
            self._silence = f"its process {why}, and was killed"
        return Heard(answers=self._answers, silence=self._silence or "")

    def _listen(self) -> None:
        ready = self._wait(select.POLLIN)
        if not ready:
            self._silence = (
                "did not answer in time, and its process was killed"
                if self.began
                else "did not answer in time: its process had not begun"
            )
        elif self._talk.fileno() in ready and self._hear():
            return
        elif self._leash.fileno() in ready:
            self._ended()
        else:  # it closed its end: how it ended, the leash will tell
            self._wait_for_the_end()

    def _wait(self, event: int) -> set[int]:
        """What has happened, by file; nothing when the deadline came first."""
        poll = select.poll()
        poll.register(self._talk, event)
        poll.register(self._leash, select.POLLIN)
        left = self._clock.real_seconds(self._question.context.deadline)
        return {fd for fd, _ in poll.poll(left * 1000)} if left > 0 else set()

    def _wait_for_the_end(self) -> None:
        poll = select.poll()
        poll.register(self._leash, select.POLLIN)
        left = self._clock.real_seconds(self._question.context.deadline)
        if poll.poll(left * 1000):
            self._ended()
        else:
            self._silence = "did not answer in time, and its process was killed"

    def _hear(self) -> bool:
        """Read what has come; False at the end of it."""
        try:
            chunk = self._talk.recv(_CHUNK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._left -= len(chunk)
        if self._left < 0:
            raise _Bad(f"said more than {_LARGEST // 1_000_000} MB")
        self._buffer += chunk
        if b"\n" in chunk:
            for line in lines_in(self._buffer):
                self._told(read(line))
        return bool(chunk)

    def _told(self, message: Mapping[str, Any]) -> None:
        self.began = True
        if "answer" in message:
            self._answered(*message["answer"])
        elif "errand" in message:
            self._run(message)
        elif "log" in message:
            self._log(*message["log"])
        elif "failed" in message:
            self._silence = shorten(message["failed"], 500)

    def _answered(self, position: int, outcomes: object) -> None:
        subject = self._question.subjects[position]
        check = self._question.definition.name
        given = _answers.validate_python(outcomes)
        if not _is_about(subject, [outcome.machine for outcome in given]):
            raise _Bad("answered about something else")
        answer = tuple(tidied(outcome, check, outcome.machine) for outcome in given)
        if self._answers.setdefault(position, answer) != answer:
            self._answers[position] = silent(check, subject, "answered twice, and differently")

    def _run(self, errand: Mapping[str, Any]) -> None:
        """On a thread of its own: Azure may be slow, and the deadline is not."""
        if not self._errands.acquire(blocking=False):
            raise _Bad(f"asked more than {_ERRANDS} things at once")

        def run() -> None:
            try:
                self._send(run_errand(self._question.context, errand))
            finally:
                self._errands.release()

        threading.Thread(target=run, daemon=True, name="errand of a check").start()

    def _send(self, line: bytes) -> None:
        """All of it, if the child takes it in time; one that does not is killed in any case."""
        rest = memoryview(line)
        with self._sending, contextlib.suppress(OSError, ValueError):
            while rest and self._talk.fileno() in self._wait(select.POLLOUT):
                with contextlib.suppress(BlockingIOError):
                    rest = rest[self._talk.send(rest, socket.MSG_DONTWAIT) :]

    def _log(self, level: int, text: str) -> None:
        self._logged += 1
        if self._logged > _LOGGED:
            raise _Bad(f"logged more than {_LOGGED} lines")
        self._question.context.log.log(int(level), "%s", text)

    def _ended(self) -> None:
        """The child is dead, or the nursery is: hear what it said before."""
        while self._hear():
            pass
        try:
            told = json.loads(self._leash.recv(1000) or b"null")
        except OSError:
            told = None
        if self._silence is not None:
            return
        if told is None:
            self.lost = True
            self._silence = "the process that starts processes for checks has ended"
        elif "problem" in told:
            self._silence = f"no process could be started: {told['problem']}"
        else:
            self._silence = f"its process {_how(told['ended'])} before it had answered"


def _is_about(subject: Machine | Run, ids: list[str | None]) -> bool:
    """That machine, or that run: as a whole, or every machine of it, of which none is left out."""
    if isinstance(subject, Machine):
        return ids == [subject.id]
    machines = {machine.id for machine in subject.machines}
    return ids == [None] or set(ids) - {None} == machines


def _how(code: int) -> str:
    if code >= 0:
        return f"ended (exit code {code})"
    if code == -signal.SIGKILL:
        return "was killed from outside, perhaps for the memory it took,"
    try:
        return f"crashed ({signal.Signals(-code).name})"
    except ValueError:
        return f"was killed by signal {-code}"
