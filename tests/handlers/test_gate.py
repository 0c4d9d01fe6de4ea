"""The story of a pre event, in virtual time, on the replay engine of Durable Functions."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

import pytest

from core import wire
from core.model import Asking, Gap, Outcome, Status
from core.policy import CheckPolicy, Policy
from core.report import Cancellation
from handlers.judging.answers import answer_of
from handlers.orders import CheckList, CheckSpec, Look
from handlers.steps.announce import level_of
from tests.durable_host import Done, Raised
from tests.stories import (
    UNCONFIRMED,
    Judged,
    Site,
    at,
    looks,
    machines,
    says,
    seconds,
    spec,
)

FIND_BY, CHECK_BY, CANCEL_BY, CUT_OFF = (
    at("02:34:45"),
    at("02:47:30"),
    at("02:49:30"),
    at("02:50"),
)
UNREADABLE = Gap(subject="subscription x", problem="cannot be read", remedy="grant Reader")


def never(request: Any, now: datetime) -> None:
    """A step that never comes back."""


def raising(request: Any, now: datetime) -> Raised:
    """A step that raises."""
    return Raised(message="boom")


def blocking(request: Any, now: datetime) -> Done:
    """A check that blocks one machine."""
    return says("no", Status.BLOCKED, reason="tagged patch=never")


def reasons(judged: Judged) -> list[str]:
    """What the decision rests on."""
    return [reason.about for reason in judged.report.decision.because]


def test_a_run_that_is_fine_goes_ahead_untouched() -> None:
    """When every required check passes, nothing is cancelled and the report says so."""
    judged = Site().judge()
    assert judged.report.ending == "proceeded"
    assert judged.times("cancel_run") == []
    assert judged.report.machine_count == 3
    assert judged.report.checks[0].tally.passed == 3


def test_a_run_is_let_go_only_after_a_last_look() -> None:
    """Rows of Resource Graph come late, so machines are looked for until just before find_by."""
    judged = Site().judge()
    assert judged.times("find_machines")[-1] >= FIND_BY - seconds(60)
    assert judged.report.finished_at <= FIND_BY + seconds(5)


def test_one_no_cancels_at_once_and_the_rest_is_still_heard() -> None:
    """The cancel call begins with the first no; slower checks still get into the report."""
    slow = Site(
        checks=(spec("no"), spec("slow")),
        answers={
            "no": blocking,
            "slow": lambda r, n: says("slow", Status.BLOCKED, seconds=600, reason="slow too"),
        },
    )
    judged = slow.judge()
    assert judged.report.ending == "cancelled"
    assert judged.times("cancel_run")[0] - judged.times("ask_check")[0] <= seconds(2)
    assert reasons(judged) == ["no", "slow"]
    assert judged.report.decision.at < at("02:23")


def test_a_check_that_hangs_for_ever_does_not_keep_the_run_from_being_cancelled() -> None:
    """At check_by whoever has not answered is UNKNOWN, and the cancel call has its reserve."""
    judged = Site(checks=(spec("fine"), spec("hung")), answers={"hung": never}).judge()
    assert judged.report.ending == "cancelled"
    assert judged.times("cancel_run") == [CHECK_BY]
    assert judged.report.checks[1].tally.unknown == 3
    assert "02:47:30" in judged.report.decision.because[0].text


@pytest.mark.parametrize(
    "answer",
    [
        Raised(message="worker died"),
        Done(answer=None),
        Done(answer={"nonsense": 1}),
        Done(answer=[]),
        Done(answer=True),
    ],
)
def test_an_answer_that_is_none_cancels(answer: Done | Raised) -> None:
    """A step that raises or answers nonsense is no yes."""
    judged = Site(answers={"fine": lambda r, n: answer}).judge()
    assert judged.report.ending == "cancelled"


@pytest.mark.parametrize("step", ["list_checks", "find_machines"])
@pytest.mark.parametrize("reaction", [never, raising])
def test_what_cannot_be_listed_cancels(step: str, reaction: Any) -> None:
    """Checks or machines that cannot be listed are a gap, and a gap cancels, in time."""
    judged = Site(steps={step: reaction}).judge()
    assert judged.report.ending == "cancelled"
    assert judged.report.gaps
    assert judged.times("cancel_run")[0] <= FIND_BY


def test_a_check_that_cannot_be_loaded_cancels() -> None:
    """A broken check is there, cannot answer, and counts as UNKNOWN."""
    judged = Site(checks=(spec("broken", problem="SyntaxError in line 3"),)).judge()
    assert judged.report.ending == "cancelled"
    assert "SyntaxError in line 3" in judged.report.decision.because[0].text
    assert judged.times("ask_check") == []


def test_an_empty_list_is_no_green_light() -> None:
    """No machine found by find_by is a gap: it cancels then, and not before."""
    nothing = Gap(subject="machines", problem="Resource Graph lists no machine", remedy="look")
    judged = Site(steps={"find_machines": lambda r, n: looks(total=0, gaps=(nothing,))}).judge()
    assert judged.report.ending == "cancelled"
    assert FIND_BY - seconds(65) <= judged.times("cancel_run")[0] <= FIND_BY


def test_a_gap_that_closes_in_time_is_none() -> None:
    """Rows and rights that arrive before find_by are as good as those that were there at once."""

    def first_unreadable(request: Any, now: datetime) -> Done:
        known = bool(request["known"])
        batch = () if known else (machines("a"),)
        return looks(*batch, total=1, gaps=() if now > at("02:25") else (UNREADABLE,))

    judged = Site(steps={"find_machines": first_unreadable}).judge()
    assert judged.report.ending == "proceeded"
    assert judged.report.gaps == ()


def test_machines_that_appear_later_are_judged_too() -> None:
    """Machine checks are asked about newcomers, checks of the run anew about all of it."""

    def growing(request: Any, now: datetime) -> Done:
        if not request["known"]:
            return looks(machines("a", "b"), total=2)
        return looks(*([machines("late")] if len(request["known"]) == 1 else []), total=3)

    site = Site(
        checks=(spec("each"), spec("whole", scope="run")),
        steps={"find_machines": growing},
        answers={"whole": lambda r, n: says("whole", count=1)},
    )
    judged = site.judge()
    asked = [
        (r["check"], [b["count"] for b in r["machines"]]) for r in judged.requests("ask_check")
    ]
    assert asked == [("each", [2]), ("whole", [2]), ("each", [1]), ("whole", [2, 1])]
    assert [c.tally.passed for c in judged.report.checks] == [3, 1]
    assert judged.report.machine_count == 3


def test_a_late_machine_that_must_not_be_patched_cancels() -> None:
    """A no about a machine whose row came late counts like any other."""

    def late(request: Any, now: datetime) -> Done:
        if not request["known"]:
            return looks(machines("a"), total=1)
        return looks(*([machines("pinned")] if len(request["known"]) == 1 else []), total=2)

    def second_time(request: Any, now: datetime) -> Done:
        return says("no", Status.PASSED if now < at("02:22:30") else Status.BLOCKED)

    site = Site(checks=(spec("no"),), steps={"find_machines": late}, answers={"no": second_time})
    assert site.judge().report.ending == "cancelled"


def test_a_failing_look_is_harmless_after_two_that_agree() -> None:
    """A passing fault of Resource Graph does not cancel a run whose machines are known."""

    def then_down(request: Any, now: datetime) -> Done | Raised:
        if now > at("02:25"):
            return Raised(message="503")
        return looks(*([] if request["known"] else [machines("a")]), total=1)

    judged = Site(steps={"find_machines": then_down}).judge()
    assert judged.report.ending == "proceeded"
    assert any("503" in warning for warning in judged.report.warnings)


def test_an_unconfirmed_cancel_is_repeated_until_the_start_and_then_loud() -> None:
    """Nothing is sent after the start, and the report cannot be mistaken for a success."""
    site = Site(
        checks=(spec("no"),),
        answers={"no": blocking},
        steps={"cancel_run": lambda r, n: Done(answer=wire.dump(UNCONFIRMED), seconds=59)},
    )
    judged = site.judge()
    assert judged.report.ending == "not confirmed"
    assert "NOT CONFIRMED" in judged.report.headline
    assert judged.times("cancel_run")[-1] < judged.report.timeline.start
    assert all(r["until"] <= "2026-11-28T03:00:00Z" for r in judged.requests("cancel_run"))
    assert len(judged.times("cancel_run")) > 30


def test_a_round_that_is_lost_is_taken_over_by_another() -> None:
    """A worker that dies in the cancel call costs a minute, not the run."""
    begun: list[datetime] = []

    def first_lost(request: Any, now: datetime) -> Done | None:
        begun.append(now)
        if len(begun) == 1:
            return None
        return Done(answer=wire.dump(Cancellation(confirmed=True, state="cancelled", attempts=1)))

    judged = Site(
        checks=(spec("no"),), answers={"no": blocking}, steps={"cancel_run": first_lost}
    ).judge()
    assert judged.report.ending == "cancelled"
    assert begun[1] - begun[0] <= seconds(80)


def test_a_cancel_step_that_raises_is_tried_again() -> None:
    """A fault in the cancel step is repeated at once, then ever slower."""
    tries: list[datetime] = []

    def third_time(request: Any, now: datetime) -> Done | Raised:
        tries.append(now)
        if len(tries) < 3:
            return Raised(message="import error")
        return Done(answer=wire.dump(Cancellation(confirmed=True, state="cancelled")))

    site = Site(checks=(spec("no"),), answers={"no": blocking}, steps={"cancel_run": third_time})
    assert site.judge().report.ending == "cancelled"
    assert tries[2] - tries[0] < seconds(15)


def test_observe_mode_judges_and_sends_nothing() -> None:
    """The report says what would have happened; the run is not touched."""
    judged = Site(
        checks=(spec("no"),), answers={"no": blocking}, policy=Policy(mode="observe")
    ).judge()
    assert judged.report.ending == "would cancel"
    assert judged.report.cancellation is None
    assert judged.times("cancel_run") == []
    assert "observe" in judged.report.headline


@pytest.mark.parametrize("arrival", ["03:00", "03:00:01", "04:30"])
def test_an_event_after_the_start_is_too_late(arrival: str) -> None:
    """No step but the announcement is taken once the run has started."""
    judged = Site(checks=(spec("no"),), answers={"no": blocking}).judge(arrival)
    assert judged.report.ending == "too late"
    assert [name for _, name, _ in judged.instance.steps] == ["announce"]


@pytest.mark.parametrize("arrival", ["02:47:30", "02:49", "02:50", "02:55", "02:59:59"])
def test_an_event_without_time_for_checks_cancels_at_once(arrival: str) -> None:
    """Too late to ask anybody is UNKNOWN, which cancels, as long as the run has not started."""
    judged = Site().judge(arrival)
    assert judged.report.ending == "cancelled"
    assert judged.times("cancel_run")[0] - at(arrival) < seconds(2)
    assert judged.times("find_machines") == []


@pytest.mark.parametrize("minute", range(20, 48, 3))
def test_whenever_the_event_comes_the_cancel_call_keeps_its_reserve(minute: int) -> None:
    """No earlier stage waits past check_by, however late the event and whoever hangs."""
    judged = Site(
        steps={"find_machines": never}, checks=(spec("hung"),), answers={"hung": never}
    ).judge(f"02:{minute}")
    assert judged.times("cancel_run")[0] <= CHECK_BY


def test_an_advisory_check_is_shown_and_never_cancels() -> None:
    """Advisory means: in the report, not in the decision."""
    judged = Site(
        checks=(spec("fine"), spec("no", required=False)), answers={"no": blocking}
    ).judge()
    assert judged.report.ending == "proceeded"
    assert judged.report.checks[1].tally.blocked == 1


def test_unknown_proceeds_only_where_the_site_says_so() -> None:
    """on_unknown = proceed lets the run go although the check never answered."""
    judged = Site(checks=(spec("hung", on_unknown="proceed"),), answers={"hung": never}).judge()
    assert judged.report.ending == "proceeded"
    assert judged.report.checks[0].tally.unknown == 3


def test_blocked_machines_within_the_tolerance_do_not_cancel() -> None:
    """A tolerance is counted in machines."""
    policy = Policy(checks={"no": CheckPolicy(tolerance=1)})
    assert Site(
        checks=(spec("no"),), answers={"no": blocking}, policy=policy
    ).judge().report.ending == ("proceeded")


def test_a_broken_policy_file_cancels_and_is_named() -> None:
    """With a gate.toml that cannot be used nobody knows what the site wants."""
    judged = Site(policy=Policy.broken("mode: must be enforce or observe")).judge()
    assert judged.report.ending == "cancelled"
    assert reasons(judged) == ["gate.toml"]


def test_a_broken_policy_file_lets_a_run_go_only_with_a_word_from_outside_and_loudly() -> None:
    """PATCHGATE_ON_UNKNOWN says "proceed"; the report is a warning, and counts what is unknown."""
    policy = Policy.broken("gate.toml:3: not TOML", "proceed")
    checks = (spec("c", problem="the policy file cannot be used", on_unknown="proceed"),)
    judged = Site(policy=policy, checks=checks).judge()
    assert judged.report.ending == "proceeded"
    assert judged.report.doubts == (
        "1 required check gave no answer",
        "1 thing could not be seen",
    )
    assert level_of(judged.report) == logging.WARNING


def test_an_announcement_that_hangs_does_not_keep_the_report_back() -> None:
    """The report is always reached."""
    judged = Site(steps={"announce": never}).judge()
    assert judged.report.ending == "proceeded"


def test_a_check_is_asked_with_its_timeout_and_a_deadline_before_check_by() -> None:
    """The timeout begins when a worker does; the deadline lets its runner say who was silent."""
    judged = Site(checks=(spec("a"), spec("b", asking=Asking(timeout=30.0)))).judge()
    a, b = judged.requests("ask_check")
    assert (a["asking"]["timeout"], b["asking"]["timeout"]) == (None, 30)
    deadline = datetime.fromisoformat(a["deadline"])
    assert CHECK_BY - seconds(11) <= deadline < CHECK_BY


@pytest.mark.parametrize(("checks", "batches"), [(2, 20), (16, 20), (40, 20), (1, 200)])
def test_a_large_run_stays_within_sixty_tasks(checks: int, batches: int) -> None:
    """Replays cost the square of the tasks, so batches are taken together; nobody is left out."""
    site = Site(
        checks=tuple(spec(f"c{n}") for n in range(checks)),
        steps={
            "find_machines": lambda r, n: looks(
                *([] if r["known"] else [machines("a", "b")] * batches), total=2 * batches
            )
        },
    )
    judged = site.judge()
    tasks = len(judged.instance.actions)
    assert tasks <= max(60 + 15, checks + 15)
    assert all(c.tally.passed == 2 * batches for c in judged.report.checks)


def test_the_status_shows_where_the_gate_is() -> None:
    """Whoever lists the gates sees phase, ending and times, in a few hundred bytes."""
    status = Site().judge().instance.custom_status
    assert status["phase"] == "finished"
    assert status["ending"] == "proceeded"
    assert status["check_by"] == CHECK_BY.isoformat()


def test_gaps_of_the_check_list_cancel() -> None:
    """A policy that names a check which does not exist is a gap."""
    gap = Gap(subject="gate.toml", problem="there is no check named 'tpyo'", remedy="rename")
    listed = CheckList(checks=(spec("fine"),), gaps=(gap,))
    judged = Site(steps={"list_checks": lambda r, n: Done(answer=wire.dump(listed))}).judge()
    assert judged.report.ending == "cancelled"


def test_a_gate_without_required_checks_warns() -> None:
    """Nothing can speak against the run: that is the site's choice, and is said."""
    advisory: tuple[CheckSpec, ...] = (spec("fine", required=False),)
    judged = Site(checks=advisory).judge()
    assert judged.report.ending == "proceeded"
    assert any("no required check" in warning for warning in judged.report.warnings)


