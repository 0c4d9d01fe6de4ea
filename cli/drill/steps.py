"""How far a drill got: each step of the way, whether it was taken, and what mends it if not."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from cli.azure.app import Delivered
from cli.drill.event import DrillEvent
from cli.render.words import count
from core.errors import shorten
from core.report import GateReport, Rehearsed

__all__ = ["Step", "of_delivery", "of_report"]

Name = Literal["delivered", "judged", "token", "read-back", "right"]
_PUBLISH = "func azure functionapp publish NAME"
_PATH: tuple[Name, ...] = ("token", "read-back", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. `mend` is the command, or else what to do; empty where all is well."""

    step: Name
    ok: bool
    says: str
    mend: str = ""


def of_delivery(answer: Delivered, event: DrillEvent, took: timedelta) -> Step:
    """Whether the app has taken the event. It answers 202 when its function has ended well."""
    if answer.status == 202:
        return _ok("delivered", f"the app took the event after {took.total_seconds():.1f} s")
    said = f": {answer.said}" if answer.said else ""
    if answer.status is None:
        return _not(
            "delivered",
            f"the app gave no answer to the event{said}",
            "see the log of the app; its engine may hold up the trigger",
        )
    if answer.status in (401, 403):
        keys = "az functionapp keys list -g GROUP -n NAME --query systemKeys.eventgrid_extension"
        return _not("delivered", f"the app refused the key of its events ({answer.status})", keys)
    if answer.status == 404:
        return _not("delivered", f"the app has no function that takes events (404{said})", _PUBLISH)
    if "PATCHGATE_CONFIGURATIONS" in answer.said:
        return _not("delivered", answer.said, _allow(event))
    says = f"the app did not take the event ({answer.status}{said})"
    return _not("delivered", says, f"see the log of the app; {_doctor(event)}")


def of_report(report: GateReport, event: DrillEvent) -> Iterator[Step]:
    """What the gate made of it."""
    if report.ending != "drill":
        says = f"the app took it for a run ({report.ending}): it is older than drills are"
        yield _not("judged", says, _PUBLISH)
        return
    yield _judged(report)
    seen: dict[str, Rehearsed] = (
        {one.part: one for one in report.rehearsal.seen} if report.rehearsal else {}
    )
    problem = report.rehearsal.problem if report.rehearsal else "nothing was tried"
    mend = (report.rehearsal.remedy if report.rehearsal else None) or _doctor(event)
    for name in _PATH:
        one = seen.get(name)
        if one is None:
            yield _not(name, f"not tried ({problem})", mend)
        elif one.ok:
            yield _ok(name, one.saw)
        else:
            first = problem == f"{name}: {one.saw}"
            yield _not(name, one.saw, mend if first else _doctor(event))


def _judged(report: GateReport) -> Step:
    line = report.timeline
    if line.planned_at >= line.check_by:
        says = "the policy's reserve left no time to ask checks"
        return _not("judged", says, "patchgate drill --minutes N, with more minutes")
    if any(gap.kind == "fault" for gap in report.gaps):
        fault = next(gap for gap in report.gaps if gap.kind == "fault")
        return _not("judged", f"{fault.subject}: {fault.problem}", fault.remedy)
    asked = [check for check in report.checks if check.tally.total]
    left = len(report.checks) - len(asked)
    parts = [f"decided to {report.decision.action}"]
    if report.decision.summary:
        parts.append(f" ({report.decision.summary})")
    parts.append(f"; {count(len(asked), 'check')} answered")
    if left:
        parts.append(f", {left:,} had no machine to be asked about")
    return _ok("judged", shorten("".join(parts), 600))


def _ok(step: Name, says: str) -> Step:
    return Step(step=step, ok=True, says=says)


def _not(step: Name, says: str, mend: str) -> Step:
    return Step(step=step, ok=False, says=says, mend=mend)


def _doctor(event: DrillEvent) -> str:
    return f"patchgate doctor --configuration {shlex.quote(str(event.run.configuration))}"


def _allow(event: DrillEvent) -> str:
    setting = shlex.quote(f"PATCHGATE_CONFIGURATIONS={event.run.configuration}")
    return f"az functionapp config appsettings set -g GROUP -n NAME --settings {setting}"
