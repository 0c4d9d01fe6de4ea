"""The stories of `patchgate demo`: what each shows, and what must be true when it has ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from cli.embedded import SPEED, AnyReport
from cli.play import After, Played, Truth
from core.report import GateReport

__all__ = ["STORIES", "Story", "problems"]

_Wrong = Iterator[tuple[bool, str]]  # (it is so, why that must not be)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A scenario of `samples/scenarios` with checks of `samples/`, and what it is to show.

    `policy` is a `gate.toml` of its own. `speed`: at high speeds the real time of a request is long
    in the story; this matters where there are many. `after`: it goes on when the gate has ended,
    and `later` says what must be true of that report.
    """

    title: str
    shows: str
    scenario: str
    checks: str = "checks"
    policy: str | None = None
    speed: float = SPEED
    after: After | None = None
    proof: Callable[[GateReport, Truth], _Wrong]
    later: Callable[[AnyReport], _Wrong] | None = None


def problems(story: Story, played: Played) -> tuple[str, ...]:
    """What is not as it must be: of any story, and of this one. Nothing if all is well."""
    report, truth = played.report, played.truth
    if not isinstance(report, GateReport):
        return (f"the report is of an {report.kind}, not of a gate",)
    wrong = [*_honest(report, truth), *story.proof(report, truth)]
    if story.later is not None:
        later = played.later
        wrong += [(True, "nothing came after the gate")] if later is None else story.later(later)
    return tuple(why for is_so, why in wrong if is_so)


def _honest(report: GateReport, truth: Truth) -> _Wrong:
    """Report and truth agree."""
    cancelled, says = truth.cancelled_at is not None, report.ending == "cancelled"
    yield says != cancelled, f"the report says {report.ending!r}, the run is {truth.status}"
    cut_off = report.timeline.cut_off
    late = truth.cancelled_at is not None and truth.cancelled_at > cut_off
    yield late, "the run was cancelled after the cut-off"
    confirmed = report.cancellation.confirmed_at if report.cancellation else None
    yield confirmed is not None and confirmed > cut_off, "it was confirmed after the cut-off"


def _goes_ahead(report: GateReport, truth: Truth) -> _Wrong:
    yield report.ending != "proceeded", f"it ended as {report.ending!r}, not as 'proceeded'"
    yield truth.status != "Pending", f"the run is {truth.status}, not Pending"
    yield truth.cancel_calls != 0, "a cancel call was sent"
    yield report.machine_count != 6, f"{report.machine_count} machines were judged, not 6"


def _one_says_no(report: GateReport, truth: Truth) -> _Wrong:
    yield from _cancelled(report, truth)
    reasons = report.decision.because
    named = [machine.rpartition("/")[2] for reason in reasons for machine in reason.machines]
    yield named != ["billing-01"], f"the reasons name {named or 'no machine'}, not billing-01"
    left = report.timeline.cut_off - (truth.cancelled_at or report.timeline.start)
    yield left < timedelta(minutes=15), "there was hardly time to spare"


def _a_check_hangs(report: GateReport, truth: Truth) -> _Wrong:
    yield from _cancelled(report, truth)
    silent = [check.name for check in report.checks if check.tally.unknown]
    yield silent != ["vendor_agrees"], f"no answer came from {silent or 'nobody'}"
    early = report.timeline.check_by - report.decision.at
    yield early > timedelta(minutes=1), "it was decided before the deadline"
    yield report.decision.at > report.timeline.cancel_by, "it was decided too late to cancel"


def _no_effect(report: GateReport, truth: Truth) -> _Wrong:
    yield from _cancelled(report, truth)
    # More than four if a busy machine was too slow to read back in time.
    yield truth.cancel_calls < 4, f"{truth.cancel_calls} cancel calls were made, fewer than 4"


def _never_works(report: GateReport, truth: Truth) -> _Wrong:
    yield report.ending != "not confirmed", f"it ended as {report.ending!r}, not 'not confirmed'"
    yield truth.status != "InProgress", f"the run is {truth.status}, not InProgress"
    yield truth.cancel_calls < 10, f"only {truth.cancel_calls} cancel calls were made"


def _cancelled(report: GateReport, truth: Truth) -> _Wrong:
    yield report.ending != "cancelled", f"it ended as {report.ending!r}, not as 'cancelled'"
    yield truth.status != "Cancelled", f"the run is {truth.status}, not Cancelled"


_OFF = {"report-01": "deallocated", "report-02": "deallocated"}


def _started_and_stopped(report: GateReport, truth: Truth) -> _Wrong:
    yield report.ending != "proceeded", f"it ended as {report.ending!r}, not as 'proceeded'"
    yield truth.status != "Succeeded", f"the run is {truth.status}, not Succeeded"
    done = sum(action.tally.passed for action in report.actions)
    yield done != len(_OFF), f"{done} machines were started, not {len(_OFF)}"
    off = {name: power for name, power in truth.powers.items() if power == "deallocated"}
    yield off != _OFF, f"stopped in the end are {sorted(off) or 'none'}, not those that were"


def _after_the_event(report: AnyReport) -> _Wrong:
    yield report.kind != "aftermath", f"they were stopped by the {report.kind}"
    yield from _all_undone(report)


def _without_the_event(report: AnyReport) -> _Wrong:
    yield report.kind != "restore", f"they were stopped by the {report.kind}"
    yield "no post event" not in report.headline, "it does not say that no post event came"
    yield from _all_undone(report)


def _all_undone(report: AnyReport) -> _Wrong:
    undone = sum(one.tally.passed for one in report.undone)
    yield undone != len(_OFF), f"{undone} machines were stopped again, not {len(_OFF)}"


STORIES = (
    Story(
        title="All is well",
        shows="Every check says yes of every machine, so the run is left alone.",
        scenario="all-is-well.toml",
        proof=_goes_ahead,
    ),
    Story(
        title="One machine says no",
        shows="Azure can only cancel a whole run. It is cancelled at once, with time to spare.",
        scenario="one-machine-says-no.toml",
        proof=_one_says_no,
    ),
    Story(
        title="A check hangs",
        shows="No answer is never a yes: at the deadline the run is cancelled, still in time.",
        scenario="hanging-check.toml",
        checks="hanging_checks",
        proof=_a_check_hangs,
    ),
    Story(
        title="The cancel call is answered 200, and nothing happens",
        shows="Only a read-back counts, so the gate asks again until the run is cancelled.",
        scenario="cancel-without-effect.toml",
        speed=SPEED / 2,
        proof=_no_effect,
    ),
    Story(
        title="Two machines are off",
        shows="They are started, judged and patched; after the run exactly those two are stopped.",
        scenario="two-machines-are-off.toml",
        policy="two-machines-are-off.toml",
        after="post event",
        proof=_started_and_stopped,
        later=_after_the_event,
    ),
    Story(
        title="The same, and the post event is lost",
        shows="Nothing is forgotten: they are stopped by themselves after the window.",
        scenario="two-machines-are-off.toml",
        policy="two-machines-are-off.toml",
        after="no post event",
        proof=_started_and_stopped,
        later=_without_the_event,
    ),
    Story(
        title="Cancelling never works",
        shows="The gate asks until the run starts, and then it is as loud as it can be.",
        scenario="cancel-never-works.toml",
        proof=_never_works,
    ),
)
