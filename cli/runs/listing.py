"""`patchgate runs list`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.azure.cancelled_by import CancelledBy
from cli.azure.connection import Connection, connect
from cli.azure.problems import not_answered
from cli.azure.reaching import reach
from cli.azure.runs import RunRow, list_runs, readable
from cli.exit_codes import DONE, NO
from cli.options import configuration_in
from cli.output import console
from cli.render.words import count, plain
from cli.runs.telling import Changes, as_json, counted, status_text
from cli.waiting import waiting
from core.ids import ConfigurationId

__all__ = ["run_list"]

Told = Sequence[tuple[RunRow, CancelledBy | None]]


def run_list(
    configuration: str | None,
    days: int,
    arm: str | None,
    *,
    as_json: bool,
    azure: Connection | None = None,
) -> int:
    """List them, and answer the exit code. `azure` in place of the one that `arm` is."""
    wanted = None if configuration is None else configuration_in(configuration)
    azure = azure or connect(arm)
    with waiting("asking for the runs"):
        reach(azure, "list the runs")
        runs = list_runs(azure, azure.clock.now() - timedelta(days=days), wanted)
        changes = Changes(azure)
        told = [(run, changes.who(run)) for run in runs]
        seen = "" if runs else _nothing(azure, wanted, days)
    if as_json:
        _print_json(told, seen)
    else:
        console().print(_table(told) if runs else Text(seen, style="bold yellow"))
    return DONE if runs else NO


def _nothing(azure: Connection, wanted: ConfigurationId | None, days: int) -> str:
    """Resource Graph hides what we cannot read: say whether that may be the reason."""
    seen = readable(azure)
    if not seen:
        not_answered(
            "list the runs", "you can read no subscription at all: az login, or a role of Reader"
        )
    if wanted is not None and wanted.subscription.lower() not in seen:
        not_answered(
            "list the runs",
            f"you cannot read the configuration's subscription {wanted.subscription}:"
            " it needs a role of Reader there",
        )
    of = f" of {wanted.name}" if wanted else ""
    return (
        f"no run{of} starts later than {count(days, 'day')} ago, in"
        f" {count(len(seen), 'readable subscription')}"
    )


def _table(told: Told) -> RenderableType:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("starts, UTC", "configuration", "run", "status", "machines", "cancelled by"):
        table.add_column(column)
    for run, who in told:
        table.add_row(
            "?" if run.start is None else f"{run.start:%a %Y-%m-%d %H:%M}",
            plain(run.id.configuration.name, "bold"),
            plain(run.id.name),
            status_text(run),
            plain(counted(run)),
            plain(who.who if who else "", "bold yellow"),
        )
    messages = dict.fromkeys(
        (who.who, run.message, who.means) for run, who in told if who is not None
    )
    lines = [
        Text.assemble((f"{who}: ", "bold"), plain(f'"{said}": ' if said else ""), plain(means))
        for who, said, means in messages
    ]
    return Group(table, *([Text(), *lines] if lines else []))


def _print_json(told: Told, nothing: str) -> None:
    body = {"runs": [as_json(run, who) for run, who in told], "note": nothing}
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
