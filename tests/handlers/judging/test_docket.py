"""What a gate knows so far, and what it comes to."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from core.model import Batch, Gap, Outcome, Status
from core.policy import CheckPolicy, Policy
from core.report import MachineLine, Tally
from handlers.judging.answers import answer_of
from handlers.judging.docket import Docket
from handlers.orders import CheckList, CheckSpec, Look
from handlers.planning import GatePlan
from tests.builders import outcome
from tests.stories import at, machines, pre_event, spec

EVENT = pre_event()
UNREADABLE = Gap(subject="subscription x", problem="cannot be read", remedy="grant Reader")
AB, C = machines("a", "b"), machines("c")


def docket(*specs: CheckSpec, arrival: str = "02:22", policy: Policy | None = None) -> Docket:
    """The docket of the sample event, with these checks in force."""
    fresh = Docket(GatePlan.of("gate-x", EVENT, policy or Policy(), at(arrival)))
    fresh.in_force(CheckList(checks=specs or (spec("c"),)))
    return fresh


def look(*newcomers: Batch, seen: str = "abc", gaps: tuple[Gap, ...] = (), **fields: Any) -> Look:
    """A look that showed these machines, some of them new."""
    return Look(
        total=len(seen),
        fingerprint=seen,
        newcomers=newcomers,
        lines=tuple(MachineLine(id=f"/machines/{n}", name=n, kind="vm") for n in seen),
        gaps=gaps,
        **fields,
    )


def cancels(known: Docket, *, all_seen: bool = True) -> bool:
    """What is known speaks against the run."""
    return known.decision(at("02:30"), all_seen=all_seen).cancels


def subjects(known: Docket, *, all_seen: bool = True) -> list[str]:
    """What the reasons are about."""
    return [r.about for r in known.decision(at("02:30"), all_seen=all_seen).because]


# Answers


@settings(deadline=None, max_examples=100)
@given(given_statuses=st.lists(st.sampled_from(list(Status)), max_size=30))
def test_an_answer_counts_all_and_lists_what_did_not_pass(given_statuses: list[Status]) -> None:
    """Worst first."""
    answer = answer_of(outcome(status, str(i)) for i, status in enumerate(given_statuses))
    assert answer.tally == Tally(**{status: given_statuses.count(status) for status in Status})
    order = [Status.BLOCKED, Status.UNKNOWN, Status.SKIPPED]
    listed = [o.status for o in answer.outcomes]
    assert listed == sorted((s for s in given_statuses if s in order), key=order.index)
    assert answer.unlisted == 0


def test_an_answer_keeps_a_sane_size() -> None:
    """Ten thousand blocked machines are counted, and do not crowd out what else was said."""
    said = [outcome(Status.BLOCKED, str(i)) for i in range(9999)] + [outcome(Status.UNKNOWN, "x")]
    answer = answer_of(said)
    assert answer.tally == Tally(blocked=9999, unknown=1)
    assert len(answer.outcomes) + answer.unlisted == 10_000
    assert len(answer.outcomes) <= 200
    assert answer.outcomes[-1].status is Status.UNKNOWN


def test_answers_about_parts_add_up() -> None:
    """A check is asked in batches; its report is about the run."""
    known = docket()
    for part in range(3):
        said = [outcome(Status.BLOCKED, f"{part}-{i}") for i in range(150)]
        known.answers.heard(spec("c"), f"part {part}", answer_of([*said, outcome(Status.PASSED)]))
    known.answers.heard(spec("c"), "part 3", answer_of([outcome(Status.UNKNOWN, "late")]))
    (report,) = known.reports()
    assert report.tally == Tally(blocked=450, passed=3, unknown=1)
    assert len(report.outcomes) + report.unlisted == 451
    assert report.outcomes[-1].status is Status.UNKNOWN


def test_a_run_check_that_is_asked_again_replaces_its_answer() -> None:
    """It is about the whole run, machines that came later included."""
    known = docket(spec("c", scope="run"))
    known.answers.heard(spec("c"), "run", answer_of([outcome(Status.PASSED, None)]))
    known.answers.heard(spec("c"), "run", answer_of([outcome(Status.BLOCKED, None)]))
    assert known.reports()[0].tally == Tally(blocked=1)


def test_silence_is_unknown_for_every_machine_of_the_part() -> None:
    """However many they are."""
    known = docket()
    known.answers.heard(spec("c"), "part 1", answer_of([outcome(Status.PASSED)] * 500))
    known.answers.silent(spec("c"), "part 2", 500, "did not answer by 02:47")
    assert known.reports()[0].tally == Tally(passed=500, unknown=500)
    (reason,) = known.decision(at("02:48"), all_seen=True).because
    assert reason.text == "no answer for 500 of 1000 machines: did not answer by 02:47"


def test_a_check_that_cannot_be_asked_has_answered() -> None:
    """What did not load speaks against the run from the start."""
    known = docket(spec("torn", problem="cannot be imported"), spec("c"))
    assert subjects(known, all_seen=False) == ["torn"]
    assert known.reports()[0].tally == Tally(unknown=1)


def test_an_advisory_check_is_shown_and_does_not_cancel() -> None:
    """Whatever it says."""
    known = docket(spec("c", required=False), spec("d"))
    known.answers.heard(spec("c"), "part 1", answer_of([outcome(Status.BLOCKED)]))
    assert not cancels(known)
    assert known.reports()[0].tally.blocked == 1


def test_a_gate_that_nothing_can_stop_says_so() -> None:
    """No required check in force is legal, and hardly meant."""
    assert "no required check is in force" in docket(spec("c", required=False)).warnings[0]
    assert docket().warnings == []


# Machines and gaps


def test_machines_without_details_are_unknown_to_whoever_answers_by_machine() -> None:
    """Asked about each machine or about the run: it was not shown these. A no to the run is one."""
    known = docket(spec("each"), spec("by_machine", scope="run"), spec("whole", scope="run"))
    for name, part, who in [("each", "part 1", "a"), ("by_machine", "run", "a")]:
        known.answers.heard(spec(name), part, answer_of([outcome(Status.PASSED, who)]))
    known.answers.heard(spec("whole"), "run", answer_of([outcome(Status.PASSED, None)]))
    known.saw(look(machines("a"), seen="ab", undetailed=1, gaps=(UNREADABLE,)))
    assert [report.tally.unknown for report in known.reports()] == [1, 1, 0]


def test_an_answer_about_no_machine_at_all_leaves_those_without_details_unknown() -> None:
    """A check of the run may have had none to answer about."""
    known = docket(spec("by_machine", scope="run"), policy=Policy(on_gap="proceed"))
    known.answers.heard(spec("by_machine"), "run", answer_of([]))
    known.saw(look(seen="a", undetailed=1, gaps=(UNREADABLE,)))
    assert subjects(known) == ["by_machine"]


def test_a_gap_of_a_look_counts_when_all_looks_are_done() -> None:
    """A later look may close it."""
    known = docket()
    known.saw(look(AB, seen="ab", gaps=(UNREADABLE,)))
    assert not cancels(known, all_seen=False)
    assert subjects(known) == ["subscription x"]
    known.saw(look(C))
    assert not cancels(known)
    assert known.gaps == ()


def test_machines_of_all_looks_add_up() -> None:
    """Each look brings only the new ones."""
    known = docket()
    known.saw(look(AB, seen="ab"))
    known.saw(look(C))
    assert known.machines == (AB, C)
    assert known.machine_count == 3


def test_a_look_that_fails_is_a_gap_until_one_succeeds() -> None:
    """Nobody knows what it would have shown."""
    known = docket()
    known.did_not_see("Resource Graph did not answer in time")
    assert subjects(known) == ["machines"]
    known.saw(look(AB, C))
    assert subjects(known) == []
    known.did_not_see("Resource Graph did not answer in time")
    assert subjects(known) == ["machines"]


def test_a_look_that_fails_after_two_that_agreed_is_only_a_warning() -> None:
    """The list had settled."""
    known = docket()
    known.saw(look(AB, C))
    known.saw(look())
    known.did_not_see("timed out")
    assert subjects(known) == []
    assert known.warnings == ["a later look for machines failed: timed out"]


def test_two_empty_looks_have_not_settled_anything() -> None:
    """An empty list is never an answer."""
    known = docket()
    empty = Gap(subject="machines", problem="the list is empty", remedy="ask again")
    for _ in range(2):
        known.saw(Look(total=0, fingerprint="", gaps=(empty,)))
    known.did_not_see("timed out")
    assert cancels(known)


def test_two_looks_with_a_gap_have_not_settled_anything() -> None:
    """The same part of the list was missing in both."""
    known = docket()
    known.saw(look(AB, seen="ab", gaps=(UNREADABLE,)))
    known.saw(look(seen="ab", gaps=(UNREADABLE,)))
    known.did_not_see("timed out")
    assert cancels(known)


def test_a_lasting_gap_counts_at_once() -> None:
    """And stays, whatever is seen."""
    known = docket()
    known.gap("time", "the event came too late", "see the delivery attempts")
    known.saw(look(AB, C))
    assert subjects(known, all_seen=False) == ["time"]


def test_gaps_of_the_list_of_checks_count_at_once() -> None:
    """A policy that names a check which is not there."""
    known = docket()
    gap = Gap(subject="gate.toml", problem="there is no check named 'x'", remedy="rename it")
    known.in_force(CheckList(checks=(spec("c"),), gaps=(gap,)))
    assert subjects(known, all_seen=False) == ["gate.toml"]


def test_a_policy_that_cannot_be_used_is_a_gap() -> None:
    """Nothing in it is in force, so nobody knows what the site wants."""
    known = docket(policy=Policy.broken("not TOML"))
    assert subjects(known, all_seen=False) == ["gate.toml"]


def test_an_event_before_t_minus_40_is_a_warning() -> None:
    """The run's machines may still change."""
    assert "before T-40" in docket(arrival="02:19").warnings[0]
    assert docket(arrival="02:20").warnings == []


