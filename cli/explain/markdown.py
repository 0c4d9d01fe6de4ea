"""A report as Markdown, for a ticket, a chat or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from cli.explain.finding import Report
from cli.render.calls import folded
from cli.render.rehearsal import PARTS
from cli.render.words import (
    WORST_FIRST,
    Manner,
    Names,
    before_start,
    clock_time,
    count,
    span,
    verdict_word,
)
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

__all__ = ["markdown"]

# An underscore within a word is no markup, and names of checks are full of them.
_SIGNS = re.compile(r"([\\`*{}\[\]<>#|~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
_MOST = 50  # lines of one table
_HEADS: dict[Manner, tuple[str, ...]] = {
    "check": ("check", "passed", "blocked", "unknown", "skipped", "asked"),
    "action": ("action", "done", "failed", "unknown", "nothing to do", "asked"),
    "undo": ("action", "put back", "not put back", "unknown", "nothing to put back", "tried"),
}
_SEEN: dict[Manner, str] = {
    "check": "What was seen",
    "action": "What was not done",
    "undo": "What was not put back",
}


def markdown(report: Report) -> str:
    """All that the report says, as CommonMark with GitHub's tables. No text of others is markup."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    run, configuration = (id_.rpartition("/")[2] for id_ in (report.run, report.configuration))
    yield f"## {_plain(configuration)}, run {_plain(run)}"
    yield ""
    yield f"**{_plain(report.headline, 900)}**"
    yield ""
    if isinstance(report, GateReport):
        yield from _gate(report)
    elif isinstance(report, AftermathReport):
        yield from _aftermath(report)
    elif isinstance(report, RestoreReport):
        yield from _restore(report)
    else:
        yield from _table(("", ""), [("cancelled by", report.by), ("because", report.because)])
        yield from _calls(report.cancellation, None)
    yield f"`{shorten(report.run, 600).replace('`', '')}`"


def _gate(report: GateReport) -> Iterator[str]:
    line = report.timeline
    facts = [
        ("starts", _moment(line.start)),
        ("cut-off", _moment(line.cut_off)),
        ("event accepted", _at(line.planned_at, line.start)),
        ("decided", f"{_at(report.decision.at, line.start)}, {_left(report)}"),
        ("machines", f"{report.machine_count:,}"),
        ("mode", report.mode),
        *_to_put_back(report),
    ]
    yield from _table(("", ""), facts)
    told = (*report.actions, *report.checks, *report.undone)
    names = _names([machine.id for machine in report.machines], told)
    yield from _reasons("Why", report.decision.because, names)
    yield from _asked("Actions", report.actions, names, "action")
    yield from _asked("Checks", report.checks, names, "check")
    yield from _calls(report.cancellation, line.start)
    yield from _rehearsal(report.rehearsal)
    yield from _asked("Put back", report.undone, names, "undo")
    yield from _notes(
        [
            *(f"not seen: {gap.subject}: {gap.problem}; {gap.remedy}" for gap in report.gaps),
            *report.warnings,
        ]
    )


def _aftermath(report: AftermathReport) -> Iterator[str]:
    facts = [
        ("ended", report.ended),
        ("the event said", report.event_status),
        ("Resource Graph says", f"{report.status or 'no row of this run'} {report.message}"),
        *(("patching", f"{one.machines:,} {one.status}") for one in report.results),
        ("known at", _moment(report.finished_at)),
    ]
    yield from _table(("", ""), facts)
    names = _names([], (*report.undone, *report.actions, *report.checks))
    yield from _reasons("What the checks object to", report.findings, names)
    yield from _asked("Put back", report.undone, names, "undo")
    yield from _asked("Actions", report.actions, names, "action")
    yield from _asked("Checks", report.checks, names, "check")
    yield from _notes([*((report.problem,) if report.problem else ()), *report.warnings])


def _restore(report: RestoreReport) -> Iterator[str]:
    facts = [
        ("ended", report.ending),
        ("because", report.because),
        ("known at", _moment(report.finished_at)),
    ]
    yield from _table(("", ""), facts)
    yield from _asked("Put back", report.undone, _names([], report.undone), "undo")
    yield from _notes([report.problem] if report.problem else [])


def _to_put_back(report: GateReport) -> Iterator[tuple[str, str]]:
    if report.memories and not report.undone:
        yield "put back after the run", f"what {count(len(report.memories), 'action')} changed"


def _names(machines: Sequence[str], checks: Sequence[CheckReport]) -> Names:
    told = (o.machine for check in checks for o in check.outcomes if o.machine is not None)
    return Names([*machines, *told])


