"""What came of a drill's rehearsal: each part of the way to the cancel call."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.words import plain
from core.report import Rehearsal

__all__ = ["PARTS", "render_rehearsal"]

PARTS = {
    "token": "a token for Azure",
    "read-back": "the run's own path",
    "right": "the right to cancel",
}
_SIGNS = {True: ("✓", "green"), False: ("✗", "bold red")}


def render_rehearsal(rehearsal: Rehearsal | None) -> RenderableType:
    """A line for each part that was tried, and what to do if one is in the way."""
    if rehearsal is None:
        return Text("nothing was tried", style="bold red")
    table = Table.grid(padding=(0, 2, 0, 0))
    for one in rehearsal.seen:
        table.add_row(Text(*_SIGNS[one.ok]), Text(PARTS[one.part]), plain(one.saw, limit=600))
    lines: list[RenderableType] = [table] if rehearsal.seen else []
    if rehearsal.problem is not None and not rehearsal.seen:
        lines.append(plain(rehearsal.problem, "bold red", limit=600))
    if rehearsal.remedy is not None:
        lines.append(Text.assemble(("→ ", "dim"), plain(rehearsal.remedy, limit=1000)))
    return Group(*lines, Text("only reads were sent", style="dim"))
