"""Reports as JUnit XML, which pipelines show: a test case for each check and each action.

Blocked is a failure, UNKNOWN an error; a check that skipped everything is skipped. What an advisory
check says, or what the policy tolerates, fails nothing: it stands in the case's output. Form:
https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from cli.explain.finding import Report
from core.errors import shorten
from core.model import Outcome, Status
from core.report import (
    AftermathReport,
    Cancellation,
    CheckReport,
    GateReport,
    Reason,
    Rehearsal,
    RestoreReport,
)

__all__ = ["junit"]

_MOST = 100  # lines of one case

Ending = Literal["failure", "error", "skipped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One test case. `ending` None is a pass; `output` is told in any case."""

    name: str
    seconds: float = 0.0
    ending: Ending | None = None
    message: str = ""
    lines: tuple[str, ...] = ()
    output: tuple[str, ...] = ()


def junit(reports: Sequence[Report]) -> str:
    """One `<testsuite>` for each report."""
    root = Element("testsuites", name="patchgate")
    for report in reports:
        _suite(root, report)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")


def _suite(root: Element, report: Report) -> None:
    cases = list(_cases(report))
    endings = [case.ending for case in cases]
    suite = SubElement(
        root,
        "testsuite",
        name=shorten(f"{report.kind} {report.run.rpartition('/')[2]}", 200),
        tests=str(len(cases)),
        failures=str(endings.count("failure")),
        errors=str(endings.count("error")),
        skipped=str(endings.count("skipped")),
        timestamp=_stamp(report.finished_at),
        time=f"{sum(case.seconds for case in cases):.3f}",
    )
    properties = SubElement(suite, "properties")
    for name, value in (("run", report.run), ("headline", report.headline)):
        SubElement(properties, "property", name=name, value=shorten(value, 900))
    classname = f"patchgate.{report.kind}.{report.configuration.rpartition('/')[2]}"
    for case in cases:
        _case(suite, case, shorten(classname, 200))


def _case(suite: Element, case: _Case, classname: str) -> None:
    element = SubElement(
        suite,
        "testcase",
        name=shorten(case.name, 200),
        classname=classname,
        time=f"{case.seconds:.3f}",
    )
    if case.ending is not None:
        ending = SubElement(element, case.ending, message=shorten(case.message, 600))
        ending.text = _text(case.lines)
    if case.output:
        SubElement(element, "system-out").text = _text(case.output)


def _text(lines: Sequence[str]) -> str:
    more = [f"… and {len(lines) - _MOST:,} more"] if len(lines) > _MOST else []
    return "\n".join([*(shorten(line, 600) for line in lines[:_MOST]), *more])


def _cases(report: Report) -> Iterator[_Case]:
    if isinstance(report, GateReport):
        yield from _of_gate(report)
    elif isinstance(report, AftermathReport):
        asked = (*report.actions, *report.checks)
        yield _of_end(report)
        yield from map(_of_undo, report.undone)
        yield from (_of_check(one, report.findings) for one in asked)
        yield from _of_others(report.findings, asked)
    elif isinstance(report, RestoreReport):
        yield _of_restore(report)
        yield from map(_of_undo, report.undone)
    else:
        yield _Case(name="gate", ending="error", message=f"it gave no result: {report.because}")
        yield from _of_cancellation(report.cancellation)


def _of_gate(report: GateReport) -> Iterator[_Case]:
    asked = (*report.actions, *report.checks)
    if report.ending == "drill":
        yield _of_rehearsal(report.rehearsal)
        yield from (_of_check(one, ()) for one in asked)
        return
    because = report.decision.because
    yield from (_of_check(one, because) for one in asked)
    yield from _of_others(because, asked)
    yield from _of_cancellation(report.cancellation)
    yield from map(_of_undo, report.undone)


def _of_undo(undone: CheckReport) -> _Case:
    """Whether all that an action had changed was put back."""
    ending: Ending | None = None
    if undone.failing:
        ending = "failure" if undone.tally.blocked else "error"
    lines = tuple(map(_line, undone.outcomes))
    return _Case(
        name=f"put back: {undone.name}",
        seconds=sum(outcome.seconds for outcome in undone.outcomes),
        ending=ending,
        message=f"{undone.failing} not put back" if undone.failing else "",
        lines=lines if undone.failing else (),
        output=() if undone.failing else lines,
    )