def test_a_reason_that_decided_stays_when_its_check_is_asked_anew() -> None:
    """A check of the run that says otherwise about more machines does not take its no back."""

    def growing(request: Any, now: datetime) -> Done:
        if not request["known"]:
            return looks(machines("a"), total=1)
        late = now > at("02:24") and len(request["known"]) == 1
        return looks(*([machines("late")] if late else []), total=2 if now > at("02:24") else 1)

    def first_no(request: Any, now: datetime) -> Done:
        status = Status.BLOCKED if len(request["machines"]) == 1 else Status.PASSED
        return says("whole", status, reason="too few machines")

    judged = Site(
        checks=(spec("whole", scope="run"),),
        steps={"find_machines": growing},
        answers={"whole": first_no},
    ).judge()
    assert judged.report.ending == "cancelled"
    assert "too few machines" in judged.report.headline


def test_what_a_check_says_of_an_incomplete_run_does_not_count() -> None:
    """A quorum that is not there while rows are still coming must not cancel a fine run."""

    def growing(request: Any, now: datetime) -> Done:
        if not request["known"]:
            return looks(machines("a"), total=1)
        return looks(*([machines("late")] if len(request["known"]) == 1 else []), total=2)

    def quorum(request: Any, now: datetime) -> Done:
        few = len(request["machines"]) == 1
        return says("quorum", Status.BLOCKED if few else Status.PASSED, reason="too few")

    judged = Site(
        checks=(spec("quorum", scope="run"),),
        steps={"find_machines": growing},
        answers={"quorum": quorum},
    ).judge()
    assert judged.report.ending == "proceeded"


