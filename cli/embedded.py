"""Patchgate whole, on this machine alone: the in-memory engine against the embedded Azure.

The same stories, steps and queries as in Azure, over real HTTP; only the clock runs faster.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cli.stage_clock import StageClock
from core import wire
from core.clock import Clock
from core.errors import BadPlugin, CannotStart
from core.model import MaintenanceEvent, PreMaintenanceEvent
from core.report import AftermathReport, GateReport, RestoreReport
from core.settings import Settings
from handlers.accept import accept
from handlers.activities import steps
from handlers.app import STORIES
from handlers.engines.in_memory import InMemoryStarter, running
from handlers.events import parse_event
from handlers.keeping import keeping_steps
from handlers.services import Services
from handlers.starting import Receipt
from simulator import Azure, Scenario, serve

__all__ = ["BEFORE", "SPEED", "AnyReport", "Embedded", "embedded", "ended"]

SPEED = 150.0  # seconds of the story in one real second
BEFORE = timedelta(minutes=38)  # when a pre event comes, before the start of its run
_LOADING = 20.0  # real seconds for the checks to be loaded


AnyReport = GateReport | AftermathReport | RestoreReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A running Patchgate and its Azure."""

    azure: Azure
    clock: Clock
    starter: InMemoryStarter
    services: Services

    def deliver(self, envelope: dict[str, Any]) -> tuple[Receipt, ...]:
        """Event Grid delivers once."""
        return asyncio.run(accept(envelope, self.starter, self.services))

    def report(self, key: str, seconds: float = 120.0) -> AnyReport:
        """The story's report when it has ended.

        Raises TimeoutError after so many real seconds, and `CannotStart` for a story that failed.
        """
        known = self.starter.wait(key, seconds)
        if known.output is None:
            raise CannotStart(key, f"the story ended as {known.state}, without a report")
        report: AnyReport = wire.load(AnyReport, known.output)  # type: ignore[arg-type]
        return report


@contextmanager
def embedded(
    envelope: dict[str, Any],
    scenario: Scenario,
    *,
    root: Path,
    speed: float = SPEED,
    before: timedelta = BEFORE,
    settings: dict[str, str] | None = None,
) -> Iterator[Embedded]:
    """Patchgate around the run of one event, whose times stay as they are.

    The clock begins that long `before` the run's start, or at the time of a post event; Azure has
    been there since `before` the start in any case. Raises `BadEvent`, `BadScenario` for a scenario
    that does not go with the event, and `BadPlugin` for checks whose loading does not end.
    """
    event = parse_event(envelope)
    clock = StageClock(setting=event.start - before, speed=speed)
    azure = Azure(
        scenario
        if isinstance(event, PreMaintenanceEvent)
        else ended(scenario, event.start, event.event_time),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=clock,
    )
    with serve(azure) as url:
        environment = {"PATCHGATE_SIMULATOR": url, **(settings or {})}
        services = Services(settings=Settings.from_environment(environment), root=root, clock=clock)
        _warm(services)
        azure.warm()
        clock.begin(_beginning(event, before))
        with running(STORIES, steps(services), clock, keeping=keeping_steps) as starter:
            yield Embedded(azure=azure, clock=clock, starter=starter, services=services)


def _warm(services: Services) -> None:
    """Loading checks runs users' code, which may hang: then say so instead of hanging with it."""
    done: Future[None] = Future()

    def work() -> None:
        try:
            services.warm()
        except Exception as error:  # noqa: BLE001 - handed on to whoever waits
            done.set_exception(error)
        else:
            done.set_result(None)

    threading.Thread(target=work, daemon=True, name="warm").start()
    try:
        done.result(_LOADING)
    except TimeoutError as error:
        folder = services.root / services.settings.checks_folder
        why = f"loading takes more than {_LOADING:g} seconds; what a file does on import must end"
        raise BadPlugin("(all)", str(folder), why) from error


def ended(scenario: Scenario, start: datetime, at: datetime) -> Scenario:
    """The scenario of a post event that comes then.

    It says that the run has ended, so it has, unless the scenario says otherwise.
    """
    if scenario.run.ends_after is not None:
        return scenario
    lasted = max(0.0, (at - start).total_seconds())
    return replace(scenario, run=replace(scenario.run, ends_after=lasted))


def _beginning(event: MaintenanceEvent, before: timedelta) -> datetime:
    return event.start - before if isinstance(event, PreMaintenanceEvent) else event.event_time
