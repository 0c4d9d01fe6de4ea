"""Bad moments for actions: nothing stays changed, is begun in vain or is let go undone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import wire
from core.errors import CannotStart
from core.model import Asking, Batch, Machine, Outcome, Status
from core.policy import CheckPolicy, Policy
from handlers.app import report_page
from handlers.judging.answers import answer_of
from handlers.judging.docket import Docket
from handlers.orders import ActAnswer, ActRequest, Look
from tests.durable_host import Done, Raised
from tests.fakes import FakeKnown
from tests.handlers.actions.night import NAMES, START, Estate, Fate, Night, machine_id
from tests.stories import at, spec

ON = {"a": "us", "b": "others", "c": "us"}
OFF = {"a": None, "b": "others", "c": None}
LENIENT = spec("fine", on_unknown="proceed")


class Stuck(Estate):
    """What it starts does not start."""

    def do(self, memory: dict[str, Any]) -> list[Outcome]:
        said = super().do(memory)
        return [replace(one, status=Status.BLOCKED, reason="no capacity") for one in said]


class Halves(Estate):
    """Each action starts one machine."""

    def plan(self) -> dict[str, Any]:
        return dict(list(super().plan().items())[:1])


class Late(Night):
    """The third machine appears while an action is under way; `slow`: engine and checks are."""

    slow: bool = False

    def _look(self, request: Any) -> Look:
        names = NAMES if "do start" in self.stages() else NAMES[:2]
        known = _names(request.get("known", ()))
        shown = _names(request.get("only", ())) or [name for name in names if name not in known]
        machines = [
            Machine(id=machine_id(name), name=name, power=self._power(name)) for name in shown
        ]
        newcomers = (wire.pack(machines),) if machines else ()
        return Look(total=len(names), fingerprint=str(len(names)), newcomers=newcomers)

    def work(self, name: str, request: Any, now: datetime) -> Done | Raised | None:
        done = super().work(name, request, now)
        if not self.slow or not isinstance(done, Done):
            return done
        slowly = {"expect_end": 5.0, "ask_check": self.seconds + 2.0}
        return replace(done, seconds=slowly.get(name, done.seconds))


def _names(batches: Any) -> list[str]:
    return [m.name for m in wire.unpack([wire.load(Batch, batch) for batch in batches])]


def late(**changes: Any) -> Late:
    """Until its gate has ended."""
    one = Late(estate=Halves(on=dict(OFF)), seconds=100.0, **changes)
    one.slow = one.blocked
    one.arrive()
    one.until("03:00")
    return one


def failing_undos(times: int) -> Any:
    """So many undos in a row break down."""

    def fate(stage: str, time: int) -> Fate:
        return "raises before" if stage == "undo" and time <= times else "answers"

    return fate


def kill(one: Night, key: str, state: str = "Failed") -> None:
    """The story of that key breaks down: as when its code has been changed under it."""
    instance = one.host.instances[key]
    assert not instance.finished
    instance.state, instance.output, instance.finished = state, "non-deterministic", one.host.now


# What is begun


def test_no_action_is_begun_once_a_required_one_has_failed() -> None:
    """That decides it: the run is cancelled at once, and not when all actions are over."""
    one = Night(estate=Stuck(on=dict(OFF)), actions=(START, replace(START, name="mute")))
    one.arrive()
    one.until("03:00")
    assert one.stages() == ["plan start", "do start", "undo start"]
    did = next(moment for moment, stage, _ in one.acts if stage == "do")
    assert one.gate.decision.at == did + timedelta(seconds=one.seconds)


@pytest.mark.parametrize("seconds", [18.0, 30.0])
def test_an_action_that_the_time_does_not_suffice_for_is_no_yes(seconds: float) -> None:
    """It was required, and nobody did it: whatever the checks say of the machines."""
    plain = spec("first", scope="run", kind="action")
    one = Night(
        began="02:47:05",
        seconds=seconds,
        actions=(plain, replace(plain, name="second")),
        checks=(LENIENT,),
    )
    one.arrive()
    one.until("03:00")
    assert one.stages() == ["do first"]
    assert one.gate.decision.cancels
    assert any(reason.about == "second" for reason in one.gate.decision.because)


@pytest.mark.parametrize("seconds", [18.0, 30.0])
def test_what_was_planned_and_not_done_in_time_is_no_yes(seconds: float) -> None:
    """It has said nothing of the machines that it was about to change."""
    one = Night(began="02:47:05", seconds=seconds, checks=(LENIENT,))
    one.arrive()
    one.until("03:00")
    assert one.estate.on == OFF
    assert any(reason.about == "start" for reason in one.gate.decision.because)


def test_nothing_is_undone_while_it_is_still_being_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate breaks down in between: its cancel does not wait, and its undo does."""
    saw = Docket.saw

    def breaks(docket: Docket, look: Look) -> None:
        if look.fingerprint == "broken":
            raise ZeroDivisionError
        saw(docket, look)

    monkeypatch.setattr(Docket, "saw", breaks)

    class Broken(Night):
        def _look(self, request: Any) -> Look:
            broken = "do start" in self.stages() and not request.get("only")
            return replace(super()._look(request), fingerprint="broken" if broken else "abc")

    one = Broken(seconds=100.0)
    one.arrive()
    one.until("03:00")
    assert one.gate.ending == "cancelled"
    assert "ZeroDivisionError" in one.gate.decision.summary
    times = {stage: moment for moment, stage, _ in one.acts}
    assert one.gate.cancellation is not None
    assert one.gate.decision.at < times["do"] + timedelta(seconds=one.seconds) <= times["undo"]
    assert one.estate.on == OFF