def test_a_no_about_the_run_cancels_once_its_machines_are_known() -> None:
    """Two looks in a row that agree are enough: it does not wait for the last one."""
    judged = Site(
        checks=(spec("freeze", scope="run"),),
        answers={"freeze": lambda r, n: says("freeze", Status.BLOCKED, reason="change freeze")},
    ).judge()
    assert judged.report.ending == "cancelled"
    assert judged.times("cancel_run")[0] < at("02:24")


def undetailed_until(moment: datetime) -> Any:
    """A machine whose own row cannot be read before that time."""

    def look(request: Any, now: datetime) -> Done:
        if now < moment:
            seen = Look(total=1, fingerprint="x", undetailed=1, gaps=(UNREADABLE,))
            return Done(answer=wire.dump(seen))
        return looks(*([] if request["known"] else [machines("a")]), total=1)

    return look


def test_a_machine_is_judged_once_its_details_are_there() -> None:
    """Without its tags nothing can be said of it, so it is not asked about, nor let go."""
    judged = Site(steps={"find_machines": undetailed_until(at("02:25"))}).judge()
    assert judged.report.ending == "proceeded"
    assert judged.report.checks[0].tally.passed == 1
    assert judged.times("ask_check")[0] >= at("02:25")


def test_a_machine_without_details_is_unknown_to_every_check() -> None:
    """Even where the site tolerates gaps, a check that could not be asked gave no answer."""
    site = Site(
        steps={"find_machines": undetailed_until(at("04:00"))}, policy=Policy(on_gap="proceed")
    )
    judged = site.judge()
    assert judged.report.ending == "cancelled"
    assert judged.report.checks[0].tally.unknown == 1


