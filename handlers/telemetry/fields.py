"""What spans, measurements and log lines are called, and what they say. Pure, and free of secrets.

Every text comes out shortened and masked, whoever wrote it: see `core.errors.shorten`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from core.errors import BadId, shorten
from core.ids import RunId, names_drill
from core.measures import STATUSES, Report, ending_of, margin_of
from core.report import AftermathReport, Cancellation, GateReport, Rehearsal
from handlers.keys import key_of
from handlers.orders import ActAnswer, CheckAnswer, CheckList, Look

__all__ = [
    "FIELDS",
    "SPANS",
    "Fields",
    "Value",
    "masked",
    "of_answer",
    "of_report",
    "of_request",
    "of_run",
    "run_in",
    "times_of",
]

Value = str | bool | int | float
Fields = dict[str, Value]

_LONGEST = 1200  # characters of one value; the id of a run has 1024 at most

# name → what it is.
SPANS: Mapping[str, str] = {
    "patchgate.event": "an event has been delivered, until its story is started",
    "patchgate.step": "one step of a story",
    "patchgate.story": "a whole story, from its plan to its report",
}
FIELDS: Mapping[str, str] = {
    "patchgate.run": "the id of the run",
    "patchgate.gate": "the key of the run's gate: the id of its Durable instance",
    "patchgate.key": "the key of this story",
    "patchgate.drill": "there is no such run: a drill",
    "patchgate.outcome": "what became of the event: started, known, or cancelled by the trigger",
    "patchgate.step": "the step",
    "patchgate.check": "the check or action",
    "patchgate.kind": "check, or action",
    "patchgate.required": "its answer counts",
    "patchgate.status": "passed, blocked, skipped or unknown",
    "patchgate.stage": "of an action: plan, do or undo",
    "patchgate.machines": "how many machines",
    "patchgate.checks": "how many checks are in force",
    "patchgate.passed": "how many answers passed",
    "patchgate.blocked": "how many answers blocked",
    "patchgate.skipped": "how many answers were skipped",
    "patchgate.unknown": "how many answers are missing, and gaps",
    "patchgate.gaps": "how many things could not be seen",
    "patchgate.gap": "the kind of a gap: gap, unknown or fault",
    "patchgate.confirmed": "a read-back shows that the run is cancelled",
    "patchgate.attempts": "cancel calls sent",
    "patchgate.reached": "a drill could have sent the cancel call",
    "patchgate.story": "gate, aftermath, rescue or restore",
    "patchgate.ending": "how a story ended",
    "patchgate.action": "proceed, or cancel",
    "patchgate.mode": "enforce, or observe",
    "patchgate.because": "the checks and gaps that spoke against the run",
    "patchgate.margin": "seconds from the decision to the cut-off; negative after it",
    "patchgate.duration": "seconds from the plan of a gate to its end",
}


def masked(given: Mapping[str, Value]) -> Fields:
    """The same, with texts that may be shown."""
    return {
        name: shorten(value, _LONGEST) if isinstance(value, str) else value
        for name, value in given.items()
    }


def of_run(run: RunId) -> Fields:
    """Which run it is about, and where its gate is found."""
    return {
        "patchgate.run": str(run),
        "patchgate.gate": key_of("gate", run),
        "patchgate.drill": run.is_drill,
    }


def run_in(request: object) -> RunId | None:
    """The run that a step's request, or a report, is about; None if it names none."""
    run = _part(request, "run")
    if isinstance(run, RunId):
        return run
    try:
        return RunId.parse(run if isinstance(run, str) else _part(run, "id"))
    except BadId:
        return None


def _part(of: object, name: str) -> object:
    """Of a value, or of the JSON of one."""
    return of.get(name) if isinstance(of, Mapping) else getattr(of, name, None)


def of_request(step: str, request: object) -> Fields:
    """What a step was asked."""
    told: Fields = {"patchgate.step": step}
    for attribute, field in _ASKED.items():
        if isinstance(value := _part(request, attribute), str):
            told[field] = value
    machines = getattr(request, "machines", None)
    if isinstance(machines, tuple) and hasattr(request, "deadline"):
        told["patchgate.machines"] = sum(batch.count for batch in machines)
    return told


_ASKED = {
    "check": "patchgate.check",
    "action": "patchgate.check",
    "stage": "patchgate.stage",
}


def of_answer(answer: object) -> Fields:
    """What came of a step, in numbers."""
    told: Fields = {}
    match answer:
        case CheckList():
            told = {"checks": len(answer.checks), "gaps": len(answer.gaps)}
        case Look():
            told = {"machines": answer.total, "gaps": len(answer.gaps)}
        case CheckAnswer(tally=tally) | ActAnswer(answer=CheckAnswer(tally=tally)):
            told = {status: getattr(tally, status) for status in STATUSES}
        case Cancellation():
            told = {"confirmed": answer.confirmed, "attempts": answer.attempts}
        case Rehearsal():
            told = {"reached": answer.reached}
    return {f"patchgate.{name}": value for name, value in told.items()}


def of_report(report: Report) -> Fields:
    """How a story ended: the fields of its line in the log, and of its span."""
    told: Fields = {
        "patchgate.run": report.run,
        "patchgate.key": report.key,
        "patchgate.drill": names_drill(report.run),
        "patchgate.story": report.kind,
        "patchgate.ending": ending_of(report),
    }
    if isinstance(report, GateReport):
        told |= {
            "patchgate.action": report.decision.action,
            "patchgate.mode": report.mode,
            "patchgate.machines": report.machine_count,
            "patchgate.gaps": len(report.gaps),
            "patchgate.because": ", ".join(reason.about for reason in report.decision.because),
            "patchgate.margin": margin_of(report),
            "patchgate.duration": (report.finished_at - report.timeline.planned_at).total_seconds(),
        }
    elif isinstance(report, AftermathReport):
        told["patchgate.because"] = ", ".join(finding.about for finding in report.findings)
    return masked(told)


def times_of(report: Report) -> tuple[datetime, datetime] | None:
    """When the story of a gate began and ended; of the others only the end is known."""
    if not isinstance(report, GateReport):
        return None
    return report.timeline.planned_at, max(report.finished_at, report.timeline.planned_at)
