"""`patchgate runs machines`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

import typer
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from arg_queries.machines import Found, find_machines
from cli.azure.connection import Connection, connect
from cli.azure.reaching import reach
from cli.azure.runs import Patched, find_run, patched, readable
from cli.exit_codes import DONE, NO
from cli.options import run_in
from cli.output import console
from cli.render.words import Names, count, plain
from cli.waiting import waiting
from core.ids import RunId

__all__ = ["run_machines"]

_MOST = 200  # lines


def run_machines(
    run: str, arm: str | None, *, as_json: bool, azure: Connection | None = None
) -> int:
    """List them, and answer the exit code. `azure` in place of the one that `arm` is."""
    id_ = run_in(run)
    azure = azure or connect(arm)
    with waiting("looking for the machines"):
        reach(azure, "list the machines")
        found = find_machines(azure.graph, id_, readable(azure), azure.soon())
        installed = patched(azure, id_)
        known = find_run(azure, id_) is not None
    if as_json:
        typer.echo(json.dumps(_json(id_, found, installed), indent=2, ensure_ascii=False))
    else:
        console().print(Group(*_told(found, installed, known=known)))
    return DONE if found.machines and not found.gaps else NO


def _told(
    found: Found, installed: Mapping[str, Patched], *, known: bool
) -> Iterator[RenderableType]:
    if not found.machines and not known:
        yield Text("there is no row of this run, nor of its machines", style="bold yellow")
    if found.machines:
        yield Text(count(len(found.machines), "machine"), style="bold")
        yield _table(found, installed)
    if (more := len(found.machines) - _MOST) > 0:
        yield Text(f"… and {more:,} more, see --json", style="dim")
    for gap in found.gaps:
        yield Text.assemble(
            ("? ", "bold yellow"), plain(f"{gap.subject}: {gap.problem}; {gap.remedy}", limit=600)
        )


def _table(found: Found, installed: Mapping[str, Patched]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("machine", "kind", "now", "the run on it", "installed", "reboot", ""):
        table.add_column(column)
    names = Names(machine.id for machine in found.machines)
    ranked = sorted(found.machines, key=lambda machine: names.order(machine.id))
    for machine in ranked[:_MOST]:
        done = installed.get(machine.id.lower())
        table.add_row(
            plain(names.of(machine.id), "bold"),
            machine.kind,
            plain(machine.power or "?"),
            plain((done.status if done else None) or machine.update_status or "?"),
            _counts(done),
            plain(done.reboot if done else ""),
            plain(done.problem if done else ""),
        )
    return table


def _counts(done: Patched | None) -> Text:
    if done is None:
        return Text("")
    parts = [("", done.installed), ("failed", done.failed), ("pending", done.pending)]
    told = [f"{number} {word}".strip() for word, number in parts if number or not word]
    return Text(", ".join("?" if part == "None" else part for part in told))


def _json(id_: RunId, found: Found, installed: Mapping[str, Patched]) -> dict[str, object]:
    return {
        "run": str(id_),
        "machines": [
            {
                "id": machine.id,
                "name": machine.name,
                "kind": machine.kind,
                "power": machine.power,
                "status": machine.update_status,
                "installation": _installation(installed.get(machine.id.lower())),
            }
            for machine in found.machines
        ],
        "gaps": [
            {"subject": gap.subject, "problem": gap.problem, "remedy": gap.remedy}
            for gap in found.gaps
        ],
    }


def _installation(done: Patched | None) -> dict[str, object] | None:
    if done is None:
        return None
    return {
        "status": done.status,
        "reboot": done.reboot,
        "installed": done.installed,
        "failed": done.failed,
        "pending": done.pending,
        "problem": done.problem,
    }
