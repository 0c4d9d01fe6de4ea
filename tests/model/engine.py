"""The Durable extension in the story's time: it hands work out, and again when a worker died.

Histories and replays are `tests.durable_history`'s, orchestrators run through the SDK's own replay
engine. What the extension promises is here: a step is handed out at least once and answers at most
once, an instance's events wait while no worker is there, and a replay whose worker died is done
again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.errors import CannotStart
from handlers.engines import Begun, Engine, Json, Known, Step, Story
from tests.durable_history import Activity, Instance, Timer
from tests.model.schedule import Killed, Schedule, Strand
from tests.model.session import Session
from tests.model.story import Stuck

__all__ = ["Extension", "Register", "Running", "Site", "never"]

_ON_ITS_WAY = 0.1  # seconds from the extension to the worker, or back
_PATIENCE = 300.0  # seconds of the Durable client, which has aiohttp's
_SOON = timedelta(milliseconds=1)


@dataclass(eq=False, slots=True)
class Running:
    """A step on a worker."""

    instance: Instance
    wanted: Activity
    strand: Strand | None = None


class Site(Protocol):
    """Where steps are taken: a worker that may be down."""

    @property
    def up_at(self) -> datetime: ...
    @property
    def steps(self) -> dict[str, Step]: ...
    def hop(self) -> bool: ...


@dataclass(eq=False, kw_only=True)
class Extension:
    """Instances, and what is still to be handed out."""

    schedule: Schedule
    site: Site
    stories: Mapping[str, Callable[[Engine, Json], Story[Json]]]
    stuck: tuple[tuple[datetime, datetime, Stuck], ...] = ()
    instances: dict[str, Instance] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    failed: list[tuple[str, str, Any, str]] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    _events: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def stuck_now(self, *how: str) -> Stuck | None:
        """What is wrong with the engine at this moment, if it is one of these."""
        now = self.schedule.now
        found = (s for begin, end, s in self.stuck if begin <= now < end and s.how in how)
        return next(found, None)

    def start(self, name: str, key: str, order: Json) -> None:
        """Take a story. One of that key that is at work is in the way, a finished one is not."""
        known = self.instances.get(key)
        if known is not None and known.finished is None:
            raise CannotStart(key, "there is one of that key already")
        self.starts.append(key)
        self.sessions.pop(key, None)
        self._events.pop(key, None)
        now = self.schedule.now
        instance = Instance(name=name, id=key, input=json.dumps(order), created=now)
        self.instances[key] = instance
        self._later(_ON_ITS_WAY, instance, instance.started)

    def again(self, lease: float) -> None:
        """The worker has died: what it had is handed out again once the lease is over."""
        self.sessions.clear()
        lost, self.running = self.running, []
        for one in lost:
            if one.strand is None or one.strand.dead:
                self.schedule.after(lease, lambda one=one: self._take(one.instance, one.wanted))  # type: ignore[misc]
            else:  # it hangs on a worker that lives
                self.running.append(one)

    def _later(self, seconds: float, instance: Instance, event: dict[str, Any]) -> None:
        def happens() -> None:
            if self.instances[instance.id] is not instance:
                return  # of a story that another one has replaced
            self._events.setdefault(instance.id, []).append(event)
            self._replay(instance)

        self.schedule.after(seconds, happens)

    def _replay(self, instance: Instance) -> None:
        """Hand the instance's events to a worker, all that there are."""
        now = self.schedule.now
        again = max(self.site.up_at, self._moves_at())
        if again > now:
            self.schedule.at(again, lambda: self._replay(instance))
            return
        if instance.id not in self._events or instance.finished:
            return
        try:
            self.site.hop()
        except Killed:  # during the replay: nothing of it is kept
            self.schedule.at(now + _SOON, lambda: self._replay(instance))
            return
        events = [e for e in self._events.pop(instance.id) if not instance.gave_up(e)]
        if not events:
            return
        before = len(instance.history)
        instance.begin_replay(events, now)
        session = self.sessions.setdefault(instance.id, Session(self.stories))
        told = session.play(instance, instance.history[before:])
        for wanted in instance.end_replay(told, now):
            self._hand_out(instance, wanted)

    def _moves_at(self) -> datetime:
        """When stories go on: now, unless the engine is down."""
        now = self.schedule.now
        down = (end for begin, end, s in self.stuck if begin <= now < end and s.how != "refuses")
        return max(down, default=now)

    def _hand_out(self, instance: Instance, wanted: Activity | Timer) -> None:
        now = self.schedule.now
        if isinstance(wanted, Timer):
            seconds = max(0.0, (wanted.fire_at - now).total_seconds())
            self._later(seconds, instance, wanted.fired())
        else:
            self.schedule.after(_ON_ITS_WAY, lambda: self._take(instance, wanted))

    def _take(self, instance: Instance, wanted: Activity) -> None:
        again = max(self.site.up_at, self._moves_at())
        if again > self.schedule.now:
            self.schedule.at(again, lambda: self._take(instance, wanted))
            return
        running = Running(instance=instance, wanted=wanted)
        step, request = self.site.steps[wanted.name], json.loads(json.dumps(wanted.request))
        running.strand = Strand(
            self.schedule, lambda: step(request), lambda result: self._answered(running, result)
        )
        self.running.append(running)
        running.strand.begin()

    def _answered(self, running: Running, result: Any) -> None:
        if running in self.running:
            self.running.remove(running)
        wanted, now = running.wanted, self.schedule.now
        if isinstance(result, BaseException):
            told = (running.instance.id, wanted.name, wanted.request, repr(result))
            self.failed.append(told)
            event = wanted.failed(now, f"{type(result).__name__}: {result}")
        else:
            event = wanted.completed(now, result)
        self._later(_ON_ITS_WAY, running.instance, event)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    state: str
    status: Json
    output: Json
    created: datetime | None


async def never() -> None:
    """Wait for ever."""
    await asyncio.get_running_loop().create_future()


class Register:
    """A `handlers.engines.Register`: the extension as a trigger, or the watchdog, sees it."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension

    async def look(self, key: str) -> Known | None:
        await self._reached()
        known = self._extension.instances.get(key)
        if known is None:
            return None
        return _Known(
            state=known.state,
            status=known.custom_status,
            output=known.output,
            created=known.created,
        )

    async def start(self, story: str, key: str, order: Json) -> None:
        try:
            await self._reached()
        except ConnectionError as error:  # as `DurableStarter` does
            raise CannotStart(key, str(error)) from error
        if self._extension.stuck_now("refuses"):
            raise CannotStart(key, "the host answered 503")
        self._extension.start(story, key, json.loads(json.dumps(order)))

    async def since(self, moment: datetime) -> list[Begun]:
        await self._reached()
        return [
            Begun(key=i.id, created=i.created, state=i.state, status=i.custom_status)
            for i in reversed(self._extension.instances.values())
            if i.created >= moment
        ]

    async def order(self, key: str) -> Json:
        await self._reached()
        known = self._extension.instances.get(key)
        return None if known is None else json.loads(known.input)

    async def _reached(self) -> None:
        """The way to the extension: the caller may die or hang on it, and it may not answer."""
        if self._extension.site.hop():
            await never()
        if self._extension.stuck_now("silent"):
            await asyncio.sleep(_PATIENCE)
            raise ConnectionError("the host did not answer in time")
        if self._extension.stuck_now("down"):
            raise ConnectionError("the host does not answer")
