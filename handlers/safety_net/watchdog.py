"""A net of its own below the gates: every minute, does each run that is about to start have one?

Two things are mended from here. A gate that has no result when its cancel call had to be over is
taken for no answer, whatever holds it up, and its run is cancelled. And a run that Resource Graph
shows, of a configuration that the settings name, whose event never came, is gated as if it had.
For configurations that are named, neither needs the orchestration engine to be well: what cannot be
looked up counts as not there. With a bare `*`, only the gates that the engine lists are known.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from arg_queries.upcoming import Upcoming, UpcomingRun, upcoming_runs
from cancel_client.answers import says_cancelled
from core.errors import shorten
from core.policy import Policy
from handlers.engines import Begun, Register
from handlers.keys import is_gate
from handlers.own_thread import on_own_thread
from handlers.safety_net.guarding import TICK, Done, Guard, why
from handlers.safety_net.wards import Ward
from handlers.services import Services
from handlers.starting import soon
from handlers.status import has_result

__all__ = ["Watch", "Watchdog"]

_log = logging.getLogger("patchgate")

_BACK = timedelta(hours=3)  # gates that were begun before are over
_AHEAD = timedelta(hours=1)
_ASKING = timedelta(seconds=20)  # for Resource Graph
_LONGEST = timedelta(minutes=20)  # of one tick, while runs become due one after the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one tick has led to: the keys of gates started, and of those whose run was cancelled."""

    started: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


class Watchdog:
    """Looks when `tick` is called."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._guard = Guard(services)
        self._told = False

    async def tick(self, register: Register) -> Watch:
        """Look after every run that is about to start. Never raises for what others do.

        The host begins no tick before the last one has ended, so one that has runs to guard looks
        again every minute by itself: others become due meanwhile.
        """
        clock = self._services.clock
        end = clock.now() + _LONGEST
        guards: dict[str, asyncio.Task[Done]] = {}
        done: dict[str, Done] = {}
        while True:
            wards = await self._wards(register) if clock.now() < end else []
            for ward in wards:
                if ward.key not in guards:
                    guards[ward.key] = asyncio.create_task(self._guard.safely(ward, register))
            if guards:
                await asyncio.wait(guards.values(), timeout=clock.real_seconds(clock.now() + TICK))
            for key in [key for key, guard in guards.items() if guard.done()]:
                done[key] = guards.pop(key).result() or done.get(key)
            if not guards:
                return Watch(
                    started=tuple(key for key, what in done.items() if what == "started"),
                    cancelled=tuple(key for key, what in done.items() if what == "cancelled"),
                )

    async def _wards(self, register: Register) -> list[Ward]:
        """The runs that nobody has decided yet, as far as gates and Resource Graph show them."""
        now, guard = self._services.clock.now(), self._guard
        guard.over = {key: seen for key, seen in guard.over.items() if seen > now - _BACK}
        listed, upcoming = await asyncio.gather(self._listed(register), self._upcoming())
        guard.over |= {gate.key: now for gate in listed if has_result(gate.status, None)}
        known = await asyncio.gather(
            *(self._ward(gate, register) for gate in listed if gate.key not in guard.over)
        )
        wards = {ward.key: ward for ward in known if ward}
        for ward in map(self._shown, upcoming):
            if ward.key not in guard.over:
                wards.setdefault(ward.key, ward)
        return sorted(wards.values(), key=lambda ward: ward.due)

    async def _listed(self, register: Register) -> list[Begun]:
        """The gates of the last hours; none if the engine does not say."""
        since = self._services.clock.now() - _BACK
        try:
            begun = await soon(register.since(since))
        except Exception as error:  # noqa: BLE001 - a stuck engine is what this is for
            _log.error("the watchdog cannot list the gates: %s", why(error))
            return []
        return [gate for gate in begun if is_gate(gate.key)]

    async def _ward(self, gate: Begun, register: Register) -> Ward | None:
        """By what the gate shows, or else by what it was given."""
        try:
            ward = Ward.of_status(gate) or Ward.of_order(gate, await soon(register.order(gate.key)))
        except Exception as error:  # noqa: BLE001 - as above
            _log.error("the watchdog cannot read %s: %s", gate.key, why(error))
            return None
        if ward is None:
            _log.error("the watchdog does not understand %s (%s)", gate.key, gate.state)
        return ward

    async def _upcoming(self) -> tuple[UpcomingRun, ...]:
        """Runs of configurations that are ours, as Resource Graph shows them."""
        settings = self._services.settings
        if not settings.named:
            self._tell_once()
            return ()
        try:
            upcoming = await on_own_thread(self._ask, _AHEAD)
        except Exception as error:  # noqa: BLE001 - the gates that are listed are watched all the same
            _log.error("the watchdog cannot ask Resource Graph: %s", why(error))
            return ()
        for problem in upcoming.problems:
            _log.warning("the watchdog may not see every run: %s", shorten(problem, 300))
        return tuple(
            found
            for found in upcoming.runs
            if settings.names(found.run.configuration) and not says_cancelled(found.status)
        )

    def _tell_once(self) -> None:
        if not self._told:
            self._told = True
            _log.warning(
                "PATCHGATE_CONFIGURATIONS names no configuration: the watchdog looks after gates,"
                " and not for runs whose event never comes"
            )

    def _ask(self, ahead: timedelta) -> Upcoming:
        now = self._services.clock.now()
        return upcoming_runs(
            self._services.graph, since=now, until=now + ahead, deadline=now + _ASKING
        )

    def _shown(self, found: UpcomingRun) -> Ward:
        try:
            policy, _ = self._services.policy_for(found.run.configuration)
        except Exception as error:  # noqa: BLE001 - the strictest then
            _log.error("run %s has no policy: %s", found.run, why(error))
            policy = Policy()
        return Ward.of_run(found, policy, self._services.clock.now())