@pytest.mark.parametrize("refusals", [2, 3])
def test_an_engine_that_takes_no_story_is_asked_three_times(refusals: int) -> None:
    """A moment's trouble costs no run."""

    class Refusing(Night):
        refusals = 0

        async def start(self, story: str, key: str, order: Any) -> None:
            self.refusals += 1
            if self.refusals <= refusals:
                raise CannotStart(key, "not just now")
            await super().start(story, key, order)

    one = Refusing()
    one.arrive()
    one.until("03:00")
    assert one.gate.ending == ("proceeded" if refusals == 2 else "cancelled")
    assert one.stages() == ["plan start", "do start"][: 4 - refusals]


def test_nothing_is_changed_if_the_story_that_puts_back_is_over() -> None:
    """It would put back nothing any more."""
    one = Night()
    one.host.begin("restore", one.restore_key, {})
    kill(one, one.restore_key, "Terminated")
    one.arrive()
    one.until("03:00")
    assert one.stages() == ["plan start"]
    assert "nothing would put it back" in one.gate.decision.because[0].text


def test_no_action_is_begun_once_a_required_one_gave_no_answer() -> None:
    """That decides it as well."""
    one = Night(
        actions=(START, replace(START, name="mute")),
        fate=lambda stage, _: "raises before" if stage == "plan" else "answers",
    )
    one.arrive()
    one.until("03:00")
    assert one.stages() == ["plan start"]


def test_a_machine_that_appears_late_is_acted_upon_before_it_is_judged() -> None:
    """In a lot of its own, with a memory of its own."""
    one = late()
    assert one.gate.ending == "proceeded"
    assert one.stages() == ["plan start", "do start"] * 2
    assert one.told_of == [{"a": "running", "b": "running"}, {"c": "running"}]
    assert len(one.gate.memories) == 2
    one.over()
    assert one.estate.on == OFF
    assert one.stages()[4:] == ["undo start"] * 2


def test_what_is_kept_and_not_done_yet_when_the_run_is_to_be_cancelled_is_not_done() -> None:
    """A check said no while the engine was still busy."""
    one = late(blocked=True)
    assert one.gate.ending == "cancelled"
    assert one.stages() == ["plan start", "do start", "plan start", "undo start"]
    assert one.estate.on == OFF
    assert one.gate.actions[0].tally.unknown == 0


# What is judged


