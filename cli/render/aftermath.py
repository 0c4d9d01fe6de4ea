"""How a run ended, as a whole."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.actions import machines_in, sections_of
from cli.render.indented import Indented, section
from cli.render.reasons import render_reasons, warnings
from cli.render.verdicts import by_check
from cli.render.words import Names, clock_time, count, plain
from core.report import AftermathReport

__all__ = ["render_aftermath"]

_STYLES = {
    "installed": ("✓", "bold green"),
    "failed": ("✗", "bold red"),
    "unknown": ("?", "bold yellow"),
}


def render_aftermath(report: AftermathReport) -> RenderableType:
    """How the run ended, and what that rests on."""
    sign, style = _STYLES.get(report.ended, ("-", "bold yellow"))
    run, configuration = (id_.rpartition("/")[2] for id_ in (report.run, report.configuration))
    name = Text.assemble(plain(configuration, "bold"), " · run ", plain(run))
    return Group(
        Text(f"{sign} RUN ENDED: {report.ended}", style=style),
        name,
        Text(),
        Indented(_facts(report)),
        *_judged(report),
    )


def _judged(report: AftermathReport) -> Iterator[RenderableType]:
    """What was put back, done and said after the run, if anything was."""
    names = Names(machines_in((*report.undone, *report.actions, *report.checks)))
    yield from sections_of("Put back", report.undone, names, "undo")
    yield from sections_of("Actions after the run", report.actions, names, "action")
    if report.checks:
        yield from section("Checks after the run", by_check(report.checks))
    if report.findings:
        found = render_reasons(report.findings, (*report.actions, *report.checks), names)
        yield from section("What they object to", found)
    if report.warnings:
        yield from section("Also seen", Group(*warnings(report.warnings)))


def _facts(report: AftermathReport) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row(Text("the event said", style="dim"), plain(report.event_status))
    said = ": ".join(
        part for part in (report.status or "no row of this run", report.message) if part
    )
    table.add_row(Text("Resource Graph says", style="dim"), plain(said))
    for result in report.results:
        machines = f"{count(result.machines, 'machine')}: {result.status}"
        table.add_row(Text("patching", style="dim"), plain(machines))
    if report.problem:
        table.add_row(Text("but", style="bold yellow"), plain(report.problem))
    table.add_row(Text("known at", style="dim"), Text(f"{clock_time(report.finished_at)} UTC"))
    return table
