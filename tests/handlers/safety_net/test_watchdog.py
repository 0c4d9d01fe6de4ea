"""The watchdog: a net below the gates, for when they or their engine do not answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.clock import ScaledClock
from core.ids import RunId
from core.policy import Policy
from core.report import GateReport, RescueReport
from core.settings import Settings
from handlers import starting
from handlers.accept import accept
from handlers.engines import Begun
from handlers.keys import key_of
from handlers.orders import GateOrder
from handlers.safety_net.watchdog import Watch, Watchdog
from handlers.services import Services
from simulator import Azure, load_scenario, serve
from tests.durable_host import DurableHost
from tests.fakes import FakeClock, FakeKnown, FakeStarter
from tests.stories import Site, at, play, pre_event, sample

EVENT = pre_event()
GATE, RESCUE = key_of("gate", EVENT.run), key_of("rescue", EVENT.run)
OURS = "*/maintenanceConfigurations/weekly-prod"
CANCEL_BY = at("02:49:30")


def shown(phase: str = "checks", ending: str | None = None, **fields: Any) -> dict[str, Any]:
    """What a gate of the sample run shows."""
    return {
        "kind": "gate",
        "run": str(EVENT.run),
        "phase": phase,
        "mode": "enforce",
        "start": EVENT.start.isoformat(),
        "cut_off": at("02:50").isoformat(),
        "check_by": at("02:47:30").isoformat(),
        "ending": ending,
        **fields,
    }


def gate(state: str = "Running", born: str = "02:22", **fields: Any) -> FakeStarter:
    """An engine with a gate of the sample run."""
    known = FakeKnown(**{"state": state, "created": at(born), "status": shown(), **fields})
    return FakeStarter(known={GATE: known})


def order(policy: Policy | None = None) -> Any:
    """What the gate of the sample run was given."""
    return wire.dump(GateOrder(key=GATE, event=EVENT, policy=policy or Policy()))


@dataclass(kw_only=True)
class Night:
    """A simulated Azure with the sample run, and a watchdog that looks at it."""

    azure: Azure
    clock: FakeClock
    services: Services
    dog: Watchdog = field(init=False)

    def __post_init__(self) -> None:
        self.dog = Watchdog(self.services)

    def tick(self, starter: FakeStarter) -> Watch:
        """One look."""
        return asyncio.run(self.dog.tick(starter))

    @property
    def cancels(self) -> int:
        """How often the run was to be cancelled."""
        return sum(seen.what == "cancel" for seen in self.azure.seen)


@contextmanager
def night(now: str, scenario: str = "", configurations: str = "*") -> Iterator[Night]:
    """It is that late, and these configurations are ours."""
    clock = FakeClock(at(now))
    azure = Azure(
        load_scenario(scenario),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    with serve(azure) as url:
        environment = {"PATCHGATE_SIMULATOR": url, "PATCHGATE_CONFIGURATIONS": configurations}
        services = Services(
            settings=Settings.from_environment(environment),
            root=Path("/nowhere"),
            clock=clock,
        )
        yield Night(azure=azure, clock=clock, services=services)


# When all is well


@pytest.mark.parametrize("ending", ["proceeded", "cancelled", "would cancel", "too late"])
@pytest.mark.parametrize("now", ["02:30", "02:49:30", "02:55"])
def test_a_gate_with_a_result_is_left_alone(ending: str, now: str) -> None:
    """Nothing is sent, nothing is started."""
    starter = gate("Completed", status=shown("finished", ending))
    with night(now) as n:
        assert n.tick(starter) == Watch()
        assert n.azure.seen == ()
    assert starter.started == []


def test_a_gate_that_only_has_its_report_still_to_announce_is_left_alone() -> None:
    """Its decision is made, although its story has not ended."""
    with night("02:52") as n:
        assert n.tick(gate(status=shown("finished", "proceeded"))) == Watch()
        assert n.azure.seen == ()


def test_a_gate_that_has_time_is_left_alone() -> None:
    with night("02:48") as n:
        assert n.tick(gate()) == Watch()
        assert n.azure.seen == ()


def test_a_quiet_night_costs_a_list_and_a_query() -> None:
    """And without a configuration that is named, not even the query."""
    with night("02:00", configurations=OURS) as n:
        assert n.tick(FakeStarter()) == Watch()
        assert [seen.what for seen in n.azure.seen] == ["graph"]
    with night("02:00") as n:
        assert n.tick(FakeStarter()) == Watch()
        assert n.azure.seen == ()


def test_that_nobody_looks_for_missing_events_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with night("02:00") as n:
        n.tick(FakeStarter())
        n.tick(FakeStarter())
    said = [record for record in caplog.records if "names no configuration" in record.getMessage()]
    assert len(said) == 1


def test_a_gate_that_ends_in_the_last_moment_is_left_alone() -> None:
    """It is looked at again when it is due, and not only when the watchdog woke up."""

    class LastMoment(FakeStarter):
        async def look(self, key: str) -> FakeKnown | None:
            return FakeKnown(state="Completed", output={"ending": "proceeded"})

    starter = LastMoment(known=gate().known)
    with night("02:49") as n:
        assert n.tick(starter) == Watch()
        assert n.clock.now() == CANCEL_BY
        assert n.azure.seen == ()


# A gate without a result


@pytest.mark.parametrize("state", ["Running", "Pending", "Failed", "Terminated", "Suspended"])
@pytest.mark.parametrize("now", ["02:48:40", "02:49:30", "02:51", "02:59"])
def test_a_gate_without_a_result_is_no_yes(
    state: str, now: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Past its `cancel_by`, and never before, the run is cancelled from here, with proof."""
    starter = gate(state)
    with night(now) as n, caplog.at_level(logging.INFO, logger="patchgate"):
        assert n.tick(starter) == Watch(cancelled=(GATE,))
        assert n.azure.cancelled_at is not None
        assert n.azure.cancelled_at >= CANCEL_BY
        assert n.azure.cancelled_at <= max(CANCEL_BY, at(now)) + timedelta(seconds=10)
    ((story, key, given),) = starter.started
    report = wire.load(RescueReport, given)
    assert (story, key, report.by, report.ending) == ("rescue", RESCUE, "watchdog", "cancelled")
    assert "its gate has no result" in report.because
    assert any(record.levelno == logging.CRITICAL for record in caplog.records)


