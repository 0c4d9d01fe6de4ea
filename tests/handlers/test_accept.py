"""The trigger's work: a delivery starts one story, or is refused so that nobody misses it."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from core import wire
from core.errors import BadEvent, CannotStart, RefusedEvent
from core.settings import Settings
from handlers.accept import accept, ignored
from handlers.keys import KINDS, key_of
from handlers.orders import AftermathOrder, GateOrder
from handlers.services import Services
from handlers.starting import Receipt
from simulator import Azure, load_scenario, serve
from tests.fakes import FakeClock, FakeKnown, FakeStarter
from tests.stories import at, pre_event, sample

GATE, AFTERMATH, RESCUE, *_ = (key_of(kind, pre_event().run) for kind in KINDS)


def services(now: datetime | None = None, **environment: str) -> Services:
    """The app's parts, at that time, with those settings."""
    return Services(
        settings=Settings.from_environment(environment),
        root=Path("/nowhere"),
        clock=FakeClock(now or at("02:22")),
    )


def deliver(body: Any, starter: FakeStarter, parts: Services | None = None) -> tuple[Receipt, ...]:
    """One delivery."""
    return asyncio.run(accept(body, starter, parts or services()))


@pytest.mark.parametrize("name", ["pre.eventgrid", "pre.cloudevents"])
def test_a_pre_event_starts_a_gate(name: str) -> None:
    """Either schema starts the same story, with the event and the policy in force."""
    starter = FakeStarter()
    assert deliver(sample(name), starter) == (Receipt(key=GATE, outcome="started"),)
    ((story, key, order),) = starter.started
    assert (story, key) == ("gate", GATE)
    assert wire.load(GateOrder, json.loads(json.dumps(order))).event == pre_event()


def test_text_and_arrays_are_accepted() -> None:
    """A delivery may be text, one object or an array of them."""
    starter = FakeStarter()
    body = json.dumps([sample("pre.eventgrid"), sample("post.cloudevents")])
    assert [r.key for r in deliver(body, starter)] == [GATE, AFTERMATH]
    assert [story for story, _, _ in starter.started] == ["gate", "aftermath"]


@pytest.mark.parametrize("state", ["Pending", "Running", "Completed", "Terminated"])
def test_a_second_delivery_does_nothing(state: str) -> None:
    """Whatever became of the first story, it is not started again: a run is judged once."""
    starter = FakeStarter(known={GATE: FakeKnown(state=state)})
    assert deliver(sample(), starter) == (Receipt(key=GATE, outcome="known"),)
    assert starter.started == []


def test_a_gate_that_broke_after_it_had_said_yes_is_no_failure() -> None:
    """It was only to announce its report any more: a second delivery must not cancel the run."""
    said = {"ending": "proceeded"}
    starter = FakeStarter(known={GATE: FakeKnown(state="Failed", status=said)})
    assert deliver(sample(), starter) == (Receipt(key=GATE, outcome="known"),)


def test_two_deliveries_at_once_start_one_story() -> None:
    """The one that loses the race finds the other's story and is content."""
    starter = FakeStarter(rival=True)
    assert deliver(sample(), starter) == (Receipt(key=GATE, outcome="known"),)


def test_pre_and_post_share_an_id_and_are_two_stories() -> None:
    """Azure gives both events of a run the same id, so the key has the kind in it."""
    starter = FakeStarter()
    deliver([sample("pre.eventgrid"), sample("post.eventgrid")], starter)
    assert sample("pre.eventgrid")["id"] == sample("post.eventgrid")["id"]
    assert len(starter.started) == 2


@pytest.mark.parametrize("kind", ["Microsoft.Storage.BlobCreated", "", None, 7, "x\nERROR forged"])
def test_other_events_are_ignored_and_counted(kind: Any, caplog: pytest.LogCaptureFixture) -> None:
    """One log line, one count, no story, and nothing from outside can forge a line."""
    caplog.set_level(logging.INFO)
    before = ignored.total()
    starter = FakeStarter()
    assert deliver({**sample(), "eventType": kind}, starter)[0].outcome == "ignored"
    assert (ignored.total(), starter.started) == (before + 1, [])
    (line,) = [r.getMessage() for r in caplog.records if r.name == "patchgate"]
    assert "\n" not in line


def test_an_event_that_is_not_understood_is_raised() -> None:
    """So that Event Grid delivers it again, and in the end dead-letters it."""
    starter = FakeStarter()
    with pytest.raises(BadEvent, match="StartDateTime"):
        deliver({**sample(), "data": {**sample()["data"], "StartDateTime": "soon"}}, starter)
    assert starter.started == []


def test_a_bad_event_does_not_keep_its_neighbours_from_being_accepted() -> None:
    """Every event of an array is tried before the delivery is refused."""
    starter = FakeStarter()
    with pytest.raises(BadEvent):
        deliver([{**sample(), "data": None}, sample("post.eventgrid")], starter)
    assert [key for _, key, _ in starter.started] == [AFTERMATH]


def test_a_configuration_that_is_not_allowed_is_refused_loudly() -> None:
    """The refusal names the configuration, the list and the remedy."""
    starter = FakeStarter()
    with pytest.raises(RefusedEvent, match="PATCHGATE_CONFIGURATIONS"):
        deliver(sample(), starter, services(PATCHGATE_CONFIGURATIONS="*/other-*"))
    assert starter.started == []


