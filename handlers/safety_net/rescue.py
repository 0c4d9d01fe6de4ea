"""Cancel a run without its gate, and leave a report of it.

A gate that cannot be started, or does not answer, is no yes: whoever notices, the trigger or the
watchdog, cancels the run by itself. The report is kept beside those of the gates as soon as the
engine takes it, and is in the log in any case.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from core import wire
from core.errors import CannotStart, shorten
from core.ids import RunId
from core.report import Cancellation, RescueReport
from handlers.engines import Engine, Json, Starter, Story
from handlers.keys import key_of
from handlers.orders import CancelRequest
from handlers.own_thread import on_own_thread
from handlers.services import Services
from handlers.starting import start_story
from handlers.waiting import within

__all__ = ["Rescue", "rescue"]

_log = logging.getLogger("patchgate")

_ANNOUNCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescue:
    """One run that is cancelled from here: who found it, and why it must not start."""

    run: RunId
    by: Literal["trigger", "watchdog"]
    because: str

    async def round(self, until: datetime, services: Services) -> Cancellation:
        """One round of the cancel call, on a thread of its own. Never raises."""
        from handlers.activities import steps  # noqa: PLC0415 - heavy, and rare

        request = CancelRequest(run=self.run, until=until, because=self.because)
        try:
            answer = await on_own_thread(steps(services)["cancel_run"], wire.dump(request))
            return wire.load(Cancellation, answer)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round may do
            problem = f"a round of the cancel call failed: {shorten(str(error), 300)}"
            _log.critical("run %s: %s", self.run, problem)
            return Cancellation(confirmed=False, state="not confirmed", problem=problem)

    async def keep(
        self, cancellation: Cancellation, starter: Starter, services: Services
    ) -> RescueReport:
        """Keep a report of how it ended; if the engine does not take it, it is in the log."""
        report = RescueReport(
            key=key_of("rescue", self.run),
            run=str(self.run),
            configuration=str(self.run.configuration),
            by=self.by,
            because=self.because,
            cancellation=cancellation,
            finished_at=services.clock.now(),
        )
        level = logging.ERROR if cancellation.confirmed else logging.CRITICAL
        _log.log(level, "%s · run %s", shorten(report.headline, 600), self.run)
        try:
            await start_story("rescue", report.key, wire.dump(report), starter)
        except CannotStart as error:
            from handlers.steps.announce import announce  # noqa: PLC0415 - rare

            _log.error("the report of it is in this log only: %s", error)
            announce(report)  # in the words that the alerts read
        return report


def rescue(engine: Engine, report_json: Json) -> Story[Json]:
    """The story of a run that was cancelled without its gate: it is over, and is kept and told."""
    report = wire.load(RescueReport, report_json)
    engine.status(
        {
            "kind": "rescue",
            "run": report.run,
            "phase": "finished",
            "ending": report.ending,
            "headline": shorten(report.headline, 400),
        }
    )
    task = engine.activity("announce", report_json)
    yield from within(engine, task, engine.now + _ANNOUNCE)
    return report_json
