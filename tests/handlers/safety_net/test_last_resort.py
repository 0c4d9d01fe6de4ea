"""Without an orchestration engine the trigger holds on to the event, and cancels in the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.errors import CannotStart
from core.policy import Policy
from core.report import Cancellation, RescueReport
from core.settings import Settings
from handlers import starting
from handlers.accept import accept
from handlers.keys import key_of
from handlers.safety_net.last_resort import start_or_cancel
from handlers.services import Services
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock, FakeKnown, FakeStarter
from tests.stories import at, pre_event, sample

EVENT = pre_event()
CHECK_BY = at("02:47:30")
NOBODY = "http://127.0.0.1:9"


class Engine:
    """An engine that takes no story before that time."""

    def __init__(self, clock: FakeClock, back: datetime | None = None) -> None:
        self._clock, self._back = clock, back
        self.tries: list[datetime] = []

    async def start(self) -> str:
        """Try to start the story."""
        self.tries.append(self._clock.now())
        if self._back is None or self._clock.now() < self._back:
            raise CannotStart("gate-x", "storage is down")
        return "started"


def services(clock: FakeClock, url: str = NOBODY) -> Services:
    """The app's parts, with that Azure."""
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
    return Services(settings=settings, root=Path("/nowhere"), clock=clock)


def resort(
    engine: Engine,
    parts: Services,
    policy: Policy | None = None,
    starter: FakeStarter | None = None,
) -> str | Cancellation:
    """What comes of the sample event."""
    return asyncio.run(
        start_or_cancel(
            engine.start,
            EVENT,
            policy or Policy(),
            starter=starter or FakeStarter(down=True),
            services=parts,
        )
    )


@contextmanager
def azure(clock: FakeClock, scenario: str = "") -> Iterator[tuple[Azure, str]]:
    """A simulated Azure with the sample run."""
    world = Azure(
        load_scenario(scenario),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    with serve(world) as url:
        yield world, url


def test_a_story_that_starts_is_all_there_is_to_do() -> None:
    """No call, no wait."""
    clock = FakeClock(at("02:22"))
    engine = Engine(clock, back=at("02:00"))
    assert resort(engine, services(clock)) == "started"
    assert clock.slept == []


@pytest.mark.parametrize("back", ["02:22:30", "02:40", "02:47"])
def test_the_story_is_started_as_soon_as_the_engine_is_back(back: str) -> None:
    """An outage that ends before check_by costs the run nothing: it is judged, not cancelled."""
    clock = FakeClock(at("02:22"))
    engine = Engine(clock, back=at(back))
    assert resort(engine, services(clock)) == "started"
    assert at(back) <= engine.tries[-1] <= at(back) + timedelta(seconds=16)


@pytest.mark.parametrize("arrival", ["02:20", "02:35", "02:47:29", "02:49", "02:59:30"])
def test_at_check_by_the_trigger_cancels_by_itself(
    arrival: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A run that nothing judges is cancelled, and the log says so as loudly as it can."""
    clock = FakeClock(at(arrival))
    with azure(clock) as (world, url), caplog.at_level(logging.INFO, logger="patchgate"):
        outcome = resort(Engine(clock), services(clock, url))
    assert isinstance(outcome, Cancellation)
    assert outcome.confirmed
    assert world.run_status == "Cancelled"
    assert world.cancelled_at is not None
    assert world.cancelled_at >= min(CHECK_BY, at(arrival))
    assert world.cancelled_at <= max(CHECK_BY, at(arrival)) + timedelta(seconds=10)
    loud = [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL]
    assert any("is not judged" in line and str(EVENT.run) in line for line in loud)


def test_a_report_is_kept_as_soon_as_the_engine_takes_it() -> None:
    """Whoever lists the gates sees that this run was cancelled without one, and why."""
    clock, starter = FakeClock(at("02:48")), FakeStarter()
    with azure(clock) as (_, url):
        resort(Engine(clock), services(clock, url), starter=starter)
    ((story, key, order),) = starter.started
    report = wire.load(RescueReport, order)
    assert (story, key) == ("rescue", key_of("rescue", EVENT.run))
    assert (report.by, report.ending) == ("trigger", "cancelled")
    assert "storage is down" in report.because


def test_it_goes_on_until_a_cancel_call_has_its_effect() -> None:
    """A role that is still propagating, or a throttled hour, does not end it."""
    clock = FakeClock(at("02:45"))
    refusing = "[[faults]]\non = 'cancel'\nfirst = 20\nstatus = 403\n"
    with azure(clock, refusing) as (world, url):
        outcome = resort(Engine(clock), services(clock, url))
    assert isinstance(outcome, Cancellation)
    assert world.run_status == "Cancelled"


def test_without_an_azure_it_gives_up_at_the_start_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nothing is sent once the run has started; the failure is raised, and critical."""
    clock = FakeClock(at("02:58"))
    with pytest.raises(CannotStart), caplog.at_level(logging.INFO, logger="patchgate"):
        resort(Engine(clock), services(clock))
    assert EVENT.start <= clock.now() <= EVENT.start + timedelta(seconds=1)
    loud = [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL]
    assert "NOT CONFIRMED" in loud[-1]


def test_observe_mode_touches_no_run() -> None:
    """The failure is raised at once, so that Event Grid delivers again."""
    clock = FakeClock(at("02:47:30"))
    with azure(clock) as (world, url), pytest.raises(CannotStart):
        resort(Engine(clock), services(clock, url), Policy(mode="observe"))
    assert world.seen == ()


def test_after_the_start_nothing_is_tried() -> None:
    """A run that has started cannot be cancelled."""
    clock = FakeClock(at("03:00"))
    with azure(clock) as (world, url), pytest.raises(CannotStart):
        resort(Engine(clock), services(clock, url))
    assert world.seen == ()


def test_an_engine_that_does_not_answer_holds_up_no_cancel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client would wait for minutes; a run that is about to start cannot."""
    monkeypatch.setattr(starting, "_ENGINE", 0.05)

    class Silent(FakeStarter):
        async def look(self, key: str) -> FakeKnown | None:
            return await asyncio.Future()

    clock = FakeClock(at("02:48"))
    with azure(clock) as (world, url):
        (receipt,) = asyncio.run(accept(sample(), Silent(), services(clock, url)))
        assert receipt.outcome == "cancelled by the trigger"
        assert world.run_status == "Cancelled"


def test_a_start_that_is_not_answered_may_have_been_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the story is there: nothing else has to be done, and nothing is begun twice."""
    monkeypatch.setattr(starting, "_ENGINE", 0.05)

    class Slow(FakeStarter):
        async def start(self, story: str, key: str, order: Any) -> None:
            self.known[key] = FakeKnown()
            await asyncio.Future()

    clock = FakeClock(at("02:22"))
    (receipt,) = asyncio.run(accept(sample(), Slow(), services(clock)))
    assert receipt.outcome == "known"
    assert clock.slept == []