@pytest.mark.parametrize("reaction", [raising, never])
def test_a_check_of_the_run_is_asked_even_if_no_machine_is_seen(reaction: Any) -> None:
    """A freeze is a freeze, whatever Resource Graph shows; on_gap says nothing about it."""
    judged = Site(
        checks=(spec("freeze", scope="run"),),
        answers={"freeze": lambda r, n: says("freeze", Status.BLOCKED, reason="change freeze")},
        steps={"find_machines": reaction},
        policy=Policy(on_gap="proceed"),
    ).judge()
    assert judged.report.ending == "cancelled"
    assert reasons(judged) == ["freeze"]


@pytest.mark.parametrize("reaction", [raising, never])
def test_checks_that_cannot_be_listed_are_unknown_not_a_gap(reaction: Any) -> None:
    """Tolerating machines that cannot be seen does not tolerate checks that were never asked."""
    judged = Site(steps={"list_checks": reaction}, policy=Policy(on_gap="proceed")).judge()
    assert judged.report.ending == "cancelled"


def test_an_event_without_time_is_unknown_not_a_gap() -> None:
    """Nobody was asked: on_unknown decides, and its usual word is cancel."""
    judged = Site(policy=Policy(on_gap="proceed")).judge("02:52")
    assert judged.report.ending == "cancelled"