def test_machines_that_nothing_was_done_to_are_not_looked_at_again() -> None:
    """It would cost some of everybody's quota."""
    one = Night(estate=Estate(on=dict.fromkeys("abc", "others")))
    one.arrive()
    one.until("03:00")
    looks = [asked for _, name, asked in one.host.instances[one.gate_key].steps if "find" in name]
    assert looks
    assert not any(look["only"] for look in looks)


def test_checks_are_told_of_machines_as_they_are_after_the_actions() -> None:
    """A machine that was started is shown as running."""
    one = Night()
    one.arrive()
    one.until("03:00")
    assert one.told_of == [dict.fromkeys("abc", "running")]
    assert one.gate.warnings == ()


def test_what_cannot_be_looked_at_anew_is_told_of_as_before_and_that_is_said() -> None:
    """The check itself may know better."""
    one = Night(blind=True)
    one.arrive()
    one.until("03:00")
    assert one.told_of == [{"a": "deallocated", "b": "running", "c": "deallocated"}]
    assert "as they were before the actions" in one.gate.warnings[0]


def test_a_look_that_comes_back_with_fewer_machines_leaves_none_out() -> None:
    """Each is judged, as it was."""

    class Fewer(Night):
        def _look(self, request: Any) -> Look:
            look = super()._look(request)
            return replace(look, newcomers=()) if request.get("only") else look

    one = Fewer()
    one.arrive()
    one.until("03:00")
    assert [sorted(shown) for shown in one.told_of] == [list("abc")]


# What is put back


@pytest.mark.parametrize("with_post_event", [True, False])
def test_what_the_gate_could_not_put_back_is_tried_again_after_the_start(
    with_post_event: bool,  # noqa: FBT001
) -> None:
    """Also if the post event came while the gate was at it, and its story knew of nothing."""
    one = Night(blocked=True, fate=failing_undos(5))
    one.arrive()
    one.until("02:40")
    if with_post_event:
        one.end()
    one.over()
    assert one.gate.undone[0].failing == 2
    assert one.estate.on == OFF
    assert one.restore is not None
    assert one.restore.ending == "restored"


def test_what_was_put_back_is_not_asked_about_again_and_is_counted_all_the_same() -> None:
    """Nor has an undo the patience of the doing: it is tried again from outside."""
    asked: list[ActRequest] = []

    class Halfway(Night):
        def _acted(self, stage: str, request: Any) -> ActAnswer:
            if stage == "undo":
                asked.append(wire.load(ActRequest, request))
            if stage != "undo" or len(asked) > 1:
                return super()._acted(stage, request)
            self.estate.on["a"] = None
            said = {"a": Status.PASSED, "c": Status.BLOCKED}
            outcomes = [
                Outcome(check="start", status=status, machine=machine_id(name), reason="so")
                for name, status in said.items()
            ]
            left = wire.pack_memories({machine_id("c"): {"was": "off"}})
            return ActAnswer(answer=answer_of(outcomes), memory=left)

    one = Halfway(actions=(replace(START, asking=Asking(patience=300.0)),))
    one.arrive()
    one.until("03:20")
    one.end()
    one.over()
    (undone,) = one.aftermath.undone
    assert (undone.tally.passed, undone.failing, undone.asked) == (2, 0, 2)
    assert [len(wire.unpack_memories(request.memory)) for request in asked] == [2, 1]
    assert {request.asking.patience for request in asked} == {0.0}
    assert one.estate.on == OFF


@pytest.mark.parametrize("comes", ["03:02", "03:20"])
def test_what_the_post_events_story_could_not_put_back_is_tried_after_the_window(
    comes: str,
) -> None:
    """Somebody may have mended what was in the way; also if the run was over in no time."""
    one = Night(fate=failing_undos(5))
    one.arrive()
    one.until(comes)
    one.end()
    one.over()
    assert one.aftermath.undone[0].failing == 2
    assert one.estate.on == OFF
    assert one.restore is not None
    assert one.restore.because == "the story of its post event has not put it back"


def test_what_a_post_events_story_that_broke_down_left_is_put_back() -> None:
    """After the window."""
    one = Night()
    one.arrive()
    one.until("03:20")
    one.end()
    kill(one, one.aftermath_key)
    one.over()
    assert one.estate.on == OFF


