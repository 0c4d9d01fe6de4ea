"""`patchgate actions try NAME`: how an action goes in a scenario, and how it is undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import RenderableType
from rich.text import Text

from cli.actions.trial import Acted, trial
from cli.exit_codes import BAD_INPUT
from cli.output import console, refuse
from cli.plugins.site import Wanted
from cli.plugins.trying import (
    BLOCKED,
    FINE,
    UNKNOWN,
    Trial,
    not_on,
    notes_of,
    playing,
    ready,
    told_of,
)
from cli.render.indented import Indented
from cli.render.words import Manner, count, plain, tallied
from core import wire
from core.report import CheckReport

__all__ = ["Wished", "run_try"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What the command line says besides the name and the site."""

    scenario: Path
    event: Path | None = None
    undo: bool = False
    as_json: bool = False


def run_try(name: str, wanted: Wanted, wished: Wished) -> int:
    """Do it, print how it went, and answer the exit code."""
    tried = ready("action", name, wanted, scenario=wished.scenario, event=wished.event)
    if wished.undo and tried.found.undo is None:
        refuse(f"{name} has no undo: leave out --undo", code=BAD_INPUT)
    with playing():
        acted = trial(tried.found, tried.site.services, tried.scenario, tried.now, undo=wished.undo)
    if wished.as_json:
        typer.echo(json.dumps(_json(name, acted), indent=2, ensure_ascii=False))
    else:
        screen = console()
        for part in _told(tried, acted):
            screen.print(part)
    return _exit_code(acted)


def _exit_code(acted: Acted) -> int:
    """The worst of both: see `patchgate actions try --help`."""
    reports = [acted.report, *([acted.undone] if acted.undone is not None else [])]
    if any(report.tally.blocked for report in reports):
        return BLOCKED
    is_clear = all(report.tally.total and not report.tally.unknown for report in reports)
    return FINE if is_clear else UNKNOWN


def _json(name: str, acted: Acted) -> dict[str, object]:
    return {
        "action": name,
        "machines": acted.machines,
        "remembered": acted.remembered,
        "done": wire.dump(acted.report),
        "undone": None if acted.undone is None else wire.dump(acted.undone),
        "notes": list(notes_of(acted.notes, acted.gaps)),
    }


def _told(tried: Trial, acted: Acted) -> Iterator[RenderableType]:
    yield Text.assemble(plain(tried.found.name, "bold"), f" for {count(acted.machines, 'machine')}")
    yield from _went(acted.report, "action")
    if not acted.report.tally.total:
        yield Text("  no machine was found, so nothing was done", style="bold yellow")
    if acted.remembered:
        what = "the run" if tried.found.scope == "run" else count(acted.remembered, "machine")
        yield plain(f"  remembered about {what} before it was changed: what the undo needs", "dim")
    if acted.undone is not None:
        times = f", tried {acted.undone.asked} times" if acted.undone.asked > 1 else ""
        yield Text(f"when the window had ended{times}")
        yield from _went(acted.undone, "undo")
    for note in notes_of(acted.notes, acted.gaps):
        yield Text.assemble(("! ", "yellow"), plain(note))
    yield from not_on(tried)


def _went(report: CheckReport, manner: Manner) -> Iterator[RenderableType]:
    if report.tally.total:
        yield Indented(Text("  ").join(tallied(report.tally, manner)))
    yield from told_of(report.outcomes, manner)
