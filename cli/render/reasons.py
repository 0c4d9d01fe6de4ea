"""The decision with its reasons: what, which machine, what was seen, what would have changed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from cli.render.indented import Indented
from cli.render.words import Names, before_start, clock_time, count, plain, verdict
from core.model import Evidence, Outcome, Status
from core.report import CheckReport, GateReport, Reason

__all__ = ["render_decision", "render_notes"]

_MOST_REASONS, _MOST_MACHINES, _MOST_NOTES = 8, 4, 6


def render_decision(report: GateReport, names: Names) -> RenderableType:
    """When it was decided, what, and each reason."""
    decision, start = report.decision, report.timeline.start
    when = f" at {clock_time(decision.at)} UTC ({before_start(decision.at, start)})"
    if not decision.cancels:
        return Text.assemble(
            ("go ahead", "bold green"), when, ": all was asked, and nothing speaks against the run"
        )
    head = Text.assemble(("cancel", "bold red"), when, ", because")
    reasons = decision.because[:_MOST_REASONS]
    lines: list[RenderableType] = [head]
    lines += (_reason(reason, report.checks, names) for reason in reasons)
    if (more := len(decision.because) - len(reasons)) > 0:
        lines.append(Text(f"  … and {more} more reasons"))
    return Group(*lines)


def render_notes(report: GateReport, names: Names) -> RenderableType | None:
    """What was seen and did not decide: tolerated and advisory verdicts, gaps, warnings."""
    notes = [*_gaps(report), *_undecisive(report, names), *_warnings(report)]
    if not notes:
        return None
    shown, more = notes[:_MOST_NOTES], len(notes) - _MOST_NOTES
    return Group(*shown, *([Text(f"… and {more} more")] if more > 0 else []))


def _reason(reason: Reason, checks: Sequence[CheckReport], names: Names) -> RenderableType:
    check = next((check for check in checks if check.name == reason.about), None)
    speaking = _speaking(reason, check)
    status = speaking[0].status if speaking else Status.UNKNOWN
    about = Text.assemble(
        verdict(status), "  ", plain(reason.about, "bold"), ": ", plain(reason.text)
    )
    remedy = Text.assemble(("would change it: ", "dim"), plain(reason.remedy))
    below = Group(*_seen(speaking, reason, check, names), remedy)
    return Indented(Group(about, Indented(below, 4)))


def _speaking(reason: Reason, check: CheckReport | None) -> list[Outcome]:
    """The outcomes that the reason rests on."""
    if check is None:
        return []
    bad = [o for o in check.outcomes if o.status in (Status.BLOCKED, Status.UNKNOWN)]
    return [o for o in bad if (o.machine in reason.machines if reason.machines else not o.machine)]


def _seen(
    speaking: Sequence[Outcome], reason: Reason, check: CheckReport | None, names: Names
) -> Iterator[Text]:
    for outcome in speaking[:_MOST_MACHINES]:
        if outcome.machine is not None or outcome.evidence:
            subject = names.of(outcome.machine) if outcome.machine else "the run"
            told = "" if outcome.reason in reason.text else f" {outcome.reason}"
            yield Text.assemble((subject, "bold"), plain(told), _evidence(outcome.evidence))
    if check is None or not reason.machines or not speaking:
        return
    counts = {Status.BLOCKED: check.tally.blocked, Status.UNKNOWN: check.tally.unknown}
    more = counts.get(speaking[0].status, 0) - min(len(speaking), _MOST_MACHINES)
    if more > 0:
        yield Text(f"… and {count(more, 'more machine')}", style="dim")


def _evidence(evidence: Evidence) -> Text:
    if not evidence:
        return Text()
    pairs = ", ".join(f"{name}={value}" for name, value in evidence.items())
    return plain(f" (saw {pairs})", "dim")


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


def _subjects(outcomes: Sequence[Outcome], names: Names) -> str:
    """`web-01, web-02 and 7 more`; nothing of the run as a whole."""
    machines = [names.of(outcome.machine) for outcome in outcomes if outcome.machine]
    more = len(machines) - _MOST_MACHINES
    return ", ".join(machines[:_MOST_MACHINES]) + (f" and {more:,} more" if more > 0 else "")


def _gaps(report: GateReport) -> Iterator[Text]:
    deciding = {(reason.about, reason.text) for reason in report.decision.because}
    for gap in report.gaps:
        if (gap.subject, gap.problem) not in deciding:
            text = f"not seen: {gap.subject}: {gap.problem} (does not count: policy on_gap)"
            yield Text.assemble(verdict(Status.UNKNOWN), "  ", plain(text))


def _warnings(report: GateReport) -> Iterator[Text]:
    return (Text.assemble(("! ", "yellow"), plain(warning)) for warning in report.warnings)