def test_a_silent_subscription_is_named_once() -> None:
    """However often it is looked at."""
    known = docket()
    for _ in range(3):
        known.saw(look(AB, C, silent=("y",)))
    assert known.warnings == ["subscription y is in the event and shows no machine of this run"]


def test_a_share_of_blocked_machines_is_of_the_whole_run() -> None:
    """Half of the first batch is not half of the run: the others may still pass."""
    many = machines(*(f"m{i}" for i in range(18)))
    known = docket(policy=Policy(checks={"c": CheckPolicy(tolerance="10%")}))
    known.saw(look(AB, seen="ab"))
    known.answers.heard(
        spec("c"), "part 1", answer_of([outcome(Status.BLOCKED), outcome(Status.PASSED)])
    )
    assert not cancels(known, all_seen=False)
    known.saw(look(many, seen="ab" + "m" * 18))
    assert not cancels(known)
    known.answers.heard(spec("c"), "part 2", answer_of([outcome(Status.PASSED)] * 18))
    assert not cancels(known)
    known.answers.heard(spec("c"), "part 2", answer_of([outcome(Status.BLOCKED)] * 18))
    assert cancels(known)


def test_a_share_that_is_exceeded_for_certain_cancels_at_once() -> None:
    """When all machines are seen, nobody waits for the answers that cannot help any more."""
    known = docket(policy=Policy(checks={"c": CheckPolicy(tolerance="10%")}))
    known.saw(look(machines(*(f"m{i}" for i in range(20))), seen="m" * 20))
    known.answers.heard(spec("c"), "part 1", answer_of([outcome(Status.BLOCKED)] * 3))
    assert cancels(known)


