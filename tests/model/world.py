"""One story, played: the real app against the simulated Azure, under a schedule that jumps.

    Event Grid ──> triggers (handlers.accept) ──> the extension ──> stories (handlers.app.STORIES)
    a timer ────> the watchdog                        │
                                                      └──> steps (handlers.activities) ──> Azure

Triggers and watchdog are `Task`s, steps are `Strand`s, both of one worker, which may die at any hop
and come back. Each hop has a number, so a death is a number and shrinks like one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from core.model import PreMaintenanceEvent
from handlers.accept import accept
from handlers.activities import steps
from handlers.app import STORIES
from handlers.engines import Engine, Json, Step
from handlers.engines import Story as Tale
from handlers.safety_net.watchdog import Watchdog
from handlers.starting import Receipt
from simulator import Seen
from simulator.event_grid import ANSWER_WITHIN, wait_after
from tests.durable_history import Instance
from tests.model.azure_in_memory import QuickAzure
from tests.model.engine import Extension, Register, never
from tests.model.envelopes import START, envelope, event_of
from tests.model.network import LINE, Network, Sent
from tests.model.schedule import Killed, Process, Schedule, Task, VirtualClock
from tests.model.site import ModelServices, services_for
from tests.model.story import Death, Delivery, Story

__all__ = ["Attempt", "Played", "Product", "play"]

_MINUTE = timedelta(minutes=1)
_OVER = timedelta(hours=3)  # after the start: whatever has not ended then never will


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One delivery: `result` is receipts, an exception, "died", "down", or None: it hangs yet."""

    at: datetime
    delivery: Delivery
    number: int
    result: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A story that is over: what was said, what was sent, and what is true."""

    story: Story
    event: PreMaintenanceEvent
    began: datetime
    attempts: tuple[Attempt, ...]
    instances: tuple[Instance, ...]
    starts: tuple[str, ...]
    sent: tuple[Sent, ...]
    cancelled_at: datetime | None  # by Azure's clock
    refused: tuple[tuple[datetime, int], ...]  # cancel calls, for what they say
    failed_steps: tuple[tuple[str, str, Any, str], ...]
    downs: tuple[tuple[datetime, datetime], ...]  # when no worker was there
    hops: int
    crashes: tuple[str, ...]  # of the watchdog, which never raises

    @property
    def ours(self) -> tuple[Sent, ...]:
        """The cancel calls that left us."""
        return tuple(sent for sent in self.sent if sent.method not in ("GET", "POST"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What is played: the product as it is, unless a test of this test changes a part of it."""

    steps: Callable[[ModelServices], dict[str, Step]] = steps
    register: Callable[[Extension], Register] = Register
    stories: Mapping[str, Callable[[Engine, Json], Tale[Json]]] = field(
        default_factory=lambda: STORIES
    )


def play(story: Story, product: Product | None = None) -> Played:
    """Play it to its end."""
    with _quiet():
        return _World(story, product or Product()).play()


