"""Bad moments for actions: nothing stays changed, is begun in vain or is let go undone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.model import Outcome, Status
from core.policy import CheckPolicy, Policy
from handlers.app import report_page
from handlers.judging.docket import Docket
from handlers.orders import Look
from tests.fakes import FakeKnown
from tests.handlers.actions.night import START, Estate, Fate, Night
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


def test_nothing_is_changed_if_the_story_that_puts_back_is_over() -> None:
    """It would put back nothing any more."""
    one = Night()
    one.host.begin("restore", one.restore_key, {})
    kill(one, one.restore_key, "Terminated")
    one.arrive()
    one.until("03:00")
    assert one.stages() == ["plan start"]
    assert "nothing would put it back" in one.gate.decision.because[0].text


# What is judged


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


def test_what_the_post_events_story_could_not_put_back_is_tried_again_after_the_window() -> None:
    """Somebody else may have mended what was in the way."""
    one = Night(fate=failing_undos(5))
    one.arrive()
    one.until("03:20")
    one.end()
    one.over()
    assert one.aftermath.undone[0].failing == 2
    assert one.estate.on == OFF


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
    one.until("05:00")
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