@pytest.mark.parametrize("answer", [{"checks": 7}, None, [], "checks"])
def test_a_fault_of_the_story_itself_cancels_whatever_the_policy(answer: Any) -> None:
    """A worker of another version talks nonsense: no policy tolerates a fault of ours."""
    judged = Site(
        steps={"list_checks": lambda r, n: Done(answer=answer)},
        policy=Policy(on_gap="proceed", on_unknown="proceed"),
    ).judge()
    assert judged.report.ending == "cancelled"
    assert reasons(judged) == ["Patchgate"]


def test_a_cancel_answer_that_cannot_be_read_is_no_confirmation() -> None:
    """It is an unconfirmed round, and the next one begins."""
    begun: list[datetime] = []

    def second(request: Any, now: datetime) -> Done:
        begun.append(now)
        good = wire.dump(Cancellation(confirmed=True, state="cancelled"))
        return Done(answer={"nonsense": 1} if len(begun) == 1 else good)

    site = Site(checks=(spec("no"),), answers={"no": blocking}, steps={"cancel_run": second})
    assert site.judge().report.ending == "cancelled"
    assert len(begun) == 2


def test_a_lost_page_after_two_looks_that_agree_is_harmless() -> None:
    """A throttled last look does not cancel a run whose machines are known."""

    def then_throttled(request: Any, now: datetime) -> Done:
        gaps = (Gap(subject="machines", problem="429", remedy=""),) if now > at("02:25") else ()
        return looks(*([] if request["known"] else [machines("a")]), total=1, gaps=gaps)

    judged = Site(steps={"find_machines": then_throttled}).judge()
    assert judged.report.ending == "proceeded"
    assert any("429" in warning for warning in judged.report.warnings)


def test_a_tolerance_is_for_machines_not_for_a_no_about_the_run() -> None:
    """One tolerated machine does not swallow a change freeze."""
    no = Outcome(check="freeze", status=Status.BLOCKED, reason="change freeze")
    judged = Site(
        checks=(spec("freeze", scope="run"),),
        answers={"freeze": lambda r, n: Done(answer=wire.dump(answer_of([no])))},
        policy=Policy(checks={"freeze": CheckPolicy(tolerance=1)}),
    ).judge()
    assert judged.report.ending == "cancelled"