def test_a_gate_that_never_began_is_known_by_its_order() -> None:
    """The engine has taken it and plays nothing."""
    with night("02:50") as n:
        assert n.tick(gate("Pending", status=None, order=order())) == Watch(cancelled=(GATE,))
        assert n.azure.run_status == "Cancelled"


def test_a_gate_that_could_not_confirm_is_helped() -> None:
    """Its story has ended before the start, without a proof."""
    starter = gate("Completed", status=shown("finished", "not confirmed"))
    with night("02:55") as n:
        assert n.tick(starter) == Watch(cancelled=(GATE,))


@pytest.mark.parametrize(
    "known",
    [
        {"status": shown(mode="observe")},
        {"status": None, "order": order(Policy(mode="observe"))},
    ],
)
def test_observe_mode_touches_no_run(known: dict[str, Any]) -> None:
    with night("02:50") as n:
        assert n.tick(gate(**known)) == Watch()
        assert n.azure.seen == ()


def test_a_gate_whose_event_came_late_has_a_minute() -> None:
    """It is past its `cancel_by` from birth, and about to answer."""
    with night("02:52") as n:
        assert n.tick(gate(born="02:51:50")) == Watch(cancelled=(GATE,))
        assert n.azure.cancelled_at is not None
        assert n.azure.cancelled_at >= at("02:52:50")


def test_a_run_that_has_started_is_left_alone() -> None:
    with night("03:00") as n:
        assert n.tick(gate()) == Watch()
        assert n.azure.seen == ()