def test_a_post_event_before_the_restore_looks_leaves_it_nothing_to_do() -> None:
    """The two do not undo the same at once."""
    one = Night()
    one.arrive()
    one.until("03:09")
    one.end()
    one.over()
    assert one.stages().count("undo start") == 1
    assert one.restore is not None
    assert one.restore.ending == "nothing to restore"


@pytest.mark.parametrize("state", ["Failed", "Terminated"])
@pytest.mark.parametrize("cancelled", [True, False])
def test_a_gate_that_breaks_down_leaves_nothing_changed(
    state: str,
    cancelled: bool,  # noqa: FBT001
) -> None:
    """What it was about to change is kept outside of it, each change by itself."""
    one = Night(
        estate=Halves(on=dict(OFF)),
        actions=(START, replace(START, name="more")),
        cancelled_by_others=cancelled,
    )
    one.arrive()
    one.until("02:30")
    assert one.estate.on == ON
    kill(one, one.gate_key, state)
    one.until("03:20")
    assert one.estate.on == (OFF if cancelled else ON)
    one.end()
    one.over()
    assert one.estate.on == OFF
    assert one.restore is not None
    assert one.restore.ending == "restored"
    assert "its gate has failed" in one.restore.because


def test_only_the_first_story_puts_back_what_the_gate_tells_of() -> None:
    """Two changes, two stories, and each undone once."""
    one = Night(estate=Halves(on=dict(OFF)), actions=(START, replace(START, name="more")))
    one.arrive()
    one.over()
    assert one.estate.on == OFF
    undone = [stage for stage in one.stages() if stage.startswith("undo")]
    assert undone == ["undo more", "undo start"]
    told = [
        key
        for key, story in one.host.instances.items()
        if any(name == "announce" for _, name, _ in story.steps)
    ]
    assert told == [one.gate_key, one.restore_key]


def test_a_post_event_that_comes_after_all_was_put_back_finds_nothing_to_do() -> None:
    """It was lost for long."""
    one = Night()
    one.arrive()
    one.over()
    one.end()
    one.over()
    assert one.stages().count("undo start") == 1
    assert one.aftermath.undone == ()


def test_a_gate_that_hangs_for_ever_leaves_nothing_changed() -> None:
    """Its engine has forgotten it."""
    one = Night()
    one.arrive()
    one.until("02:30")
    one.host.instances[one.gate_key].finished = one.host.now  # it plays no more; its state stays
    one.until("23:00")
    assert one.estate.on == OFF


# What is left alone, and what is shown


@pytest.mark.parametrize("mode", ["observe", "enforce"])
def test_nothing_is_done_after_a_run_that_is_only_observed(mode: Any) -> None:
    """Not before it either."""
    one = Night(policy=Policy(mode=mode), actions=(spec("later", scope="run", kind="action"),))
    one.until("05:00")
    one.end()
    one.over()
    assert one.stages() == ([] if mode == "observe" else ["do later"])


def test_a_report_shows_nobody_an_actions_config_and_memory() -> None:
    """They are for the undo, and may hold what not everybody is to see."""
    one = Night(policy=Policy(actions={"start": CheckPolicy(config={"script": "hunter2"})}))
    one.arrive()
    one.until("03:00")
    output = one.host.instances[one.gate_key].output
    assert "hunter2" in json.dumps(output)
    status, page = report_page(one.gate_key, FakeKnown(state="Completed", output=output))
    (memory,) = json.loads(page)["report"]["memories"]
    assert (status, memory["action"], memory["config"], memory["packed"]) == (200, "start", {}, "")
    assert "hunter2" not in page


def test_a_memory_of_an_older_or_newer_version_is_read() -> None:
    """An app is deployed between a gate and its post event."""
    one = Night()
    one.arrive()
    one.until("03:20")
    output = one.host.instances[one.gate_key].output
    for memory in output["memories"]:
        memory["of_a_later_version"] = 1
        del memory["asking"], memory["config"]
    one.end()
    one.over()
    assert one.estate.on == OFF
    assert at("05:00") > one.acts[-1][0]
