"""What the watchdog does for one run: nothing, start its gate, or cancel it."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Literal

from arg_queries.upcoming import UpcomingRun
from core import wire
from core.clock import seconds_between
from core.errors import CannotStart, shorten
from handlers.engines import Known, Register
from handlers.own_thread import on_own_thread
from handlers.safety_net.rescue import Rescue
from handlers.safety_net.wards import YOUNG, Ward, event_of
from handlers.services import Services
from handlers.starting import gate_order, look, start_story
from handlers.status import has_result

__all__ = ["TICK", "Done", "Guard", "why"]

_log = logging.getLogger("patchgate")

TICK = timedelta(minutes=1)
# Events come 40 to 30 minutes before the start; a little later none is to be expected any more.
_OVERDUE = timedelta(minutes=28)
_ROUND = timedelta(seconds=45)  # of the cancel call: less than until the next look
_AT_ONCE = 200  # cancel calls: what Azure takes at once of one identity and subscription

Done = Literal["started", "cancelled"] | None
Standing = Literal["over", "just begun", "no result", "no gate", "no answer"]
_WHY: dict[Standing, str] = {
    "no result": "its gate has no result",
    "no gate": "there was no gate for it",
    "no answer": "nobody could say how its gate stands",
}


class Guard:
    """Guards runs. `over` are those that have a result or a confirmed cancel, and since when.

    What has been seen once stays so, whatever becomes of the engine.
    """

    def __init__(self, services: Services) -> None:
        self.over: dict[str, datetime] = {}
        self._services = services
        self._lines = asyncio.Semaphore(_AT_ONCE)

    async def safely(self, ward: Ward, register: Register) -> Done:
        """Do for one run what has to be done. Never raises: there are other runs."""
        try:
            return await self._guard(ward, register)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next look may do
            _log.critical("the watchdog failed for run %s: %s", ward.run, why(error))
            return None

    async def _guard(self, ward: Ward, register: Register) -> Done:
        if ward.found is not None:
            standing = await self._standing(ward, register)
            if standing in ("over", "just begun"):
                return None
            if standing == "no gate":
                if self._services.clock.now() < ward.start - _OVERDUE:
                    return None  # its event may still come
                if await self._start(ward, ward.found, register):
                    return "started"
        if ward.mode == "observe" or not await self._is_due(ward):
            return None
        standing = await self._standing(ward, register)
        if standing in ("over", "just begun"):
            return None
        return await self._cancel(ward, standing, register)

    async def _standing(self, ward: Ward, register: Register) -> Standing:
        try:
            known = await self._looked_up(ward, register)
        except CannotStart as error:
            _log.error("the watchdog cannot look up %s: %s", ward.key, why(error))
            return "no answer"
        if known is None:
            return "no gate"
        now = self._services.clock.now()
        if has_result(known.status, known.output):
            self.over[ward.key] = now
            return "over"
        young = known.created is not None and now < known.created + YOUNG
        return "just begun" if young else "no result"

    async def _looked_up(self, ward: Ward, register: Register) -> Known | None:
        try:
            return await look(register, ward.key)
        except CannotStart as error:
            if isinstance(error.__cause__, TimeoutError):
                raise
            # Said at once: one connection may have been cut, so ask once more.
            return await look(register, ward.key)

    async def _start(self, ward: Ward, found: UpcomingRun, register: Register) -> bool:
        """Start the gate whose event did not come. False if the engine does not take it."""
        now = self._services.clock.now()
        warning = (
            "no event came for this run: the watchdog found it in Resource Graph at"
            f" {now:%H:%M:%S} UTC; see the event subscription, its filter and its dead letters."
            " Machines in subscriptions that show no row of the run are not known of"
        )
        _log.warning("run %s: %s", found.run, warning)
        order = gate_order(event_of(found, now), self._services, warning)
        try:
            await start_story("gate", ward.key, wire.dump(order), register)
        except CannotStart as error:
            _log.error("the watchdog cannot start %s: %s", ward.key, why(error))
            return False
        return True

    async def _is_due(self, ward: Ward) -> bool:
        """Waits until it is, if that is before the next look."""
        clock = self._services.clock
        if ward.due > clock.now() + TICK:
            return False
        await on_own_thread(clock.sleep, seconds_between(clock.now(), ward.due))
        return clock.now() < ward.start

    async def _cancel(self, ward: Ward, standing: Standing, register: Register) -> Done:
        because = f"at {ward.due:%H:%M:%S} UTC, when it had to be over, {_WHY[standing]}"
        if ward.run.is_drill:
            self.over[ward.key] = self._services.clock.now()
            _log.error("drill %s: %s; a run would be cancelled", ward.run, because)
            return None
        _log.critical("the watchdog cancels run %s: %s", ward.run, because)
        rescue = Rescue(run=ward.run, by="watchdog", because=because)
        async with self._lines:
            now = self._services.clock.now()
            # The last round goes on until the start: the next look might come after it.
            last = ward.start < now + _ROUND + TICK
            until = ward.start if last else now + _ROUND
            outcome = await rescue.round(until, self._services)
        if outcome.confirmed:
            self.over[ward.key] = self._services.clock.now()
        if outcome.confirmed or last:
            await rescue.keep(outcome, register, self._services)
        return "cancelled" if outcome.confirmed else None


def why(error: Exception) -> str:
    """What went wrong, on one line."""
    return shorten(str(error) or type(error).__name__, 300)
