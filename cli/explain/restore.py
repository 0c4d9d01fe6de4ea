"""The report of what was put back without a post event, for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.actions import machines_in, sections_of
from cli.render.indented import Indented
from cli.render.words import Names, clock_time, plain
from core.report import RestoreReport

__all__ = ["render_restore"]

_BANNERS = {
    "restored": ("✓ PUT BACK, without a post event", "bold green"),
    "not restored": ("✗ NOT PUT BACK: machines are not as they were", "bold red"),
    "nothing to restore": ("- NOTHING TO PUT BACK", "bold"),
}


def render_restore(report: RestoreReport) -> RenderableType:
    """Whether all of it was put back, why it was done by itself, and how each undo went."""
    run, configuration = (id_.rpartition("/")[2] for id_ in (report.run, report.configuration))
    banner, style = _BANNERS[report.ending]
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_row(Text("because", style="dim"), plain(report.because, limit=600))
    if report.problem:
        facts.add_row(Text("but", style="bold yellow"), plain(report.problem, limit=600))
    facts.add_row(Text("ended at", style="dim"), Text(f"{clock_time(report.finished_at)} UTC"))
    names = Names(machines_in(report.undone))
    return Group(
        Text(banner, style=style),
        Text.assemble(plain(configuration, "bold"), " · run ", plain(run)),
        Indented(facts),
        *sections_of("Put back", report.undone, names, "undo"),
    )
