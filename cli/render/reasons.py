"""The decision with its reasons: what, which machine, what was seen, what would have changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.indented import Indented
from cli.render.words import Manner, Names, before_start, clock_time, plain, verdict
from core.model import Evidence, Outcome, Status
from core.report import CheckReport, GateReport, Reason

__all__ = ["render_decision", "render_notes", "render_reasons", "warnings"]

_MOST_REASONS, _MOST_MACHINES, _MOST_LINES, _MOST_NOTES = 8, 4, 6, 6


def render_decision(report: GateReport, names: Names) -> RenderableType:
    """When it was decided, what, and each reason."""
    decision, start = report.decision, report.timeline.start
    when = f" at {clock_time(decision.at)} UTC ({before_start(decision.at, start)})"
    if not decision.cancels:
        told = ": all was asked, and nothing speaks against the run"
        if report.doubts:
            told = f", although {', '.join(report.doubts)}: the policy lets it"
        return Text.assemble(("go ahead", "bold green"), when, told)
    head = Text.assemble(("cancel", "bold red"), when, ", because")
    if report.ending == "too late":
        head = Text("there was nothing left to decide, because")
    asked = (*report.actions, *report.checks)
    return Group(head, render_reasons(decision.because, asked, names))


def render_reasons(
    reasons: Sequence[Reason], checks: Sequence[CheckReport], names: Names
) -> RenderableType:
    """Each reason with what it rests on, and what would change it."""
    shown = reasons[:_MOST_REASONS]
    lines: list[RenderableType] = [_reason(reason, checks, names) for reason in shown]
    if (more := len(reasons) - len(shown)) > 0:
        lines.append(Text(f"  … and {more} more reasons"))
    return Group(*lines)


def render_notes(report: GateReport, names: Names) -> RenderableType | None:
    """What was seen and did not decide: tolerated and advisory verdicts, gaps, warnings."""
    notes = [*_gaps(report), *_undecisive(report, names), *warnings(report.warnings)]
    if not notes:
        return None
    shown, more = notes[:_MOST_NOTES], len(notes) - _MOST_NOTES
    return Group(*shown, *([Text(f"… and {more} more")] if more > 0 else []))


def _reason(reason: Reason, checks: Sequence[CheckReport], names: Names) -> RenderableType:
    check = next((check for check in checks if check.name == reason.about), None)
    speaking = _speaking(reason, check)
    status = speaking[0].status if speaking else Status.UNKNOWN
    manner: Manner = "check" if check is None else check.kind
    about = Text.assemble(
        verdict(status, manner=manner), "  ", plain(reason.about, "bold"), ": ", plain(reason.text)
    )
    remedy = Text.assemble(("would change it: ", "dim"), plain(reason.remedy))
    below = Group(*_seen(speaking, reason, check, names), remedy)
    return Indented(Group(about, Indented(below, 4)))


def _speaking(reason: Reason, check: CheckReport | None) -> list[Outcome]:
    """The outcomes that the reason rests on: all of the status of those that it names."""
    if check is None:
        return []
    bad = [o for o in check.outcomes if o.status in (Status.BLOCKED, Status.UNKNOWN)]
    named = reason.machines or (None,)
    statuses = {o.status for o in bad if o.machine in named}
    return [o for o in bad if o.status in statuses]


def _seen(
    speaking: Sequence[Outcome], reason: Reason, check: CheckReport | None, names: Names
) -> Iterator[Text]:
    """What was seen on which machines; those with the same evidence together."""
    if check is None or not speaking:
        return
    alike: dict[str, list[Outcome]] = {}
    for outcome in speaking:
        told = "" if outcome.reason in reason.text else f" {outcome.reason}"
        alike.setdefault(told + _evidence(outcome.evidence), []).append(outcome)
    counts = {Status.BLOCKED: check.tally.blocked, Status.UNKNOWN: check.tally.unknown}
    unlisted = counts[speaking[0].status] - len(speaking)
    for told, outcomes in list(alike.items())[:_MOST_LINES]:
        machines = _subjects(outcomes, names, unlisted if len(alike) == 1 else 0)
        if machines or told:
            yield Text.assemble((machines or "the run", "bold"), plain(told))
    if len(alike) > _MOST_LINES:
        yield Text("… and others, see --json", style="dim")


def _evidence(evidence: Evidence) -> str:
    pairs = ", ".join(f"{name}={value}" for name, value in evidence.items())
    return f" (saw {pairs})" if pairs else ""


def _undecisive(report: GateReport, names: Names) -> Iterator[Text]:
    """What speaks against the run and does not count, with machines that say the same together."""
    deciding = {reason.about for reason in report.decision.because}
    for check in report.checks:
        if check.name in deciding:
            continue
        alike: dict[tuple[Status, str], list[Outcome]] = {}
        for outcome in check.outcomes:
            if outcome.status in (Status.BLOCKED, Status.UNKNOWN):
                alike.setdefault((outcome.status, outcome.reason), []).append(outcome)
        why = "tolerated by policy" if check.required else "advisory: does not count"
        for (status, reason), outcomes in alike.items():
            yield Text.assemble(
                verdict(status),
                ("  ", ""),
                plain(check.name, "bold"),
                plain(f": {_subjects(outcomes, names)} {reason}"),
                (f" ({why})", "dim"),
            )


def _subjects(outcomes: Sequence[Outcome], names: Names, unlisted: int = 0) -> str:
    """`web-01, web-02 and 7 more`; nothing of the run as a whole."""
    machines = [names.of(outcome.machine) for outcome in outcomes if outcome.machine]
    more = len(machines) + unlisted - _MOST_MACHINES if machines else 0
    return ", ".join(machines[:_MOST_MACHINES]) + (f" and {more:,} more" if more > 0 else "")


def _gaps(report: GateReport) -> Iterator[Text]:
    deciding = {(reason.about, reason.text) for reason in report.decision.because}
    for gap in report.gaps:
        if (gap.subject, gap.problem) not in deciding:
            word = "on_gap" if gap.kind == "gap" else "on_unknown"
            text = f"not seen: {gap.subject}: {gap.problem} (does not count: policy {word})"
            yield Text.assemble(verdict(Status.UNKNOWN), "  ", plain(text))


def warnings(told: Sequence[str]) -> Iterator[Text]:
    """What a report warns of."""
    return (Text.assemble(("! ", "yellow"), plain(warning)) for warning in told)
