"""What checks have said so far about one run, part by part. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.model import Outcome, Status
from core.report import CheckReport, Tally
from handlers.orders import CheckAnswer, CheckSpec

__all__ = ["Answers", "answer_of", "sum_of"]

# Outcomes of one check that a report lists, of each status: none may crowd out another's reasons.
_LISTED = {Status.BLOCKED: 100, Status.UNKNOWN: 100, Status.SKIPPED: 50}


def answer_of(outcomes: Iterable[Outcome], notes: tuple[str, ...] = ()) -> CheckAnswer:
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
        asked=max((outcome.asked for outcome in outcomes), default=1),
        notes=notes,
        by_machine=all(outcome.machine is not None for outcome in outcomes),
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


class Answers:
    """The checks in force, and what each has answered about which part of the run."""

    def __init__(self) -> None:
        self.checks: tuple[CheckSpec, ...] = ()
        # (check, part) → answer. A run check that is asked again replaces its answer.
        self._answers: dict[tuple[str, str], CheckAnswer] = {}

    def in_force(self, checks: tuple[CheckSpec, ...]) -> None:
        """The checks are known; one that cannot be asked has answered."""
        self.checks = checks
        for spec in checks:
            if spec.problem is not None:
                self.silent(spec, "load", 1, spec.problem)

    def heard(self, spec: CheckSpec, part: str, answer: CheckAnswer) -> None:
        """A check has answered about one part of the run."""
        self._answers[spec.name, part] = answer

    def withdraw(self, spec: CheckSpec) -> None:
        """A check of the run is asked anew: what it said of fewer machines counts no more."""
        self._answers.pop((spec.name, "run"), None)

    def silent(self, spec: CheckSpec, part: str, count: int, reason: str) -> None:
        """A check gave no answer about one part of the run: UNKNOWN for every machine of it."""
        self._answers[spec.name, part] = _no_answer(spec, count, reason)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was to be said about the asking, each once."""
        return tuple(dict.fromkeys(note for a in self._answers.values() for note in a.notes))

    def reports(self, undetailed: int = 0) -> tuple[CheckReport, ...]:
        """Each check with all that it said; `undetailed` machines could not be shown to any."""
        return tuple(self._report(spec, undetailed) for spec in self.checks)

    def _report(self, spec: CheckSpec, undetailed: int) -> CheckReport:
        answers = [a for (name, _), a in self._answers.items() if name == spec.name]
        # A check of the run that answers by machine was not shown these either.
        by_machine = spec.scope == "machine" or any(answer.by_machine for answer in answers)
        if undetailed and by_machine and spec.problem is None:
            answers.append(_no_answer(spec, undetailed, "its details cannot be read"))
        outcomes = [outcome for answer in answers for outcome in answer.outcomes]
        listed, left_out = _sane(outcomes)
        return CheckReport(
            name=spec.name,
            title=spec.title,
            scope=spec.scope,
            required=spec.required,
            on_unknown=spec.on_unknown,
            origin=spec.origin,
            tally=sum_of([answer.tally for answer in answers]),
            outcomes=listed,
            unlisted=sum(answer.unlisted for answer in answers) + left_out,
            asked=max((answer.asked for answer in answers), default=0),
            kind=spec.kind,
        )


def _no_answer(spec: CheckSpec, count: int, reason: str) -> CheckAnswer:
    unknown = Outcome(check=spec.name, status=Status.UNKNOWN, reason=reason)
    return CheckAnswer(tally=Tally(unknown=count), outcomes=(unknown,))


def sum_of(tallies: Sequence[Tally]) -> Tally:
    """All of them together."""
    return Tally(
        passed=sum(t.passed for t in tallies),
        blocked=sum(t.blocked for t in tallies),
        skipped=sum(t.skipped for t in tallies),
        unknown=sum(t.unknown for t in tallies),
    )
