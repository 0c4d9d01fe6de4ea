"""A gate's report as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.text import Text

from cli.render.actions import machines_in, remembered, render_actions, sections_of
from cli.render.calls import render_calls
from cli.render.indented import section
from cli.render.reasons import render_decision, render_notes
from cli.render.rehearsal import render_rehearsal
from cli.render.timeline import TimelineDrawing
from cli.render.verdicts import Verdicts, tally_words
from cli.render.words import Names, clock_time, count, plain, span
from core.report import GateReport

__all__ = ["render_gate"]


def render_gate(report: GateReport) -> RenderableType:
    """How it ended, the timeline, the verdicts, the decision, the calls, and the time left."""
    return Group(*_parts(report))


def _parts(report: GateReport) -> Iterator[RenderableType]:
    names = Names(
        [
            *(line.id for line in report.machines),
            *machines_in((*report.actions, *report.checks, *report.undone)),
        ]
    )
    yield _banner(report)
    yield _run(report)
    yield Text()
    yield TimelineDrawing(report)
    if report.ending != "too late":
        yield _time_left(report)
    yield from _actions(report, names)
    yield from section("Verdicts", Group(tally_words(report), Text(), Verdicts(report, names)))
    yield from section("Decision", render_decision(report, names))
    yield from _of_cancel(report)
    yield from sections_of("Put back", report.undone, names, "undo")
    if (notes := render_notes(report, names)) is not None:
        yield from section("Also seen", notes)


def _actions(report: GateReport, names: Names) -> Iterator[RenderableType]:
    """What was done before the checks were asked, if anything was."""
    if report.actions:
        open_ = remembered(report)
        told = render_actions(report.actions, names)
        yield from section("Actions", Group(told, *((open_,) if open_ is not None else ())))


def _banner(report: GateReport) -> RenderableType:
    start = f"{clock_time(report.timeline.start)} UTC"
    match report.ending:
        case "proceeded":
            return Text(f"✓ GOES AHEAD: the run starts at {start}", style="bold green")
        case "cancelled":
            return Text("✗ CANCELLED, and confirmed: nothing is patched", style="bold yellow")
        case "would cancel":
            text = f"✗ WOULD CANCEL (observe mode): the run is untouched and starts at {start}"
            return Text(text, style="bold yellow")
        case "too late":
            text = f"! TOO LATE: the event came after the run's start at {start}. Nothing was sent"
            return _alarm(Text(text))
        case "drill":
            return _drill(report)
        case "not confirmed":
            text = f"! CANCEL NOT CONFIRMED: machines may be patched from {start}\n"
            return _alarm(Text(text).append_text(_last_seen(report)))


def _of_cancel(report: GateReport) -> Iterator[RenderableType]:
    if report.ending == "drill":
        return section("Cancel, rehearsed", render_rehearsal(report.rehearsal))
    calls = render_calls(report.cancellation, report.timeline.start)
    return section("Calls to cancel", calls)


def _drill(report: GateReport) -> Text:
    if report.rehearsal is not None and report.rehearsal.reached:
        text = "✓ DRILL: judged, and the cancel call was reached. No run was touched"
        return Text(text, style="bold green")
    text = "✗ DRILL: a run could NOT be cancelled. No run was touched"
    return Text(text, style="bold red")


def _last_seen(report: GateReport) -> Text:
    cancellation = report.cancellation
    if cancellation is None:
        return Text("No cancel call was made")
    attempts = count(cancellation.attempts, "cancel call")
    calls = cancellation.calls
    last = f"{calls[-1].what}: {calls[-1].meaning}" if calls else cancellation.problem
    return plain(f"{attempts}; the last that was seen: {last}")


def _alarm(text: Text) -> Panel:
    return Panel(text, box=box.HEAVY, style="bold red", expand=False)


def _run(report: GateReport) -> Text:
    run, configuration = (id_.rpartition("/")[2] for id_ in (report.run, report.configuration))
    start = f"{report.timeline.start:%a %Y-%m-%d %H:%M:%S} UTC"
    return Text.assemble(
        plain(configuration, "bold"), " · run ", plain(run), " · starts ", (start, "bold")
    )


def _time_left(report: GateReport) -> Text:
    text = Text("Until the cut-off: ").append_text(_left(report.decision.at, report, "decided"))
    confirmed = report.cancellation.confirmed_at if report.cancellation else None
    if confirmed is not None:
        text.append(", ").append_text(_left(confirmed, report, "confirmed"))
    return text


def _left(at: datetime, report: GateReport, what: str) -> Text:
    cut_off = report.timeline.cut_off
    if at <= cut_off:
        return Text.assemble((span(cut_off - at), "bold"), f" when {what}")
    return Text.assemble(f"{what} ", (f"{span(at - cut_off)} AFTER it", "bold red"))
