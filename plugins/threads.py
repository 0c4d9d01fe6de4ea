"""Put a question on threads of ours, which can be abandoned: never on the worker's.

A sync check that hangs cannot be ended. Its thread is left behind at the deadline, and counted
until it ends by itself.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.clock import Clock, seconds_between
from core.model import Verdict
from plugins.outcomes import answered, raised, silent
from plugins.question import Answer, Heard, Question

__all__ = ["ABANDONED", "THREADS", "Abandoned", "hear"]

THREADS = 8  # for one question
_MOST_THREADS = 512  # of all questions in this process, the hung ones included
_ASYNC = 64  # coroutines of one check under way at once
_STEP = 0.02  # real seconds after which another thread helps, unless the answers come fast:
_FAST = 20  # from each thread so many in that time

_live = threading.BoundedSemaphore(_MOST_THREADS)

_Listener = Callable[[int, Answer], None]


class Abandoned:
    """How many threads are still busy with questions whose time is over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0

    @property
    def count(self) -> int:
        """Those that are now."""
        return self._count

    def more(self, threads: int) -> None:
        """So many have been left behind, or with a negative number: have ended after all."""
        with self._lock:
            self._count += threads


ABANDONED = Abandoned()  # of questions whose asker keeps no count of its own


def hear(
    question: Question,
    clock: Clock,
    *,
    abandoned: Abandoned = ABANDONED,
    listener: _Listener | None = None,
) -> Heard:
    """Ask until all have answered or the context's deadline comes, never longer.

    `listener` is told of each answer at once, on the thread that has it.
    """
    hearing = _Hearing(question, clock, abandoned, listener)
    hearing.until(question.context.deadline)
    return Heard(answers=hearing.answers.copy())


class _Hearing:
    """Threads take the next subject until there is none."""

    def __init__(
        self, question: Question, clock: Clock, abandoned: Abandoned, listener: _Listener | None
    ) -> None:
        self._question, self._clock = question, clock
        self._abandoned, self._listener = abandoned, listener
        self.answers: dict[int, Answer] = {}
        self._next = itertools.count()
        self._count = len(question.subjects)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._threads = 0  # that have not ended
        self._told = 0  # answers that the listener knows as well
        self._closed = self._left_behind = False
        self._stop: Callable[[], object] | None = None

    def until(self, deadline: datetime) -> None:
        """Ask until all have answered or the deadline comes."""
        if not self._count:
            return
        most = 1 if self._question.definition.is_async else min(THREADS, self._count)
        threads = heard = 0
        while not self._done.is_set() and (left := self._clock.real_seconds(deadline)) > 0:
            fast = len(self.answers) - heard >= _FAST * threads > 0
            heard = len(self.answers)
            threads += threads < most and not fast and self._another_thread()
            self._done.wait(min(left, _STEP) if threads < most else left)
        self._close()

    def _close(self) -> None:
        with self._lock:
            self._closed = True
            if not self._done.is_set():
                self._left_behind = True
                self._abandoned.more(self._threads)
            stop = self._stop
        if stop is not None:
            stop()

    def _another_thread(self) -> bool:
        """Start one, unless there are too many already: hung checks keep theirs."""
        if not _live.acquire(blocking=False):
            return False
        try:
            name = self._question.definition.name
            thread = threading.Thread(target=self._on_a_thread, daemon=True, name=name)
            with self._lock:
                self._threads += 1
            thread.start()
        except RuntimeError:  # the operating system has no more
            self._ended()
            return False
        return True

    def _on_a_thread(self) -> None:
        try:
            if self._question.definition.is_async:
                self._many()
            else:
                self._one_after_another()
        finally:
            self._ended()

    def _ended(self) -> None:
        with self._lock:
            self._threads -= 1
            if self._left_behind:
                self._abandoned.more(-1)
        _live.release()

    def _one_after_another(self) -> None:
        began = self._clock.now()
        while (index := self._take()) is not None:
            try:
                answer = self._question.put(self._question.subjects[index])
                if inspect.iscoroutine(answer):
                    answer.close()
                ended = self._clock.now()
                self._put(index, self._read(index, answer, seconds_between(began, ended)))
                began = ended
            except BaseException as error:  # noqa: BLE001 - users' code: sys.exit too
                self._failed(index, error)
                began = self._clock.now()

    def _many(self) -> None:
        async def worker() -> None:
            while (index := self._take()) is not None:
                subject, began = self._question.subjects[index], self._clock.now()
                try:
                    answer = await self._question.put(subject)
                    seconds = seconds_between(began, self._clock.now())
                    self._put(index, self._read(index, answer, seconds))
                except BaseException as error:  # noqa: BLE001 - users' code: sys.exit too
                    self._failed(index, error)

        async def workers() -> None:
            tasks = asyncio.gather(*(worker() for _ in range(min(_ASYNC, self._count))))
            loop = asyncio.get_running_loop()
            with self._lock:
                self._stop = lambda: _stop(loop, tasks)
            await tasks

        try:
            asyncio.run(workers())
        except BaseException as error:  # noqa: BLE001 - users' code can even stop the loop
            for index in range(self._count):
                if index not in self.answers:
                    self._failed(index, error)

    def _take(self) -> int | None:
        index = next(self._next)
        return index if index < self._count and not self._closed else None

    def _read(self, index: int, answer: object, seconds: float) -> Answer:
        # A mapping may be any code of the author's: it is read here, where it may hang.
        if not isinstance(answer, Verdict) and isinstance(answer, Mapping):
            answer = dict(answer.items())
        return answered(self._name, self._question.subjects[index], answer, seconds)

    def _failed(self, index: int, error: BaseException) -> None:
        subject = self._question.subjects[index]
        try:
            outcome = raised(self._name, subject, error)
        except BaseException:  # noqa: BLE001 - even asking it for its words
            outcome = silent(self._name, subject, f"raised {type(error).__name__}")
        self._put(index, outcome)

    @property
    def _name(self) -> str:
        return self._question.definition.name

    def _put(self, index: int, answer: Answer) -> None:
        with self._lock:
            if self._closed:
                return
            self.answers[index] = answer
        if self._listener is not None:
            self._listener(index, answer)
        with self._lock:
            self._told += 1
            if self._told == self._count:
                self._done.set()


def _stop(loop: asyncio.AbstractEventLoop, tasks: asyncio.Future[Any]) -> None:
    """End coroutines that only wait: nobody listens to them any more."""
    try:
        loop.call_soon_threadsafe(tasks.cancel)
    except RuntimeError:  # the loop has ended by itself
        return
