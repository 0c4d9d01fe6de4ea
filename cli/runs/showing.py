"""`patchgate runs show`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cancel_client.answers import says_cancelled
from cli.azure.cancelled_by import CancelledBy
from cli.azure.connection import Connection, connect
from cli.azure.reaching import reach
from cli.azure.runs import RunRow, find_run
from cli.exit_codes import DONE, NO
from cli.options import run_in
from cli.output import console, refuse
from cli.render.indented import Indented
from cli.render.words import count, plain, span
from cli.runs.telling import Changes, as_json, counted, status_text, utc
from cli.waiting import waiting
from core.ids import RunId
from core.timeline import Timeline, plan

__all__ = ["no_row", "run_show", "timeline_of", "until_words"]


def run_show(run: str, arm: str | None, *, as_json: bool, azure: Connection | None = None) -> int:
    """Show it, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = run_in(run)
    azure = azure or connect(arm)
    with waiting("reading the run"):
        reach(azure, "read the run")
        found = find_run(azure, id_)
        who = None if found is None else Changes(azure).who(found)
    if found is None:
        refuse(no_row(id_), code=NO)
    if as_json:
        _print_json(found, who, azure.clock.now())
    else:
        console().print(Group(*_told(found, who, azure.clock.now())))
    return DONE


def no_row(id_: RunId) -> str:
    """Why a run is not to be seen."""
    return (
        f"there is no row of the run {id_.name} of {id_.configuration.name} that you can read in"
        f" Resource Graph: runs are there from about 40 minutes before their start, and for a"
        f" while after; is Reader on {id_.configuration.subscription} yours?"
    )


def timeline_of(run: RunRow, now: datetime) -> Timeline | None:
    """Its moments; None if its start is not told."""
    if run.start is None:
        return None
    return plan(start=run.start, cancellation_cut_off=run.start, now=now, reserve=timedelta())


def until_words(line: Timeline, now: datetime) -> str:
    """How much time is left to cancel."""
    if now >= line.start:
        return f"it started {span(now - line.start)} ago: nothing can stop it"
    if now > line.cut_off:
        return (
            f"the cut-off was {span(now - line.cut_off)} ago; it starts in"
            f" {span(line.start - now)}, and a cancel call may still be taken"
        )
    if now < line.frozen_at:
        return (
            f"{span(line.cut_off - now)} until the cut-off; cancelling is honoured from"
            f" {line.frozen_at:%H:%M} UTC on"
        )
    return f"{span(line.cut_off - now)} until the cut-off"


def _told(run: RunRow, who: CancelledBy | None, now: datetime) -> Iterator[RenderableType]:
    yield Text.assemble(plain(run.id.configuration.name, "bold"), " · run ", plain(run.id.name))
    facts = Table.grid(padding=(0, 2, 0, 0))
    for name, text in _facts(run, who, now):
        facts.add_row(Text(name, style="dim"), text)
    yield Indented(facts)


def _facts(run: RunRow, who: CancelledBy | None, now: datetime) -> Iterator[tuple[str, Text]]:
    yield "status", status_text(run)
    if run.start is not None:
        yield "starts", Text(f"{run.start:%a %Y-%m-%d %H:%M:%S} UTC")
    if run.end is not None:
        yield "ends", Text(f"{run.end:%a %Y-%m-%d %H:%M:%S} UTC, at the latest")
    seen = f"{count(run.machine_count, 'machine')}: {counted(run)}" if run.machines else "none seen"
    yield "machines", plain(seen)
    if run.message:
        yield "Azure says", plain(run.message, limit=600)
    if who is not None:
        yield "cancelled by", plain(who.who, "bold yellow")
        yield "", plain(who.means, limit=600)
    line = timeline_of(run, now)
    if line is not None and not says_cancelled(run.status):
        yield "time left", Text(until_words(line, now))
        if now < line.start:
            yield "to stop it", Text("patchgate cancel RUN")


def _print_json(run: RunRow, who: CancelledBy | None, now: datetime) -> None:
    line = timeline_of(run, now)
    body = {
        **as_json(run, who),
        "cut_off": None if line is None else utc(line.cut_off),
        "seconds_left": None
        if line is None
        else max(0, round((line.cut_off - now).total_seconds())),
    }
    typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
