"""What a report measures: pure, a report in, numbers with names and units out.

The names are those that docs/observing.md lists; `handlers.telemetry` hands them on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from core.ids import names_drill
from core.report import (
    AftermathReport,
    Cancellation,
    CheckReport,
    GateReport,
    RescueReport,
    RestoreReport,
)

__all__ = [
    "METRICS",
    "STATUSES",
    "Measure",
    "Metric",
    "Report",
    "ending_of",
    "margin_of",
    "measures",
    "unknown_rate",
]

Report = GateReport | AftermathReport | RescueReport | RestoreReport

STATUSES = ("passed", "blocked", "skipped", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One thing that is measured, `by` the attributes that tell its numbers apart.

    A counter adds up; a histogram keeps how its values are spread, of which none is negative.
    """

    name: str
    kind: Literal["counter", "histogram"]
    unit: str
    about: str
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number of one report."""

    metric: Metric
    value: float
    attributes: dict[str, str | bool] = field(default_factory=dict)


STORIES = Metric(
    name="patchgate.stories",
    kind="counter",
    unit="{story}",
    about="stories that have ended",
    by=("patchgate.story", "patchgate.ending"),
)
DURATION = Metric(
    name="patchgate.gate.duration",
    kind="histogram",
    unit="s",
    about="from the planning of a gate to its end",
    by=("patchgate.ending",),
)
MARGIN = Metric(
    name="patchgate.gate.margin",
    kind="histogram",
    unit="s",
    about="from a decision in time to the cut-off",
    by=("patchgate.ending",),
)
OVERRUN = Metric(
    name="patchgate.gate.overrun",
    kind="histogram",
    unit="s",
    about="from the cut-off to a decision after it",
    by=("patchgate.ending",),
)
UNKNOWN_RATE = Metric(
    name="patchgate.gate.unknown_rate",
    kind="histogram",
    unit="1",
    about="the share of required checks' answers in a gate that were UNKNOWN",
    by=("patchgate.ending",),
)
OUTCOMES = Metric(
    name="patchgate.outcomes",
    kind="counter",
    unit="{outcome}",
    about="answers of checks and actions",
    by=(
        "patchgate.story",
        "patchgate.kind",
        "patchgate.check",
        "patchgate.status",
        "patchgate.required",
    ),
)
ATTEMPTS = Metric(
    name="patchgate.cancel.attempts",
    kind="counter",
    unit="{call}",
    about="cancel calls sent",
    by=("patchgate.story",),
)
CONFIRMATIONS = Metric(
    name="patchgate.cancel.confirmations",
    kind="counter",
    unit="{run}",
    about="runs that had to be cancelled, by whether a read-back showed that they were",
    by=("patchgate.story", "patchgate.confirmed"),
)
GAPS = Metric(
    name="patchgate.gaps",
    kind="counter",
    unit="{gap}",
    about="what a gate could not see",
    by=("patchgate.gap",),
)

METRICS = (
    STORIES,
    DURATION,
    MARGIN,
    OVERRUN,
    UNKNOWN_RATE,
    OUTCOMES,
    ATTEMPTS,
    CONFIRMATIONS,
    GAPS,
)


def measures(report: Report) -> tuple[Measure, ...]:
    """All that this report measures, each with the attributes of its metric and `patchgate.drill`.

    Drills are measured as well, and marked, so that whoever adds up can leave them out.
    """
    drill = names_drill(report.run)
    return tuple(
        Measure(
            metric=one.metric,
            value=one.value,
            attributes={**one.attributes, "patchgate.drill": drill},
        )
        for one in _measures(report)
    )


def _measures(report: Report) -> Iterator[Measure]:
    story = {"patchgate.story": report.kind}
    yield Measure(
        metric=STORIES, value=1, attributes={**story, "patchgate.ending": ending_of(report)}
    )
    if isinstance(report, GateReport):
        yield from _of_gate(report)
    for check in _asked(report):
        yield from _outcomes(check, report.kind)
    cancellation = _cancellation(report)
    if cancellation is not None:
        yield Measure(metric=ATTEMPTS, value=cancellation.attempts, attributes={**story})
        confirmed = {"patchgate.confirmed": cancellation.confirmed}
        yield Measure(metric=CONFIRMATIONS, value=1, attributes={**story, **confirmed})


def _of_gate(gate: GateReport) -> Iterator[Measure]:
    ending: dict[str, str | bool] = {"patchgate.ending": gate.ending}
    took = (gate.finished_at - gate.timeline.planned_at).total_seconds()
    yield Measure(metric=DURATION, value=max(0.0, took), attributes=ending)
    margin = margin_of(gate)
    yield Measure(metric=MARGIN if margin >= 0 else OVERRUN, value=abs(margin), attributes=ending)
    rate = unknown_rate(gate)
    if rate is not None:
        yield Measure(metric=UNKNOWN_RATE, value=rate, attributes=ending)
    for gap in gate.gaps:
        yield Measure(metric=GAPS, value=1, attributes={"patchgate.gap": gap.kind})


def _asked(report: Report) -> tuple[CheckReport, ...]:
    if isinstance(report, GateReport | AftermathReport):
        return (*report.checks, *report.actions, *report.undone)
    return report.undone if isinstance(report, RestoreReport) else ()


def _outcomes(check: CheckReport, story: str) -> Iterator[Measure]:
    for status in STATUSES:
        if count := getattr(check.tally, status):
            yield Measure(
                metric=OUTCOMES,
                value=count,
                attributes={
                    "patchgate.story": story,
                    "patchgate.kind": check.kind,
                    "patchgate.check": check.name,
                    "patchgate.status": status,
                    "patchgate.required": check.required,
                },
            )


def _cancellation(report: Report) -> Cancellation | None:
    return report.cancellation if isinstance(report, GateReport | RescueReport) else None


def ending_of(report: Report) -> str:
    """How it ended, in a word or a few."""
    return report.ended if isinstance(report, AftermathReport) else report.ending


def margin_of(gate: GateReport) -> float:
    """Seconds from the decision to the cut-off; negative if it came after that."""
    return (gate.timeline.cut_off - gate.decision.at).total_seconds()


def unknown_rate(gate: GateReport) -> float | None:
    """The share of UNKNOWN among the answers of required checks; None if there are none."""
    tallies = [check.tally for check in gate.checks if check.required]
    total = sum(tally.total for tally in tallies)
    return sum(tally.unknown for tally in tallies) / total if total else None