def test_it_goes_on_minute_by_minute_and_says_when_it_was_in_vain(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last word is a report that nothing is confirmed."""
    starter = gate()
    with night("02:57:30", "[[faults]]\non = 'cancel'\nalways = true\nstatus = 403\n") as n:
        while n.clock.now() < EVENT.start:
            assert n.tick(starter) == Watch()
        assert n.cancels > 3
        assert all(seen.at < EVENT.start for seen in n.azure.seen)
    ((_, key, given),) = starter.started
    assert (key, wire.load(RescueReport, given).ending) == (RESCUE, "not confirmed")
    loud = [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL]
    assert any("NOT CONFIRMED" in line for line in loud)


def test_what_is_confirmed_is_not_repeated() -> None:
    """Though the gate still shows nothing, and the engine took no report."""
    starter = gate()
    starter.refuses = True
    with night("02:50") as n:
        assert n.tick(starter) == Watch(cancelled=(GATE,))
        assert n.tick(starter) == Watch()
        assert n.cancels == 1


# An engine that is stuck


def test_an_engine_that_is_down_does_not_keep_a_run_from_being_cancelled() -> None:
    """Resource Graph shows the run; nobody can say whether it was judged."""
    with night("02:49:10", configurations=OURS) as n:
        assert n.tick(FakeStarter(down=True)) == Watch(cancelled=(GATE,))
        assert n.azure.run_status == "Cancelled"


def test_an_engine_that_is_down_for_a_while_harms_no_run() -> None:
    """Before the run is due there is time for it to come back."""
    with night("02:40", configurations=OURS) as n:
        assert n.tick(FakeStarter(down=True)) == Watch()
        assert n.cancels == 0


def test_an_engine_that_does_not_answer_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a list nor a look nor a start that hangs holds up the cancel call."""
    monkeypatch.setattr(starting, "_ENGINE", 0.05)

    class Hanging(FakeStarter):
        async def since(self, moment: datetime) -> list[Begun]:
            return await asyncio.Future()

        async def look(self, key: str) -> FakeKnown | None:
            return await asyncio.Future()

    with night("02:50", configurations=OURS) as n:
        assert n.tick(Hanging()) == Watch(cancelled=(GATE,))
        assert n.azure.run_status == "Cancelled"


def test_a_gate_that_makes_no_sense_is_still_seen_by_its_run() -> None:
    """What it shows and what it was given are unreadable; Resource Graph knows the run."""
    with night("02:50", configurations=OURS) as n:
        assert n.tick(gate(status={"run": "?"}, order="?")) == Watch(cancelled=(GATE,))


class Unlisted(FakeStarter):
    """It looks up single stories, and lists none."""

    async def since(self, moment: datetime) -> list[Begun]:
        raise ConnectionError("no list")


def test_what_was_seen_to_pass_stays_so_when_the_engine_fails_later() -> None:
    """A run that was let go an hour ago is no run without an answer."""
    starter = gate("Completed", status=shown("finished", "proceeded"))
    with night("02:40", configurations=OURS) as n:
        assert n.tick(starter) == Watch()
        starter.down = True
        n.clock.sleep(540)
        assert n.tick(starter) == Watch()
        assert n.cancels == 0


def test_a_result_that_was_seen_a_moment_ago_counts() -> None:
    """The first look shows it, the second fails."""

    class Failing(Unlisted):
        async def look(self, key: str) -> FakeKnown | None:
            if self.down:
                raise ConnectionError("reset")
            self.down = True
            return FakeKnown(state="Completed", output={"ending": "proceeded"})

    with night("02:49", configurations=OURS) as n:
        assert n.tick(Failing()) == Watch()
        assert n.cancels == 0


def test_one_connection_that_is_cut_is_no_dead_engine() -> None:
    """It is looked up once more before that is taken for no answer."""

    class Cut(FakeStarter):
        looks = 0

        async def look(self, key: str) -> FakeKnown | None:
            self.looks += 1
            if self.looks == 1:
                raise ConnectionError("reset")
            return FakeKnown(state="Completed", output={"ending": "proceeded"})

    with night("02:49", configurations=OURS) as n:
        assert n.tick(Cut(known=gate().known)) == Watch()
        assert n.cancels == 0


def test_a_gate_that_nobody_lists_has_its_minute_too() -> None:
    """Its event came late, so it is past its `cancel_by` from birth."""
    starter = Unlisted(known=gate(born="02:51:58").known)
    with night("02:52", configurations=OURS) as n:
        assert n.tick(starter) == Watch()
        n.clock.sleep(60)
        assert n.tick(starter) == Watch(cancelled=(GATE,))


def test_lookups_that_hang_do_so_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty gates that cannot be read keep nobody from cancelling the next one's run."""
    monkeypatch.setattr(starting, "_ENGINE", 1.0)
    everybody = asyncio.Barrier(20)

    class Hanging(FakeStarter):
        async def order(self, key: str) -> Any:
            await everybody.wait()

    unread = {f"gate-{n}": FakeKnown(created=at("02:22")) for n in range(20)}
    with night("02:50") as n:
        starter = Hanging(known={**unread, **gate().known})
        assert n.tick(starter) == Watch(cancelled=(GATE,))
    assert not everybody.broken


def test_one_gate_that_makes_no_sense_keeps_nobody_from_the_others() -> None:
    """An order whose ids are none, and one that is no order."""
    spoiled = order()
    spoiled["event"]["run"]["name"] = "default"
    starter = gate()
    starter.known["gate-1"] = FakeKnown(created=at("02:22"), order=spoiled)
    starter.known["gate-2"] = FakeKnown(created=at("02:22"), order=7)
    with night("02:50") as n:
        assert n.tick(starter) == Watch(cancelled=(GATE,))


def test_a_policy_that_cannot_be_had_is_the_strictest(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: Services, configuration: Any) -> Any:
        raise RuntimeError("no policy")

    monkeypatch.setattr(Services, "policy_for", failing)
    with night("02:50", configurations=OURS) as n:
        assert n.tick(FakeStarter(down=True)) == Watch(cancelled=(GATE,))


# A gate that shows less, or later, than it should


def test_a_gate_that_shows_nonsense_is_known_by_its_order() -> None:
    with night("02:50") as n:
        assert n.tick(gate(status={"run": "?"}, order=order())) == Watch(cancelled=(GATE,))


@pytest.mark.parametrize(
    ("mode", "done"), [("enforce", Watch(cancelled=(GATE,))), ("observe", Watch())]
)
def test_a_gate_of_a_version_that_shows_no_mode_is_known_by_its_order(
    mode: Any, done: Watch
) -> None:
    """Deploying this version must not enforce what was observed."""
    status = shown()
    del status["mode"]
    with night("02:50") as n:
        assert n.tick(gate(status=status, order=order(Policy(mode=mode)))) == done


def test_a_gate_shows_the_mode_that_tags_have_set() -> None:
    """The rules are known before the first machine is asked about."""
    site = Site(policy=Policy(mode="observe"))
    shown_meanwhile: list[Any] = []
    site.answers["fine"] = lambda request, now: shown_meanwhile.append(judged.custom_status)
    host = DurableHost(play, site.work, at("02:22"))
    judged = host.begin("gate", GATE, order())
    host.run()
    with night("02:50") as n:
        assert n.tick(gate(status=shown_meanwhile[-1])) == Watch()
        assert n.cancels == 0


def test_without_a_reserve_an_answer_in_the_last_moment_may_still_show() -> None:
    """Its check_by is its cancel_by: the turn of its story takes a moment."""
    late = {"check_by": at("02:49:30").isoformat()}

    class Soon(FakeStarter):
        async def look(self, key: str) -> FakeKnown | None:
            answered = n.clock.now() >= at("02:49:40")
            return FakeKnown(status=shown("finished", "proceeded") if answered else shown(**late))

    with night("02:49:30") as n:
        assert n.tick(Soon(known=gate(status=shown(**late)).known)) == Watch()
        assert n.azure.seen == ()


# Ticks


def test_the_timer_of_a_host_fires_on_the_minute_and_the_last_word_is_said_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last round goes on until the start, since no other tick would come before it."""
    starter = gate()
    with night("02:56:03", "[[faults]]\non = 'cancel'\nalways = true\nstatus = 403\n") as n:
        while n.clock.now() < at("03:02"):
            assert n.tick(starter) == Watch()
            now = n.clock.now()
            following = now.replace(second=3) + timedelta(minutes=now.second >= 3)
            n.clock.sleep((following - now).total_seconds())
        assert max(seen.at for seen in n.azure.seen) >= EVENT.start - timedelta(seconds=16)
    assert [key for _, key, _ in starter.started] == [RESCUE]
    assert any("NOT CONFIRMED" in record.getMessage() for record in caplog.records)


def test_a_run_that_cannot_be_confirmed_makes_no_other_late() -> None:
    """The host begins no tick while one goes on: that one finds what becomes due meanwhile."""
    early = RunId(configuration=EVENT.configuration, name="20261128025900")
    other = shown(run=str(early), start=at("02:59").isoformat(), cut_off=at("02:49").isoformat())
    clock = ScaledClock(start=at("02:48:20"), speed=20.0)
    azure = Azure(
        load_scenario(""),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=clock,
    )
    starter = gate()
    starter.known["gate-early"] = FakeKnown(status=other, created=at("02:22"))

    async def timer(dog: Watchdog) -> None:
        """It fires on the minute, unless the last tick still goes on."""
        while clock.now() < at("02:55") and azure.cancelled_at is None:
            following = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
            await asyncio.sleep(clock.real_seconds(following))
            await dog.tick(starter)

    with serve(azure) as url:
        settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
        dog = Watchdog(Services(settings=settings, root=Path("/nowhere"), clock=clock))
        asyncio.run(asyncio.wait_for(timer(dog), 60))
    assert azure.cancelled_at is not None
    assert azure.cancelled_at <= at("02:50:30")


# A run without an event


def test_a_run_that_was_cancelled_from_here_gets_no_gate_when_the_engine_is_back() -> None:
    """Its row still says Pending."""
    starter = FakeStarter(down=True)
    with night("02:50", "[graph]\nrun_row_lag = 3600\n", OURS) as n:
        assert n.tick(starter) == Watch(cancelled=(GATE,))
        starter.down = False
        assert n.tick(starter) == Watch()
    assert [story for story, _, _ in starter.started] == []


@pytest.mark.parametrize("now", ["02:05", "02:20", "02:31:59"])
def test_an_event_that_may_still_come_is_waited_for(now: str) -> None:
    with night(now, configurations=OURS) as n:
        assert n.tick(FakeStarter()) == Watch()


def test_a_run_without_an_event_is_gated_as_if_it_had_come() -> None:
    """The report says so; an event that comes after all finds the gate and does nothing."""
    starter = FakeStarter()
    with night("02:32", configurations=OURS) as n:
        assert n.tick(starter) == Watch(started=(GATE,))
        assert n.tick(starter) == Watch()
        asyncio.run(accept(sample(), starter, n.services))
        assert n.cancels == 0
    ((story, key, given),) = starter.started
    told = wire.load(GateOrder, given)
    assert (story, key) == ("gate", GATE)
    assert (told.event.run, told.event.start, told.event.end) == (EVENT.run, EVENT.start, EVENT.end)
    assert set(told.event.subscriptions) == set(EVENT.subscriptions)
    host = DurableHost(play, Site().work, at("02:32"))
    judged = host.begin("gate", key, given)
    host.run()
    report = wire.load(GateReport, judged.output)
    assert report.ending == "proceeded"
    assert any("no event came for this run" in warning for warning in report.warnings)


@pytest.mark.parametrize(
    ("configurations", "scenario"),
    [
        ("*", ""),
        ("*/maintenanceConfigurations/another", ""),
        (OURS, "[run]\ncancelled_by = 'somebody'\n"),
        (OURS, "[graph]\nlag = 3600\n"),
    ],
)
def test_a_run_that_is_not_ours_or_is_over_is_left_alone(
    configurations: str, scenario: str
) -> None:
    """A bare `*` takes what is sent and claims nothing; what cannot be seen cannot be gated."""
    starter = FakeStarter()
    with night("02:40", scenario, configurations) as n:
        assert n.tick(starter) == Watch()
    assert starter.started == []


def test_in_observe_mode_a_run_without_an_event_is_observed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is judged like any other, and touched by nobody, also when no gate can be started."""
    monkeypatch.setattr(
        Services, "policy_for", lambda self, configuration: (Policy(mode="observe"), None)
    )
    with night("02:45", configurations=OURS) as n:
        assert n.tick(FakeStarter()) == Watch(started=(GATE,))
        n.clock.sleep(300)
        assert n.tick(FakeStarter(down=True)) == Watch()
        assert n.cancels == 0


def test_a_run_whose_gate_cannot_be_started_is_cancelled_in_time() -> None:
    """No event, no gate, no answer: no yes."""
    with night("02:49", configurations=OURS) as n:
        assert n.tick(FakeStarter(refuses=True)) == Watch(cancelled=(GATE,))
        assert n.azure.run_status == "Cancelled"


# The report


def test_the_story_of_a_rescue_keeps_and_tells_its_report() -> None:
    """It is found where the reports of gates are."""
    starter = gate()
    with night("02:50") as n:
        n.tick(starter)
    ((_, key, given),) = starter.started
    host = DurableHost(play, Site().work, at("02:50"))
    kept = host.begin("rescue", key, given)
    host.run()
    assert kept.output == given
    assert [step for _, step, _ in kept.steps] == ["announce"]
    assert kept.custom_status["ending"] == "cancelled"


def test_the_aftermath_of_a_rescued_run_knows_that_it_was_ours() -> None:
    starter = gate()
    with night("02:50") as n:
        n.tick(starter)
        rescued = starter.started[0][2]
        starter.known[RESCUE] = FakeKnown(state="Completed", output=rescued)
        asyncio.run(accept(sample("post.eventgrid"), starter, n.services))
    assert starter.started[-1][0] == "aftermath"
    assert starter.started[-1][2]["ours"] is True