def _left(report: GateReport) -> str:
    left = report.timeline.cut_off - report.decision.at
    return f"{span(left)} {'before' if left.total_seconds() >= 0 else 'AFTER'} the cut-off"


def _reasons(title: str, reasons: Sequence[Reason], names: Names) -> Iterator[str]:
    if not reasons:
        return
    yield from (f"### {title}", "")
    for reason in reasons[:_MOST]:
        machines = ", ".join(names.of(machine) for machine in reason.machines)
        of = f" ({_plain(machines, 600)})" if machines else ""
        yield f"- **{_plain(reason.about)}**: {_plain(reason.text, 600)}{of}"
        yield f"  - would change it: {_plain(reason.remedy, 600)}"
    yield from _more(reasons)
    yield ""


def _asked(
    title: str, reports: Sequence[CheckReport], names: Names, manner: Manner
) -> Iterator[str]:
    """Checks, actions, or what put these back: how many came to what, and what did not pass."""
    if not reports:
        return
    yield from (f"### {title}", "")
    rows = [
        (
            report.name + ("" if report.required or manner == "undo" else " (advisory)"),
            str(report.tally.passed),
            str(report.tally.blocked),
            str(report.tally.unknown),
            str(report.tally.skipped),
            str(report.asked),
        )
        for report in reports
    ]
    yield from _table(_HEADS[manner], rows)
    yield from _outcomes(reports, names, manner)


def _outcomes(reports: Sequence[CheckReport], names: Names, manner: Manner) -> Iterator[str]:
    """What did not pass, worst first, with what was seen."""
    told = [
        outcome
        for report in reports
        for outcome in report.outcomes
        if outcome.status is not Status.PASSED
    ]
    if not told:
        return
    yield from (f"### {_SEEN[manner]}", "")
    told.sort(key=lambda outcome: WORST_FIRST.index(outcome.status))
    head = (_HEADS[manner][0], "machine", "", "reason", "saw")
    yield from _table(head, [_seen(one, names, manner) for one in told[:_MOST]])
    unlisted = sum(report.unlisted for report in reports) + max(0, len(told) - _MOST)
    if unlisted:
        yield from (f"… and {unlisted:,} more", "")


def _seen(outcome: Outcome, names: Names, manner: Manner) -> tuple[str, ...]:
    machine = names.of(outcome.machine) if outcome.machine else "the whole run"
    saw = ", ".join(f"{name}={value}" for name, value in outcome.evidence.items())
    word = outcome.status.value if manner == "check" else verdict_word(outcome.status, manner)
    return outcome.check, machine, word, outcome.reason, saw


def _calls(cancellation: Cancellation | None, start: datetime | None) -> Iterator[str]:
    if cancellation is None:
        return
    yield from ("### Calls to cancel", "")
    rows = [
        (
            clock_time(line.first.at) if start is None else _at(line.first.at, start),
            f"{line.times}",
            line.first.method,
            str(line.first.status or ""),
            f"{line.first.what}: {line.first.meaning}",
        )
        for line in folded(cancellation.calls)[:_MOST]
    ]
    yield from _table(("at", "times", "", "answer", "meaning"), rows)
    proof = f"; confirmed by: {cancellation.confirmed_by}" if cancellation.confirmed_by else ""
    yield from (_plain(f"{count(cancellation.attempts, 'cancel call')} in all{proof}"), "")


def _rehearsal(rehearsal: Rehearsal | None) -> Iterator[str]:
    if rehearsal is None:
        return
    yield from ("### Cancel, rehearsed", "")
    rows = [(PARTS[one.part], "ok" if one.ok else "NOT ok", one.saw) for one in rehearsal.seen]
    yield from _table(("part", "", "saw"), rows)
    told = (rehearsal.problem, rehearsal.remedy)
    yield from (f"- {_plain(text, 1000)}" for text in told if text is not None)
    yield ""


def _notes(notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield from ("### Also seen", "")
        yield from (f"- {_plain(note, 600)}" for note in notes[:_MOST])
        yield from _more(notes)
        yield ""


def _more(listed: Sequence[object]) -> Iterator[str]:
    if len(listed) > _MOST:
        yield f"- … and {len(listed) - _MOST:,} more"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(_plain(cell, 600) for cell in row)} |"
    yield ""


def _plain(text: str, limit: int = 200) -> str:
    """One line on which nothing is markup."""
    return _SIGNS.sub(r"\\\1", shorten(text, limit))


def _moment(moment: datetime) -> str:
    return f"{moment:%a %Y-%m-%d %H:%M:%S} UTC"


def _at(moment: datetime, start: datetime) -> str:
    return f"{clock_time(moment)} ({before_start(moment, start)})"
