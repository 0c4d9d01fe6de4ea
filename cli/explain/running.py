"""What `patchgate explain` does."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.azure.app import AppClient, app_at
from cli.exit_codes import BAD_INPUT, DONE, NO
from cli.explain.finding import Report, Unfinished, from_app, from_file
from cli.explain.junit import junit
from cli.explain.markdown import markdown
from cli.explain.rescue import render_rescue
from cli.explain.restore import render_restore
from cli.output import console, refuse
from cli.render import render_aftermath, render_gate
from cli.render.words import plain
from cli.waiting import waiting
from core import wire
from core.report import AftermathReport, GateReport, RestoreReport

__all__ = ["Wanted", "run_explain"]

_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line says. `form` is text, markdown, junit or json."""

    run: str | None = None
    app: str | None = None
    key: str | None = None
    form: str = "text"


def run_explain(wanted: Wanted) -> int:
    """Explain it, and answer the exit code."""
    if wanted.app is None:
        if wanted.run is None:
            refuse("say a RUN: a file with a report, or `-`; or --app URL", code=BAD_INPUT)
        found = from_file(wanted.run)
    else:
        app = app_at(wanted.app, wanted.key)
        with waiting(f"asking {app.base}"):
            if wanted.run is None:
                return _list(app, wanted)
            found = from_app(app, wanted.run)
    reports = tuple(one for one in found if not isinstance(one, Unfinished))
    for one in found:
        if isinstance(one, Unfinished):
            typer.echo(f"patchgate: {_at_work(one)}", err=True)
    if reports:
        _print(reports, wanted.form)
    return DONE if reports else NO


def _print(reports: Sequence[Report], form: str) -> None:
    match form:
        case "json":
            body = {"reports": [wire.dump(report) for report in reports]}
            typer.echo(json.dumps(body, indent=2, ensure_ascii=False))
        case "markdown":
            typer.echo("\n\n".join(map(markdown, reports)))
        case "junit":
            typer.echo(junit(reports))
        case _:
            parts = [part for report in reports for part in (_rendered(report), Text())]
            console().print(Group(*parts[:-1]))


def _rendered(report: Report) -> RenderableType:
    if isinstance(report, GateReport):
        return render_gate(report)
    if isinstance(report, AftermathReport):
        return render_aftermath(report)
    return render_restore(report) if isinstance(report, RestoreReport) else render_rescue(report)


def _at_work(one: Unfinished) -> str:
    told = [str(one.status[name]) for name in ("phase", "headline") if one.status.get(name)]
    shown = plain(": ".join(told)).plain if told else "it shows nothing"
    return f"{one.key} has no report: it is {one.state} ({shown})"


def _list(app: AppClient, wanted: Wanted) -> int:
    """What the app has judged lately."""
    if wanted.form not in ("text", "json"):
        refuse(f"--{wanted.form} is for one report: say which RUN", code=BAD_INPUT)
    told = app.recent(_HOURS)
    gates = told.get("gates")
    listed = [one for one in gates if isinstance(one, dict)] if isinstance(gates, list) else []
    if wanted.form == "json":
        typer.echo(json.dumps({"gates": listed}, indent=2, ensure_ascii=False))
    elif listed:
        console().print(_table(listed))
    else:
        console().print(Text(f"no gate in the last {_HOURS} hours", style="bold yellow"))
    return DONE if listed else NO


def _table(listed: Sequence[dict[str, Any]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    for one in listed:
        status = one.get("status")
        shown = status if isinstance(status, dict) else {}
        what = shown.get("headline") or shown.get("phase") or ""
        table.add_row(
            Text(_when(one.get("created"))),
            plain(one.get("key", "?"), "bold"),
            plain(one.get("state", "")),
            plain(what),
        )
    return table


def _when(value: object) -> str:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return ""
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"