@contextmanager
def _quiet() -> Iterator[None]:
    """The app says a lot in such a night, and nobody reads it."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


class _World:
    def __init__(self, story: Story, product: Product) -> None:
        self.story, self._product = story, product
        self.event = event_of(story)
        self.began = START - timedelta(seconds=story.lead)
        self.schedule = Schedule(self.began)
        self.schedule.hop = self.hop
        self.azure = QuickAzure(
            story.scenario,
            run=self.event.run,
            start=self.event.start,
            end=self.event.end,
            subscriptions=self.event.subscriptions,
            clock=VirtualClock(self.schedule, story.skew),
        )
        self.network = Network(self.schedule, self.azure, story.latency)
        self.up_at = self.began
        self.hops = 0
        self._deaths = {death.hop: death for death in story.deaths}
        self._processes: list[Process] = []
        self._attempts: list[Attempt] = []
        self._downs: list[tuple[datetime, datetime]] = []
        self._crashes: list[str] = []
        self.extension = Extension(
            schedule=self.schedule,
            site=self,
            stories=product.stories,
            stuck=tuple(
                (self._at(stuck.after), self._at(stuck.after + stuck.seconds), stuck)
                for stuck in story.stuck
            ),
        )
        self.register = product.register(self.extension)
        self._boot()

    def _at(self, seconds: float) -> datetime:
        return self.began + timedelta(seconds=seconds)

    def _boot(self) -> None:
        """A new process: nothing is left of what the old one knew."""
        self.services = services_for(self.story, VirtualClock(self.schedule))
        self.steps: dict[str, Step] = self._product.steps(self.services)
        self.watchdog = Watchdog(self.services)

    def play(self) -> Played:
        LINE.network = self.network
        for delivery in self.story.deliveries:
            self.schedule.at(
                self._at(delivery.after),
                lambda d=delivery: self._deliver(d, 1),  # type: ignore[misc]
            )
        if self.story.watched:
            first = self.began.replace(second=0, microsecond=0) + _MINUTE
            self.schedule.at(first, self._tick)
        self.schedule.run(START + _OVER)
        cancelled_at = self.azure.cancelled_at
        for process in (*self._processes, *(r.strand for r in self.extension.running if r.strand)):
            process.kill()
        return Played(
            story=self.story,
            event=self.event,
            began=self.began,
            attempts=tuple(self._attempts),
            instances=tuple(self.extension.instances.values()),
            starts=tuple(self.extension.starts),
            sent=tuple(self.network.sent),
            cancelled_at=cancelled_at,
            refused=tuple(_refused(self.azure.seen, self.story.scenario.cancel.too_late_status)),
            failed_steps=tuple(self.extension.failed),
            downs=tuple(self._downs),
            hops=self.hops,
            crashes=tuple(self._crashes),
        )

    def hop(self) -> bool:
        """Somebody waits or asks: it may die there (`Killed`), or never go on (True)."""
        self.hops += 1
        death = self._deaths.get(self.hops)
        if death is None:
            return False
        if death.hangs:
            return True
        if self.schedule.running is not None:
            self.schedule.running.dead = True
        up_at = self.schedule.now + timedelta(seconds=death.down)
        self._downs.append((self.schedule.now, up_at))
        self.up_at = max(self.up_at, up_at)
        self.schedule.at(self.schedule.now, lambda: self._bury(death))
        raise Killed

    def _bury(self, death: Death) -> None:
        """The whole worker is gone, and another comes."""
        processes, self._processes = self._processes, []
        for process in processes:
            process.kill()
        for running in self.extension.running:
            if running.strand is not None:
                running.strand.kill()
        self.extension.again(max(death.lease, death.down))
        self.schedule.at(self.up_at, self._boot)

    # Event Grid

    def _deliver(self, delivery: Delivery, number: int) -> None:
        attempt = Attempt(at=self.schedule.now, delivery=delivery, number=number, result=None)
        self._attempts.append(attempt)
        index = len(self._attempts) - 1
        ended: list[Any] = []

        def end(result: Any) -> None:
            self._attempts[index] = replace(attempt, result=result)
            if not ended:
                ended.append(result)
                if not isinstance(result, tuple):
                    self._again(delivery, number)

        def too_late() -> None:
            if not ended:
                ended.append(None)
                self._again(delivery, number)

        if self.up_at > self.schedule.now:
            end("down")
            return
        body = envelope(self.story, delivery)
        trigger = _Trigger(self.schedule, self._accept(body), end)
        self._processes.append(trigger)
        self.schedule.at(self.schedule.now + ANSWER_WITHIN, too_late)
        trigger.begin()

    async def _accept(self, body: Any) -> tuple[Receipt, ...]:
        if self.hop():
            await never()
        return await accept(body, self.register, self.services)

    def _again(self, delivery: Delivery, failures: int) -> None:
        if failures < 30:
            self.schedule.at(
                self.schedule.now + wait_after(failures),
                lambda: self._deliver(delivery, failures + 1),
            )

    # The timer

    def _tick(self) -> None:
        if self.schedule.now < START + _MINUTE:
            self.schedule.at(self.schedule.now + _MINUTE, self._tick)
        if self.up_at > self.schedule.now:
            return

        def end(result: Any) -> None:
            if isinstance(result, BaseException):
                self._crashes.append(f"{type(result).__name__}: {result}")

        watch = Task(self.schedule, self.watchdog.tick(self.register), end)
        self._processes.append(watch)
        watch.begin()


def _refused(requests: tuple[Seen, ...], too_late: int) -> Iterator[tuple[datetime, int]]:
    for seen in requests:
        writes = seen.method not in ("GET", "POST")
        if writes and not seen.note and seen.status in {400, 401, 404, 405} - {too_late}:
            yield seen.at, seen.status


class _Trigger(Task):
    """A delivery whose worker dies has failed."""

    def __init__(self, schedule: Schedule, work: Any, done: Any) -> None:
        super().__init__(schedule, work, done)
        self._told = done

    def kill(self) -> None:
        over = self.over
        super().kill()
        if not over:
            self._told("died")
