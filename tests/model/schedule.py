"""Virtual time for threads and coroutines: one at a time has the baton, and time only jumps.

Everything that happens is an entry in one queue. Whoever sleeps, or waits for Azure, parks its
thread with an entry that wakes it, and gives the baton back; so between two entries nothing moves,
what is done at a moment is seen by all who look later, and by none who looked before. A step that
sleeps is therefore no special case: other steps, timers, deliveries and Azure's own late effects
happen meanwhile, at their own moments.

Real threads, because the product's own code wants them (`arm.within`, `on_own_thread`); they never
run at the same time, so a story with one seed is the same story each time.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from core.clock import seconds_between

__all__ = ["Killed", "Process", "Schedule", "Strand", "Task", "VirtualClock"]

_REAL_PATIENCE = 60.0  # seconds that a thread may really run before it must park or end


class Killed(BaseException):
    """The worker died here. No `except Exception` may take it for a failure of a step."""


@dataclass(eq=False, slots=True)
class _Parked:
    """A thread that waits: for its moment, or for whoever wakes it before."""

    owner: Process
    go: threading.Event = field(default_factory=threading.Event)
    woken: bool = False


class Schedule:
    """The queue, the time, and who has the baton.

    `hop` is called at every moment at which a worker may die: it raises `Killed` if it does there,
    and is true if what waits there never goes on.
    """

    def __init__(self, start: datetime) -> None:
        self.now = start
        self.running: Process | None = None
        self.hop: Callable[[], bool] = lambda: False
        self._queue: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()

    def at(self, moment: datetime, work: Callable[[], None]) -> None:
        """Do that then; at once, but after what is due already, if it is past."""
        heapq.heappush(self._queue, (max(moment, self.now), next(self._order), work))

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do that so many seconds from now."""
        self.at(self.now + timedelta(seconds=min(seconds, 1e8)), work)

    def run(self, until: datetime) -> None:
        """Until nothing is left to happen by then."""
        while self._queue and self._queue[0][0] <= until:
            self.now, _, work = heapq.heappop(self._queue)
            work()

    def pause(self) -> None:
        """A moment without waiting: somebody may die there, or hang."""
        if self.hop():
            self._wait(_Parked(owner=self._owner))

    def park(
        self, seconds: float, ticket: Callable[[Callable[[], None]], None] | None = None
    ) -> bool:
        """Give the baton back; True when somebody woke the thread, False when its time came.

        `ticket` is handed the function that wakes it early. Raises `Killed` if it was killed.
        """
        owner = self._owner
        parked = _Parked(owner=owner)
        if ticket is not None:
            ticket(lambda: owner.wake(parked, early=True))
        if not self.hop():
            self.after(seconds, lambda: owner.wake(parked, early=False))
        elif ticket is not None:
            ticket(lambda: None)
        return self._wait(parked)

    @property
    def _owner(self) -> Process:
        assert self.running is not None, "only a process that has the baton can wait"
        return self.running

    def _wait(self, parked: _Parked) -> bool:
        parked.owner.parked(parked)
        parked.go.wait()
        if parked.owner.dead:
            raise Killed
        return parked.woken


