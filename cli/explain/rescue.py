"""The report of a run that was cancelled without its gate, for people."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.calls import folded
from cli.render.indented import Indented, section
from cli.render.words import clock_time, count, plain
from core.report import Cancellation, RescueReport

__all__ = ["render_rescue"]

_BY = {"trigger": "the trigger, since no gate could be started", "watchdog": "the watchdog"}


def render_rescue(report: RescueReport) -> RenderableType:
    """How it ended, by whom and why, and each call."""
    run, configuration = (id_.rpartition("/")[2] for id_ in (report.run, report.configuration))
    if report.cancellation.confirmed:
        banner = Text("✗ CANCELLED without its gate, and confirmed", style="bold yellow")
    else:
        banner = Text("! CANCEL NOT CONFIRMED: machines may be patched", style="bold red")
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_row(Text("cancelled by", style="dim"), Text(_BY[report.by]))
    facts.add_row(Text("because", style="dim"), plain(report.because, limit=600))
    facts.add_row(Text("ended at", style="dim"), Text(f"{clock_time(report.finished_at)} UTC"))
    return Group(
        banner,
        Text.assemble(plain(configuration, "bold"), " · run ", plain(run)),
        Indented(facts),
        *section("Calls to cancel", _calls(report.cancellation)),
    )


def _calls(cancellation: Cancellation) -> RenderableType:
    if not cancellation.calls:
        return Text("none was sent", style="bold red")
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in folded(cancellation.calls):
        call = line.first
        until = f"-{clock_time(line.last.at)}" if line.times > 1 else ""
        table.add_row(
            Text(clock_time(call.at) + until, style="dim"),
            Text(f"x{line.times}" if line.times > 1 else "", style="bold"),
            Text(call.method, style="bold"),
            Text(str(call.status or "")),
            Text.assemble(plain(call.what), ": ", plain(call.meaning, "bold")),
        )
    return Group(table, Text(count(cancellation.attempts, "cancel call") + " in all", style="dim"))
