"""Neither net below the gates cancels the run of a drill: there is none, and they say so."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.errors import CannotStart
from core.ids import DRILL
from core.policy import Policy
from core.settings import Settings
from handlers.accept import accept
from handlers.keys import key_of
from handlers.orders import GateOrder
from handlers.safety_net.rescue import Rescue
from handlers.safety_net.watchdog import Watch, Watchdog
from handlers.services import Services
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock, FakeKnown, FakeStarter
from tests.stories import at, pre_event, sample

EVENT = replace(pre_event(), run=replace(pre_event().run, name=f"{DRILL}1"))
GATE = key_of("gate", EVENT.run)
NOWHERE = "http://127.0.0.1:9"


def services(clock: FakeClock, url: str = NOWHERE) -> Services:
    """The app's parts."""
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
    return Services(settings=settings, root=Path("/nowhere"), clock=clock)


def envelope() -> dict[str, Any]:
    """The event of a drill."""
    told = sample()
    data = {**told["data"], "CorrelationId": str(EVENT.run)}
    return {**told, "data": data}


def azure(clock: FakeClock) -> Azure:
    """The simulated Azure of the sample run."""
    return Azure(
        load_scenario(""),
        run=pre_event().run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )


@pytest.mark.parametrize("arrival", ["02:22", "02:47:29", "02:49:59", "02:59:30", "03:00:01"])
def test_the_trigger_raises_where_it_would_cancel(
    arrival: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever delivered the event learns that nothing judged it; nothing is sent to Azure."""
    clock = FakeClock(at(arrival))
    starter = FakeStarter(down=True)
    with serve(world := azure(clock)) as url, pytest.raises(CannotStart):
        asyncio.run(accept(envelope(), starter, services(clock, url)))
    assert world.seen == ()
    assert starter.started == []
    assert not [r for r in caplog.records if r.levelno >= logging.CRITICAL]
    assert ("a run would be cancelled" in caplog.text) is (arrival < "03")


def test_the_trigger_starts_a_drill_as_soon_as_the_engine_is_back() -> None:
    """It holds on to the event as to any other."""
    clock = FakeClock(at("02:22"))

    class Back(FakeStarter):
        async def start(self, story: str, key: str, order: Any) -> None:
            self.refuses = clock.now() < at("02:30")
            await super().start(story, key, order)

    (receipt,) = asyncio.run(accept(envelope(), Back(), services(clock)))
    assert (receipt.key, receipt.outcome) == (GATE, "started")


@pytest.mark.parametrize("now", ["02:49:30", "02:55", "02:59:59"])
@pytest.mark.parametrize("state", ["Running", "Failed", "Completed"])
def test_the_watchdog_only_says_that_it_would_cancel(
    now: str, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Once: the next look has nothing new to say."""
    clock = FakeClock(at(now))
    order = wire.dump(GateOrder(key=GATE, event=EVENT, policy=Policy()))
    starter = FakeStarter(known={GATE: FakeKnown(state=state, created=at("02:22"), order=order)})
    with serve(world := azure(clock)) as url:
        dog = Watchdog(services(clock, url))
        first, second = (asyncio.run(dog.tick(starter)) for _ in range(2))
    assert (first, second) == (Watch(), Watch())
    assert world.seen == ()
    assert starter.started == []
    assert caplog.text.count("a run would be cancelled") == 1
    assert not [r for r in caplog.records if r.levelno >= logging.CRITICAL]


def test_a_rescue_that_is_begun_for_a_drill_sends_nothing() -> None:
    """The step itself refuses, should anybody ever come so far."""
    clock = FakeClock(at("02:50"))
    rescue = Rescue(run=EVENT.run, by="watchdog", because="it must not")
    with serve(world := azure(clock)) as url:
        done = asyncio.run(rescue.round(at("03:00"), services(clock, url)))
    assert world.seen == ()
    assert not done.confirmed
    assert "drill" in (done.problem or "")


def test_a_real_run_beside_a_drill_is_cancelled_as_ever() -> None:
    """What is true of the one says nothing of the other."""
    clock = FakeClock(at("02:50"))
    run = pre_event().run
    with serve(world := azure(clock)) as url:
        done = asyncio.run(
            Rescue(run=run, by="watchdog", because="x").round(at("03:00"), services(clock, url))
        )
    assert done.confirmed
    assert world.run_status == "Cancelled"
