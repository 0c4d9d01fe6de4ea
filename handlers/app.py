"""Patchgate behind the bindings of Azure Functions: one method for each thing that can happen."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core import wire
from core.errors import shorten
from core.settings import Settings
from handlers.accept import accept
from handlers.aftermath import aftermath
from handlers.engines import Engine, Json, Known, Step, Story
from handlers.engines.durable_functions import (
    DurableStarter,
    orchestrate,
    raw_event,
)
from handlers.gate import gate
from handlers.keeping import KEEPING
from handlers.keys import is_key
from handlers.own_thread import on_own_thread
from handlers.restore import restore
from handlers.safety_net.rescue import rescue
from handlers.services import Services
from handlers.telemetry import telling
from handlers.telemetry.switch import switch_on

if TYPE_CHECKING:
    from handlers.safety_net.watchdog import Watchdog

__all__ = ["STORIES", "Patchgate", "report_page"]

STORIES: dict[str, Callable[[Engine, Json], Story[Json]]] = {
    "gate": gate,
    "aftermath": aftermath,
    "rescue": rescue,
    "restore": restore,
}
_HOURS, _MOST_HOURS = 48, 24 * 90

_Response = tuple[int, str]


class Patchgate:
    """The app on Azure Functions."""

    def __init__(self, settings: Settings, root: Path) -> None:
        self._services = Services(settings=settings, root=root)
        self._steps: dict[str, Step] | None = None
        self._watchdog: Watchdog | None = None
        logging.getLogger("patchgate").setLevel(logging.INFO)
        logging.getLogger("azure").setLevel(logging.WARNING)  # it tells of every request
        switch_on(os.environ)

    async def accept(self, event: Any, client: Any) -> None:
        """An event has been delivered."""
        await accept(raw_event(event), DurableStarter(client), self._services)

    def tell(self, story: str, context: Any) -> Any:
        """An orchestration begins, or is replayed."""
        return orchestrate(context, STORIES[story])

    async def step(self, name: str, request: Json) -> Json:
        """A story wants a step taken."""
        from handlers.activities import steps  # noqa: PLC0415 - heavy: SDKs

        if self._steps is None:
            self._steps = steps(self._services)
        return await on_own_thread(telling.carried(self._steps[name]), request)

    async def keep(self, name: str, request: Json, client: Any) -> Json:
        """A story wants a step taken that asks the engine itself."""
        with telling.step(name, request):
            return await KEEPING[name](request, DurableStarter(client))

    async def watch(self, client: Any) -> None:
        """A minute has passed."""
        from handlers.safety_net.watchdog import Watchdog  # noqa: PLC0415 - heavy: SDKs

        if self._watchdog is None:
            self._watchdog = Watchdog(self._services)
        await self._watchdog.tick(DurableStarter(client))

    async def recent(self, client: Any, hours: str | None) -> _Response:
        """Somebody asks for the gates of the last hours, newest first."""
        wanted = _HOURS if hours is None else _whole(hours)
        if wanted is None:
            return _error(400, f"hours must be a whole number from 1 to {_MOST_HOURS}")
        since = self._services.clock.now() - timedelta(hours=wanted)
        begun = await DurableStarter(client).since(since)
        return 200, json.dumps({"gates": [wire.dump(one) for one in begun]})

    async def report(self, client: Any, key: str) -> _Response:
        """Somebody asks for one report; a gate that is still at work shows how it stands."""
        return report_page(key, await DurableStarter(client).look(key) if is_key(key) else None)


def report_page(key: str, known: Known | None) -> _Response:
    """What is answered about one story, whichever engine knows it."""
    if known is None:
        return _error(404, "there is no gate of that key; GET /api/gates lists them")
    # A story that has failed gives the text of its failure instead of a report.
    report = shorten(known.output, 2000) if isinstance(known.output, str) else known.output
    return 200, json.dumps(
        {"key": key, "state": known.state, "status": known.status, "report": _for_people(report)}
    )


def _for_people(report: Json) -> Json:
    """What an undo has to know is for the undo: an action's config, and what it remembers."""
    memories = report.get("memories") if isinstance(report, Mapping) else None
    if not isinstance(memories, list):
        return report
    hidden = {"config": {}, "packed": "", "machines": []}
    return {**report, "memories": [{**memory, **hidden} for memory in memories]}


def _whole(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MOST_HOURS))):
        return None
    return int(text) if 1 <= int(text) <= _MOST_HOURS else None


def _error(status: int, message: str) -> _Response:
    return status, json.dumps({"error": {"message": message}})