class Process:
    """Something that runs on a worker, on any number of threads: a step, a trigger, a timer."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.dead = False
        self.over = False
        self.patience = 0.0  # seconds until the deadline that it looked at last
        self._waiting: list[_Parked] = []
        self._busy = 0
        self._change = threading.Condition()

    def parked(self, parked: _Parked) -> None:
        """A thread of it waits."""
        with self._change:
            self._waiting.append(parked)
            self._busy -= 1
            self._change.notify_all()

    def wake(self, parked: _Parked, *, early: bool) -> None:
        """Let a parked thread go on, until the whole process waits again or is over."""
        if parked not in self._waiting:
            return
        parked.woken = early
        with self._change:
            self._waiting.remove(parked)
            self._busy += 1
        self.go_on(parked.go.set)

    def go_on(self, start: Callable[[], object] = lambda: None) -> None:
        """It has the baton, from `start` on until it waits."""
        before, self.schedule.running = self.schedule.running, self
        try:
            start()
            self._settle()
        finally:
            self.schedule.running = before

    def kill(self) -> None:
        """Whatever it was doing ends here, without a trace."""
        self.dead = self.over = True
        for parked in self._waiting.copy():
            self.wake(parked, early=True)

    def began(self) -> None:
        """One more thread runs."""
        with self._change:
            self._busy += 1

    def ended(self) -> None:
        """A thread has done what it had to."""
        with self._change:
            self._busy -= 1
            self._change.notify_all()

    def _settle(self) -> None:
        with self._change:
            calm = self._change.wait_for(lambda: self._busy <= 0, _REAL_PATIENCE)
        assert calm, "a thread of the story neither waits nor ends"


class Strand(Process):
    """A function on a thread. `done` hears of its end, unless it was killed."""

    def __init__(
        self, schedule: Schedule, work: Callable[[], Any], done: Callable[[Any], None]
    ) -> None:
        super().__init__(schedule)
        self._work, self._done = work, done
        self._result: Any = None

    def begin(self) -> None:
        """Run until it waits, or to the end."""
        self.began()
        self.go_on(threading.Thread(target=self._run, daemon=True, name="a step").start)

    def go_on(self, start: Callable[[], object] = lambda: None) -> None:
        super().go_on(start)
        if self.over and not self.dead:
            self._done(self._result)

    def _run(self) -> None:
        try:
            self._result = self._work()
        except Killed:
            self.dead = True
        except BaseException as error:  # noqa: BLE001 - handed on
            self._result = error
        self.over = True
        self.ended()


class Task(Process):
    """A coroutine on a loop of its own, which waits in virtual time. `done` hears of its end."""

    def __init__(
        self,
        schedule: Schedule,
        work: Coroutine[Any, Any, Any],
        done: Callable[[Any], None],
    ) -> None:
        super().__init__(schedule)
        self._work, self._done = work, done
        self._loop: Any = _Loop(self)

    def begin(self) -> None:
        """Run until it waits, or to the end."""
        task = self._loop.create_task(self._work)
        task.add_done_callback(self._ended)
        self.go_on()

    def kill(self) -> None:
        super().kill()
        self._loop.ready.clear()
        for task in self._loop.tasks:
            if not task.done():
                task.get_coro().close()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self.over = True
        if not self.dead:
            error = task.exception()
            self._done(task.result() if error is None else error)

    def _settle(self) -> None:
        super()._settle()
        while self._loop.ready and not self.dead:
            self._loop.turn()
            super()._settle()


class _Loop:
    """As much of an event loop as the product's coroutines need, driven from outside."""

    def __init__(self, process: Task) -> None:
        self._process = process
        self.ready: deque[asyncio.Handle] = deque()
        self.tasks: list[asyncio.Task[Any]] = []

    def turn(self) -> None:
        """Run everything that is ready."""
        loop: Any = self
        asyncio._set_running_loop(loop)  # noqa: SLF001 - documented for implementers of loops
        try:
            while self.ready and not self._process.dead:
                handle = self.ready.popleft()
                if not handle.cancelled():
                    handle._run()  # noqa: SLF001 - (the same)
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001 - (the same)

    def time(self) -> float:
        return self._process.schedule.now.timestamp()

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, cast("Any", self), context)
        self.ready.append(handle)
        return handle

    def call_soon_threadsafe(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """The last that a thread of `on_own_thread` does."""
        handle = self.call_soon(callback, *args, context=context)
        self._process.ended()
        return handle

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, cast("Any", self), context)
        self._process.schedule.after(max(0.0, when - self.time()), lambda: self._due(handle))
        return handle

    def call_later(
        self, delay: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def _due(self, handle: asyncio.TimerHandle) -> None:
        if not (handle.cancelled() or self._process.over):
            self.ready.append(handle)
            self._process.go_on()

    def create_future(self) -> asyncio.Future[Any]:
        # `on_own_thread` makes a future and then a thread: from here on one more is running. It has
        # no seam to say so itself, and others (Semaphore, wait_for) make futures without a thread.
        if sys._getframe(1).f_code.co_name == "on_own_thread":  # noqa: SLF001 - see above
            self._process.began()
        return asyncio.Future(loop=cast("Any", self))

    def create_task(self, coro: Any, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.Task(coro, loop=cast("Any", self))
        self.tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A killed coroutine is destroyed while it waits: that is what was wanted."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Its entry stays in the queue, and does nothing."""


class VirtualClock:
    """A `core.clock.Clock` that shows the schedule's time, `ahead` by so many seconds."""

    speed = 1.0

    def __init__(self, schedule: Schedule, ahead: float = 0.0) -> None:
        self._schedule, self._ahead = schedule, timedelta(seconds=ahead)

    def now(self) -> datetime:
        return self._schedule.now + self._ahead

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self._schedule.park(seconds)

    def real_seconds(self, until: datetime) -> float:
        """Plenty, unless it is past: what is bounded by the wall clock must not race with it.

        The story's own time for the request that follows is kept in `Process.patience`.
        """
        left = seconds_between(self.now(), until)
        if self._schedule.running is not None:
            self._schedule.running.patience = left
        return _REAL_PATIENCE if left > 0 else 0.0
