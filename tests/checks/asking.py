"""Ask a shipped check as a gate does: the real steps, over HTTP, in a world that is simulated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from core import wire
from core.model import Outcome
from core.settings import Settings
from handlers.activities import steps
from handlers.orders import CheckRequest, Look, LookRequest, RunHead
from handlers.services import Services
from handlers.steps.asking import asked
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock
from tests.stories import pre_event

__all__ = ["Site", "ask_in", "site"]

ROOT = Path(__file__).parents[2]
EVENT = pre_event()
BEFORE = timedelta(minutes=38)
ALLOWED = timedelta(minutes=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An app, and the Azure that it lives in; only sleeping moves the clock."""

    azure: Azure
    services: Services

    def ask(self, check: str, config: dict[str, Any] | None = None) -> tuple[Outcome, ...]:
        """All that it says about the run's machines, for which Resource Graph is asked first."""
        until = self.services.clock.now() + ALLOWED
        look = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=until)
        found: Look = wire.load(Look, steps(self.services)["find_machines"](wire.dump(look)))
        request = CheckRequest(
            check=check,
            run=RunHead.of(EVENT),
            machines=found.newcomers,
            deadline=until,
            config=config or {},
        )
        return asked(self.services, request).outcomes


@contextmanager
def site(scenario: str) -> Iterator[Site]:
    """The world of that scenario file's text, 38 minutes before the start of the sample run."""
    clock = FakeClock(EVENT.start - BEFORE)
    azure = Azure(
        load_scenario(scenario),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    with serve(azure) as url:
        settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
        yield Site(azure=azure, services=Services(settings=settings, root=ROOT, clock=clock))


def ask_in(scenario: str, check: str, config: dict[str, Any] | None = None) -> tuple[Outcome, ...]:
    """All that the check says in that world, also what passed."""
    with site(scenario) as world:
        return world.ask(check, config)