# The report


def test_a_report_has_all_of_it() -> None:
    """What was seen, said, missing and done."""
    known = docket(arrival="02:19")
    known.saw(look(AB, C, gaps=(UNREADABLE,)))
    known.answers.heard(spec("c"), "part 1", answer_of([outcome(Status.BLOCKED)]))
    decision = known.decision(at("02:40"), all_seen=True)
    report = known.report(
        ending="not confirmed", decision=decision, cancellation=None, at=at("03:00")
    )
    assert report.key == "gate-x"
    assert report.run == str(EVENT.run)
    assert report.configuration == str(EVENT.configuration)
    assert report.machine_count == 3
    assert [line.name for line in report.machines] == ["a", "b", "c"]
    assert report.gaps == (UNREADABLE,)
    assert [check.name for check in report.checks] == ["c"]
    assert len(report.warnings) == 1
    assert report.decision == decision
    assert report.finished_at == at("03:00")
    assert report.ending == "not confirmed"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("heard"), st.integers(0, 9), st.sampled_from(list(Status))),
        st.tuples(st.just("silent"), st.integers(0, 9), st.just(Status.UNKNOWN)),
        st.tuples(st.just("gap"), st.integers(0, 9), st.just(Status.UNKNOWN)),
    ),
    max_size=12,
    unique_by=lambda step: (step[0] == "gap", step[1]),
)


@settings(deadline=None, max_examples=150)
@given(happened=steps, tolerance=st.integers(0, 3) | st.sampled_from(["0%", "10%", "50%"]))
def test_before_all_is_seen_a_decision_to_cancel_stands(
    happened: list[tuple[str, int, Status]], tolerance: int | str
) -> None:
    """Whatever parts and gaps come to be known after it, in whatever order."""
    known = docket(policy=Policy(checks={"c": CheckPolicy(tolerance=tolerance)}))
    certain = False
    for what, part, status in happened:
        if what == "heard":
            answer = answer_of([Outcome(check="c", status=status, machine="m")])
            known.answers.heard(spec("c"), f"part {part}", answer)
        elif what == "silent":
            known.answers.silent(spec("c"), f"part {part}", 3, "hung")
        else:
            known.gap("machines", "a page is missing", "ask again")
        now = cancels(known, all_seen=False)
        assert now or not certain
        certain = now