def test_the_allow_list_ignores_letter_case() -> None:
    """Azure's own sources differ in case, so the globs match without it."""
    starter = FakeStarter()
    globs = "/nothing/*,*/RG-PATCHING/*/Weekly-*"
    assert deliver(sample(), starter, services(PATCHGATE_CONFIGURATIONS=globs))[0].key == GATE


@pytest.mark.parametrize(
    "trouble",
    [{"down": True}, {"refuses": True}, {"known": {GATE: FakeKnown(state="Failed")}}],
    ids=["down", "refuses", "failed"],
)
def test_a_run_that_nothing_judges_is_cancelled_by_the_trigger(trouble: Any) -> None:
    """The engine is down to the end, takes no story, or its story has broken down."""
    event, clock = pre_event(), FakeClock(at("02:22"))
    azure = Azure(
        load_scenario(""),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=clock,
    )
    with serve(azure) as url:
        settings = Settings.from_environment({"PATCHGATE_SIMULATOR": url})
        parts = Services(settings=settings, root=Path("/nowhere"), clock=clock)
        receipts = deliver(sample(), FakeStarter(**trouble), parts)
    assert receipts == (Receipt(key=RESCUE, outcome="cancelled by the trigger"),)
    assert azure.run_status == "Cancelled"


def test_observe_mode_never_cancels_even_as_a_last_resort(tmp_path: Path) -> None:
    """Observe means that no run is ever touched."""
    (tmp_path / "gate.toml").write_text('mode = "observe"', encoding="utf-8")
    parts = Services(settings=Settings(), root=tmp_path, clock=FakeClock(at("02:42")))
    with pytest.raises(CannotStart):
        deliver(sample(), FakeStarter(down=True), parts)


@pytest.mark.parametrize(
    ("output", "ours"),
    [(None, False), ({"cancellation": None}, False), ({"cancellation": {"confirmed": True}}, True)],
)
def test_an_aftermath_knows_whether_our_gate_cancelled(output: Any, *, ours: bool) -> None:
    """So that a cancelled run can be told as ours, somebody else's or the system's."""
    starter = FakeStarter(known={GATE: FakeKnown(state="Completed", output=output)})
    deliver(sample("post.eventgrid"), starter)
    assert wire.load(AftermathOrder, starter.started[0][2]).ours is ours


def test_the_policy_is_that_of_the_moment(tmp_path: Path) -> None:
    """A gate keeps the policy of when its event came; a broken file is told as such."""
    starter = FakeStarter()
    (tmp_path / "gate.toml").write_text("mode = 'guess'", encoding="utf-8")
    deliver(
        sample(),
        starter,
        Services(settings=Settings(), root=tmp_path, clock=FakeClock(at("02:22"))),
    )
    order = wire.load(GateOrder, starter.started[0][2])
    assert "mode" in str(order.policy.problem)


def test_what_is_no_event_does_not_keep_its_neighbours_from_being_accepted() -> None:
    """Something that is no object is refused after the events beside it have been taken."""
    starter = FakeStarter()
    with pytest.raises(BadEvent, match="must be a JSON object"):
        deliver([5, sample()], starter)
    assert [key for _, key, _ in starter.started] == [GATE]


def test_a_last_resort_that_is_not_confirmed_is_not_accepted() -> None:
    """Event Grid is told so, and may deliver again in time."""
    parts = Services(
        settings=Settings.from_environment({"PATCHGATE_SIMULATOR": "http://127.0.0.1:9"}),
        root=Path("/nowhere"),
        clock=FakeClock(at("02:42")),
    )
    with pytest.raises(CannotStart):
        deliver(sample(), FakeStarter(down=True), parts)


def test_an_event_that_must_be_held_does_not_keep_its_neighbours_waiting() -> None:
    """Events of one array are accepted side by side: none is late for another's sake."""

    class OneIsStuck(FakeStarter):
        async def start(self, story: str, key: str, order: Any) -> None:
            if story == "gate" and not self.known.get(AFTERMATH):
                raise CannotStart(key, "not before its neighbour is there")
            await super().start(story, key, order)

    starter = OneIsStuck()
    deliver([sample("pre.eventgrid"), sample("post.eventgrid")], starter)
    assert [key for _, key, _ in starter.started] == [AFTERMATH, GATE]


def test_event_types_without_number_do_not_fill_the_memory() -> None:
    """Whoever may post to the endpoint may name as many types as they like."""
    before = dict(ignored)
    for number in range(1100):
        deliver({**sample(), "eventType": f"Microsoft.Odd.{number}"}, FakeStarter())
    assert len(ignored) <= 1001
    assert ignored["(others)"] - before.get("(others)", 0) >= 99
    ignored.clear()


def test_an_event_of_a_run_that_has_started_takes_no_gate_from_the_true_one() -> None:
    """Whoever has stolen the webhook's key could otherwise let the run pass unjudged."""
    starter = FakeStarter()
    forged = sample()
    past = {"StartDateTime": "2026-11-28T01:00:00Z", "EndDateTime": "2026-11-28T02:00:00Z"}
    deliver({**forged, "data": {**forged["data"], **past}}, starter)
    deliver(sample(), starter)
    (_, late, order), (story, key, _) = starter.started
    assert late.startswith("late-")
    assert order["key"] == late
    assert (story, key) == ("gate", GATE)


def test_an_event_that_comes_again_after_the_start_finds_its_gate() -> None:
    """It was judged in time: nothing is too late."""
    starter = FakeStarter(known={GATE: FakeKnown(state="Completed")})
    receipt = deliver(sample(), starter, services(at("03:01")))
    assert receipt == (Receipt(key=GATE, outcome="known"),)
    assert starter.started == []
