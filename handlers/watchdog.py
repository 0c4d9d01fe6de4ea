"""A net of its own below the gates: every minute, does each run that is about to start have one?

Two things are mended from here. A gate that has no result when its cancel call had to be over is
taken for no answer, whatever holds it up, and its run is cancelled. And a run that Resource Graph
shows, of a configuration that the settings name, whose event never came, is gated as if it had.
Neither needs the orchestration engine to be well: what cannot be looked up counts as not there.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeVar

from arg_queries.upcoming import Upcoming, UpcomingRun, upcoming_runs
from cancel_client.answers import says_cancelled
from core import wire
from core.clock import seconds_between
from core.errors import CannotStart, shorten
from handlers.activities import on_own_thread
from handlers.engines import Begun, Register
from handlers.rescue import Rescue
from handlers.services import Services
from handlers.starting import gate_order, look, start_story
from handlers.wards import Ward, event_of, has_result

__all__ = ["Watch", "Watchdog"]

_log = logging.getLogger("patchgate")

T = TypeVar("T")

_TICK = timedelta(minutes=1)
_BACK = timedelta(hours=3)  # gates that were begun before are over
_AHEAD = timedelta(hours=1)
# Events come 40 to 30 minutes before the start; a little later none is to be expected any more.
_OVERDUE = timedelta(minutes=28)
_ROUND = timedelta(seconds=45)  # of the cancel call: less than until the next tick
_ASKING = timedelta(seconds=20)  # for Resource Graph
_ENGINE = 15.0  # real seconds: an engine that has not answered by then is stuck
_AT_ONCE = 50  # cancel calls

Done = Literal["started", "cancelled"] | None
Standing = Literal["a result", "no result", "no gate", "no answer"]
_WHY = {
    "no result": "its gate has no result",
    "no gate": "it has no gate, and none could be started",
    "no answer": "nobody could say how its gate stands",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one look has led to: the keys of gates started, and of those whose run was cancelled."""

    started: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class Watchdog:
    """Looks when `tick` is called. Keeps nothing but what it has seen confirmed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._confirmed: set[str] = set()
        self._lines = asyncio.Semaphore(_AT_ONCE)

    async def tick(self, register: Register) -> Watch:
        """Look after every run that is about to start. Never raises for what others do."""
        listed = await self._listed(register)
        over = {gate.key for gate in listed if has_result(gate.status, None)}
        open_gates = [gate for gate in listed if gate.key not in over]
        known = [await self._ward(gate, register) for gate in open_gates]
        wards = {ward.key: ward for ward in known if ward}
        for found in await self._upcoming():
            ward = self._shown(found)
            if ward.key not in over:
                wards.setdefault(ward.key, ward)
        done = await asyncio.gather(*(self._guard(ward, register) for ward in wards.values()))
        return Watch(
            started=tuple(key for key, what in zip(wards, done, strict=True) if what == "started"),
            cancelled=tuple(
                key for key, what in zip(wards, done, strict=True) if what == "cancelled"
            ),
        )

    async def _listed(self, register: Register) -> list[Begun]:
        """The gates of the last hours; none if the engine does not say."""
        since = self._services.clock.now() - _BACK
        try:
            begun = await _soon(register.since(since))
        except Exception as error:  # noqa: BLE001 - a stuck engine is what this is for
            _log.error("the watchdog cannot list the gates: %s", _why(error))
            return []
        return [gate for gate in begun if gate.key.startswith("gate-")]

    async def _ward(self, gate: Begun, register: Register) -> Ward | None:
        try:
            order = None if gate.status else await _soon(register.order(gate.key))
        except Exception as error:  # noqa: BLE001 - as above
            _log.error("the watchdog cannot read %s: %s", gate.key, _why(error))
            return None
        ward = Ward.of_gate(gate, order)
        if ward is None:
            _log.error("the watchdog does not understand %s (%s)", gate.key, gate.state)
        return ward

    async def _upcoming(self) -> tuple[UpcomingRun, ...]:
        """Runs of configurations that are ours, as Resource Graph shows them."""
        settings = self._services.settings
        if not settings.named:
            return ()
        upcoming = await on_own_thread(self._ask, _AHEAD)
        for problem in upcoming.problems:
            _log.warning("the watchdog may not see every run: %s", shorten(problem, 300))
        return tuple(
            found
            for found in upcoming.runs
            if settings.names(found.run.configuration) and not says_cancelled(found.status)
        )

    def _ask(self, ahead: timedelta) -> Upcoming:
        now = self._services.clock.now()
        return upcoming_runs(
            self._services.graph, since=now, until=now + ahead, deadline=now + _ASKING
        )

    def _shown(self, found: UpcomingRun) -> Ward:
        policy, _ = self._services.policy_for(found.run.configuration)
        return Ward.of_run(found, policy, self._services.clock.now())

    async def _guard(self, ward: Ward, register: Register) -> Done:
        """Do for one run what has to be done."""
        if ward.found and await self._standing(ward, register) == "no gate":
            if self._services.clock.now() < ward.start - _OVERDUE:
                return None  # its event may still come
            if await self._start(ward, ward.found, register):
                return "started"
        if ward.mode == "observe" or ward.key in self._confirmed:
            return None
        if not await self._wait(ward):
            return None
        standing = await self._standing(ward, register)
        return None if standing == "a result" else await self._cancel(ward, standing, register)

    async def _standing(self, ward: Ward, register: Register) -> Standing:
        try:
            known = await _soon(look(register, ward.key))
        except (CannotStart, TimeoutError) as error:
            _log.error("the watchdog cannot look up %s: %s", ward.key, _why(error))
            return "no answer"
        if known is None:
            return "no gate"
        return "a result" if has_result(known.status, known.output) else "no result"

    async def _start(self, ward: Ward, found: UpcomingRun, register: Register) -> bool:
        """Start the gate whose event did not come. False if the engine does not take it."""
        now = self._services.clock.now()
        warning = (
            "no event came for this run: the watchdog found it in Resource Graph at"
            f" {now:%H:%M:%S} UTC; see the event subscription, its filter and its dead letters"
        )
        _log.warning("run %s: %s", found.run, warning)
        order = gate_order(event_of(found, now), self._services, warning)
        try:
            await _soon(start_story("gate", ward.key, wire.dump(order), register))
        except (CannotStart, TimeoutError) as error:
            _log.error("the watchdog cannot start %s: %s", ward.key, _why(error))
            return False
        return True

    async def _wait(self, ward: Ward) -> bool:
        """Until the run is due, if that is before the next look; whether it is."""
        clock = self._services.clock
        if ward.due > clock.now() + _TICK:
            return False
        await on_own_thread(clock.sleep, seconds_between(clock.now(), ward.due))
        return clock.now() < ward.start

    async def _cancel(self, ward: Ward, standing: Standing, register: Register) -> Done:
        because = f"at {ward.due:%H:%M:%S} UTC, when it had to be over, {_WHY[standing]}"
        _log.critical("run %s is cancelled by the watchdog: %s", ward.run, because)
        rescue = Rescue(run=ward.run, by="watchdog", because=because)
        async with self._lines:
            until = min(self._services.clock.now() + _ROUND, ward.start)
            outcome = await rescue.round(until, self._services)
        if outcome.confirmed:
            self._confirmed.add(ward.key)
        if outcome.confirmed or until == ward.start:
            await rescue.keep(outcome, register, self._services)
        return "cancelled" if outcome.confirmed else None


async def _soon(answer: Awaitable[T]) -> T:
    """The engine's answer. Raises `TimeoutError` if it takes too long."""
    return await asyncio.wait_for(answer, _ENGINE)


def _why(error: Exception) -> str:
    return shorten(f"{type(error).__name__}: {error}", 300)
