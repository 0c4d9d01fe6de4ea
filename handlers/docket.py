"""What a gate knows so far. Pure: a story writes into it, and reads decision and report from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from core.decide import decide
from core.model import Batch, Gap, GapKind, Outcome, Status
from core.report import (
    Cancellation,
    CheckReport,
    Decision,
    Ending,
    GateReport,
    MachineLine,
    Tally,
)
from core.timeline import Timeline
from handlers.orders import CheckAnswer, CheckList, CheckSpec, GateOrder, Look

__all__ = ["Docket", "answer_of"]

# Outcomes of one check that a report lists, of each status: none may crowd out another's reasons.
_LISTED = {Status.BLOCKED: 100, Status.UNKNOWN: 100, Status.SKIPPED: 50}


def answer_of(outcomes: Iterable[Outcome]) -> CheckAnswer:
    """Outcomes as an answer of a sane size: all counted, those that did not pass listed."""
    outcomes = tuple(outcomes)
    counts = dict.fromkeys(Status, 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    listed, unlisted = _sane(outcomes)
    return CheckAnswer(
        tally=Tally(
            passed=counts[Status.PASSED],
            blocked=counts[Status.BLOCKED],
            skipped=counts[Status.SKIPPED],
            unknown=counts[Status.UNKNOWN],
        ),
        outcomes=listed,
        unlisted=unlisted,
    )


def _sane(outcomes: Iterable[Outcome]) -> tuple[tuple[Outcome, ...], int]:
    """What did not pass, worst first, as much as may be listed; and how many are not."""
    told = [o for o in outcomes if o.status is not Status.PASSED]
    listed = [
        outcome
        for status, most in _LISTED.items()
        for outcome in [o for o in told if o.status is status][:most]
    ]
    return tuple(listed), len(told) - len(listed)


class Docket:
    """The machines seen, the answers heard and the gaps found, for one run."""

    def __init__(self, order: GateOrder, timeline: Timeline) -> None:
        self._order, self._timeline = order, timeline
        self.checks: tuple[CheckSpec, ...] = ()
        self.machines: tuple[Batch, ...] = ()
        self._lines: tuple[MachineLine, ...] = ()
        self._gaps: list[Gap] = []
        self._unseen: tuple[Gap, ...] = ()  # of the latest look: a later one may close them
        self._undetailed = 0  # machines whose details the latest look did not show
        self._fingerprint = ""
        self._settled = False  # two looks in a row showed the same machines, and no gap
        # (check, part) → answer. A run check that is asked again replaces its answer.
        self._answers: dict[tuple[str, str], CheckAnswer] = {}
        self.warnings: list[str] = []
        if order.policy.problem is not None:
            remedy = "mend the file: nothing in it is in force"
            self.gap("gate.toml", order.policy.problem, remedy)
        if timeline.early:
            self.warnings.append("the event came before T-40: the run's machines may still change")

    # What the story learns

    def in_force(self, listed: CheckList) -> None:
        """The checks of this gate are known; one that cannot be asked has answered."""
        self.checks = listed.checks
        self._gaps.extend(listed.gaps)
        if not any(spec.required for spec in listed.checks):
            self.warnings.append("no required check is in force: nothing can speak against the run")
        for spec in listed.checks:
            if spec.problem is not None:
                self.silent(spec, "load", 1, spec.problem)

    def saw(self, look: Look) -> None:
        """A look at Resource Graph came back. Its gaps are those of the latest look."""
        if self._settled and look.gaps and not look.newcomers and not look.undetailed:
            self.did_not_see(look.gaps[0].problem)
            return
        self._settled = bool(look.total) and not look.gaps and look.fingerprint == self._fingerprint
        self._fingerprint = look.fingerprint
        self._unseen, self._undetailed = look.gaps, look.undetailed
        self.machines += look.newcomers
        self._lines += look.lines
        for subscription in look.silent:
            note = f"subscription {subscription} is in the event and shows no machine of this run"
            if note not in self.warnings:
                self.warnings.append(note)

    def did_not_see(self, problem: str) -> None:
        """A look failed: harmless if two before it agreed, else a gap until one succeeds."""
        if self._settled:
            self.warnings.append(f"a later look for machines failed: {problem}")
        else:
            remedy = "see the log of the app, and Azure's status page"
            self._unseen = (Gap(subject="machines", problem=problem, remedy=remedy),)

    def gap(
        self,
        subject: str,
        problem: str,
        remedy: str,
        kind: GapKind = "gap",
    ) -> None:
        """Something that the gate had to know stays unknown."""
        self._gaps.append(Gap(subject=subject, problem=problem, remedy=remedy, kind=kind))

    def heard(self, spec: CheckSpec, part: str, answer: CheckAnswer) -> None:
        """A check has answered about one part of the run."""
        self._answers[spec.name, part] = answer

    def withdraw(self, spec: CheckSpec) -> None:
        """A check of the run is asked anew: what it said of fewer machines counts no more."""
        self._answers.pop((spec.name, "run"), None)

    def silent(self, spec: CheckSpec, part: str, count: int, reason: str) -> None:
        """A check gave no answer about one part of the run: UNKNOWN for every machine of it."""
        self._answers[spec.name, part] = _no_answer(spec, count, reason)

    # What it comes to

    @property
    def machine_count(self) -> int:
        """Machines seen so far."""
        return sum(batch.count for batch in self.machines) + self._undetailed

    def decision(self, at: datetime, *, all_seen: bool) -> Decision:
        """Judge what is known.

        Until all is seen, what a look missed does not count yet; and what a check says of the run
        counts once two looks in a row have shown the same machines.
        """
        gaps = self.gaps if all_seen else tuple(self._gaps)
        machines = self.machine_count if all_seen else None
        certain = [
            report
            for report in self.reports(all_seen=all_seen)
            if report.scope == "machine" or all_seen or self._settled
        ]
        return decide(certain, gaps, self._order.policy, at, machines=machines)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Everything that is missing, by the latest look."""
        return (*self._gaps, *self._unseen)

    def reports(self, *, all_seen: bool = True) -> tuple[CheckReport, ...]:
        """Each check with all that it said so far."""
        return tuple(self._report(spec, all_seen=all_seen) for spec in self.checks)

    def _report(self, spec: CheckSpec, *, all_seen: bool) -> CheckReport:
        answers = [a for (name, _), a in self._answers.items() if name == spec.name]
        if all_seen and self._undetailed and spec.scope == "machine" and spec.problem is None:
            answers.append(_no_answer(spec, self._undetailed, "its details cannot be read"))
        outcomes = [outcome for answer in answers for outcome in answer.outcomes]
        listed, left_out = _sane(outcomes)
        return CheckReport(
            name=spec.name,
            title=spec.title,
            scope=spec.scope,
            required=spec.required,
            on_unknown=spec.on_unknown,
            origin=spec.origin,
            tally=_sum([answer.tally for answer in answers]),
            outcomes=listed,
            unlisted=sum(answer.unlisted for answer in answers) + left_out,
        )

    def report(
        self,
        *,
        ending: Ending,
        decision: Decision,
        cancellation: Cancellation | None,
        at: datetime,
    ) -> GateReport:
        """The whole of it."""
        return GateReport(
            key=self._order.key,
            run=str(self._order.event.run),
            configuration=str(self._order.event.configuration),
            mode=self._order.policy.mode,
            ending=ending,
            timeline=self._timeline,
            finished_at=at,
            decision=decision,
            machine_count=self.machine_count,
            machines=self._lines,
            checks=self.reports(),
            gaps=self.gaps,
            warnings=tuple(self.warnings),
            cancellation=cancellation,
        )


def _no_answer(spec: CheckSpec, count: int, reason: str) -> CheckAnswer:
    unknown = Outcome(check=spec.name, status=Status.UNKNOWN, reason=reason)
    return CheckAnswer(tally=Tally(unknown=count), outcomes=(unknown,))


def _sum(tallies: Sequence[Tally]) -> Tally:
    return Tally(
        passed=sum(t.passed for t in tallies),
        blocked=sum(t.blocked for t in tallies),
        skipped=sum(t.skipped for t in tallies),
        unknown=sum(t.unknown for t in tallies),
    )