def _of_restore(report: RestoreReport) -> _Case:
    """That nothing was left as it was changed for the run."""
    return _Case(
        name="what was changed is put back without a post event",
        ending="error" if report.problem else None,
        message=report.problem or "",
        output=(report.headline,),
    )


def _of_check(check: CheckReport, because: Sequence[Reason]) -> _Case:
    lines = tuple(map(_line, check.outcomes))
    seconds = sum(outcome.seconds for outcome in check.outcomes)
    reasons = [reason for reason in because if reason.about == check.name]
    asked = f"asked {check.asked} times" if check.asked > 1 else ""
    output = tuple(filter(None, (check.title, asked)))
    if reasons:
        return _Case(
            name=check.name,
            seconds=seconds,
            ending="failure" if any(_blocks(check, reason) for reason in reasons) else "error",
            message="; ".join(reason.text for reason in reasons),
            lines=(*lines, *(f"would change it: {reason.remedy}" for reason in reasons)),
            output=output,
        )
    if check.tally.total and check.tally.skipped == check.tally.total:
        message = "it concerns none of the machines"
        if check.kind == "action":
            message = "there was nothing to do"
        return _Case(name=check.name, seconds=seconds, ending="skipped", message=message)
    return _Case(name=check.name, seconds=seconds, output=(*output, *lines))


def _blocks(check: CheckReport, reason: Reason) -> bool:
    """The reason rests on a no, and not on a missing answer."""
    named = reason.machines or (None,)
    return any(o.status is Status.BLOCKED for o in check.outcomes if o.machine in named)


def _line(outcome: Outcome) -> str:
    who = outcome.machine or "the whole run"
    saw = ", ".join(f"{name}={value}" for name, value in outcome.evidence.items())
    return f"{outcome.status.value} {who}: {outcome.reason}" + (f" (saw {saw})" if saw else "")


def _of_others(reasons: Sequence[Reason], checks: Sequence[CheckReport]) -> Iterator[_Case]:
    """What could not be seen, and speaks against the run all the same."""
    known = {check.name for check in checks}
    for reason in reasons:
        if reason.about not in known:
            yield _Case(
                name=reason.about,
                ending="error",
                message=reason.text,
                lines=(f"would change it: {reason.remedy}",),
            )


def _of_cancellation(cancellation: Cancellation | None) -> Iterator[_Case]:
    if cancellation is not None:
        calls = tuple(f"{c.at:%H:%M:%S} {c.method} {c.meaning}" for c in cancellation.calls)
        done = cancellation.confirmed
        yield _Case(
            name="the run is cancelled",
            ending=None if done else "error",
            message="" if done else f"not confirmed: {cancellation.problem or 'nothing was sent'}",
            lines=() if done else calls,
            output=calls if done else (),
        )


def _of_rehearsal(rehearsal: Rehearsal | None) -> _Case:
    """What a drill is for: whatever its checks say, of a run that does not exist, fails nothing."""
    name = "the cancel call is reached"
    if rehearsal is None:
        return _Case(name=name, ending="error", message="nothing was tried")
    lines = tuple(f"{one.part}: {one.saw}" for one in rehearsal.seen)
    if rehearsal.reached:
        return _Case(name=name, output=lines)
    advice = () if rehearsal.remedy is None else (f"to do: {rehearsal.remedy}",)
    message = rehearsal.problem or "no reason is known"
    return _Case(name=name, ending="failure", message=message, lines=(*lines, *advice))


def _of_end(report: AftermathReport) -> _Case:
    ending: Ending | None = "failure"
    if report.ended == "installed":
        ending = None
    elif report.ended == "unknown":
        ending = "error"
    elif report.ended != "failed":
        ending = "skipped"
    return _Case(name="the run installed its patches", ending=ending, message=report.headline)


def _stamp(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")
