"""Actions around a run: what was off is started, judged, and put back; whatever happens."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Status
from core.policy import Policy
from tests.handlers.actions.night import START, Estate, Fate, Night
from tests.stories import UNCONFIRMED, at

ON = {"a": "us", "b": "others", "c": "us"}
OFF = {"a": None, "b": "others", "c": None}


def night(**changes: object) -> Night:
    """The pre event has come, and its gate has ended."""
    one = Night(**changes)  # type: ignore[arg-type]
    one.arrive()
    one.until("03:00")
    return one


def test_what_is_off_is_started_before_it_is_judged() -> None:
    """Checks are asked when every action is over."""
    one = night()
    assert one.gate.ending == "proceeded"
    assert one.stages() == ["plan start", "do start"]
    assert one.judged_on == [ON]
    (action,) = one.gate.actions
    assert (action.kind, action.tally.passed, action.tally.skipped) == ("action", 2, 1)


def test_the_post_event_puts_back_exactly_what_we_have_changed() -> None:
    """The machine that ran before is left alone."""
    one = night()
    one.until("05:00")
    assert one.estate.on == ON
    one.end()
    one.over()
    assert one.estate.on == OFF
    assert one.aftermath.undone[0].tally.passed == 2
    assert one.restore is not None
    assert one.restore.ending == "nothing to restore"


def test_without_a_post_event_all_is_put_back_after_the_window_and_that_is_said() -> None:
    """At the end of the window, and the time of grace."""
    one = night()
    one.over()
    assert one.estate.on == OFF
    assert one.restore is not None
    assert one.restore.ending == "restored"
    assert "no post event had come" in one.restore.headline
    assert max(moment for moment, stage, _ in one.acts if stage == "undo") > at("05:00")


def test_a_run_that_we_cancel_is_undone_at_once() -> None:
    """Nobody patches these machines, so they go back to how they were."""
    one = night(blocked=True)
    assert one.gate.ending == "cancelled"
    assert one.estate.on == OFF
    assert one.gate.undone[0].tally.passed == 2
    one.end()
    one.over()
    assert one.stages().count("undo start") == 1


def test_a_run_that_somebody_else_cancels_is_undone_soon_after_its_start() -> None:
    """No post event may come for it."""
    one = night(cancelled_by_others=True)
    one.over()
    assert one.estate.on == OFF
    assert one.restore is not None
    assert one.restore.because == "the run was cancelled"
    assert at("03:00") < next(when for when, stage, _ in one.acts if stage == "undo") < at("03:30")


def test_a_cancel_that_is_not_confirmed_leaves_machines_as_they_are() -> None:
    """They may be patched: what was started stays on until the end."""
    one = Night(blocked=True, cancellation=UNCONFIRMED)
    one.arrive()
    one.until("03:05")
    assert one.gate.ending == "not confirmed"
    assert one.estate.on == ON
    one.over()
    assert one.estate.on == OFF


@pytest.mark.parametrize("policy", [Policy(mode="observe")])
def test_nothing_is_touched_in_observe_mode(policy: Policy) -> None:
    """Checks judge the machines as they are."""
    one = night(policy=policy)
    assert one.stages() == []
    assert one.judged_on == [OFF]


@pytest.mark.parametrize("stage", ["plan", "do"])
@pytest.mark.parametrize("fate", ["raises before", "raises after", "lost before", "lost after"])
def test_a_required_action_that_gives_no_answer_cancels(stage: str, fate: Fate) -> None:
    """And what it did all the same is put back."""
    one = Night(fate=lambda at_stage, _: fate if at_stage == stage else "answers")
    one.arrive()
    one.over()
    assert one.gate.ending == "cancelled"
    assert one.gate.decision.because[0].about == "start"
    assert one.estate.on == OFF


def test_a_required_action_that_fails_counts_as_a_check_that_said_no() -> None:
    """With its reason."""

    class Stuck(Estate):
        def do(self, memory: dict[str, object]) -> list[object]:  # type: ignore[override]
            said = super().do(memory)
            return [replace(one, status=Status.BLOCKED, reason="no capacity") for one in said]

    one = night(estate=Stuck(on=dict(OFF)))
    assert one.gate.ending == "cancelled"
    assert "no capacity" in one.gate.decision.because[0].text


def test_an_advisory_action_that_fails_is_shown_and_does_not_cancel() -> None:
    """As an advisory check would."""
    one = night(actions=(replace(START, required=False),), fate=lambda stage, _: "raises before")
    assert one.gate.ending == "proceeded"
    assert one.gate.actions[0].tally.unknown == 3


def test_nothing_is_changed_that_nobody_would_put_back() -> None:
    """The story that puts back cannot be started: the action is not done, and the run stops."""
    one = night(engine_down=True)
    assert one.estate.on == OFF
    assert one.stages() == ["plan start"]
    assert "nothing would put it back" in one.gate.decision.because[0].text


def test_an_undo_that_fails_twice_is_tried_until_it_works() -> None:
    """Ever later."""
    one = night(
        fate=lambda stage, time: "raises before" if stage == "undo" and time < 3 else "answers"
    )
    one.end()
    one.over()
    assert one.estate.on == OFF
    assert (one.aftermath.undone[0].asked, one.aftermath.undone[0].failing) == (3, 0)


def test_what_can_not_be_put_back_is_said_in_the_headline() -> None:
    """In capitals, with how many."""
    one = night(fate=lambda stage, _: "raises before" if stage == "undo" else "answers")
    one.end()
    one.over()
    assert one.estate.on == ON
    assert "NOT put back by start: 2" in one.aftermath.headline


def test_undos_go_backwards_through_the_actions() -> None:
    """Last done, first undone."""
    one = night(actions=(START, replace(START, name="mute")))
    one.estate.on["a"] = None
    one.end()
    one.over()
    stages = one.stages()
    assert stages[:2] == ["plan start", "do start"]
    assert [stage for stage in stages if stage.startswith("undo")][-1] == "undo start"


def test_a_machine_that_somebody_else_started_in_between_is_left_running() -> None:
    """Between our plan and our start."""

    def fate(stage: str, _: int) -> Fate:
        if stage == "do":
            one.estate.on["a"] = "others"
        return "answers"

    one = Night(fate=fate)
    one.arrive()
    one.over()
    assert one.estate.on == {**OFF, "a": "others"}


def test_a_machine_that_is_deleted_in_between_keeps_nobody_else_from_being_put_back() -> None:
    """It is gone, and that is no failure."""
    one = night()
    del one.estate.on["a"]
    one.end()
    one.over()
    assert one.estate.on == {"b": "others", "c": None}
    assert one.aftermath.undone[0].failing == 0


FATES: list[Fate] = [
    "answers",
    "answers",
    "raises before",
    "raises after",
    "lost before",
    "lost after",
]


@settings(max_examples=40, deadline=None)
@given(
    fates=st.lists(st.sampled_from(FATES), max_size=6),
    deliveries=st.lists(st.sampled_from(["02:23", "02:30", "02:41", "02:55", "03:20"]), max_size=4),
    ends=st.lists(st.sampled_from(["03:02", "04:00", "05:10", "07:30"]), max_size=2),
    blocked=st.booleans(),
    claimed=st.sampled_from([None, "a", "c"]),
)
def test_what_ends_up_off_is_what_we_started_and_nobody_claimed(
    fates: list[Fate], deliveries: list[str], ends: list[str], *, blocked: bool, claimed: str | None
) -> None:
    """For any interleaving of deliveries and deaths of workers."""
    left = iter(fates)
    one = Night(blocked=blocked, fate=lambda stage, time: next(left, "answers"))
    one.arrive()
    moments = sorted(
        [(when, one.arrive) for when in deliveries] + [(when, one.end) for when in ends],
        key=lambda m: m[0],
    )
    for when, happens in moments:
        one.until(when)
        happens()
    if claimed is not None and one.estate.on[claimed] == "us":
        one.estate.on[claimed] = "others"
    one.over()
    undone = [report for report in (one.gate.undone, one.restore and one.restore.undone) if report]
    assert one.estate.on["b"] == "others"
    assert len(undone) <= 1
    for name in ("a", "c"):
        assert one.estate.on[name] in (None, "others"), (name, one.stages())
