"""`patchgate checks try NAME`: what a check says of a run in a scenario, machine by machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType
from rich.text import Text

from cli.checks.trial import Heard, trial
from cli.output import console
from cli.plugins.site import Wanted
from cli.plugins.trying import Trial, exit_code, not_on, notes_of, playing, ready, told_of
from cli.render.words import count, plain
from core import wire

__all__ = ["run_try"]


def run_try(name: str, wanted: Wanted, *, scenario: Path, event: Path | None, as_json: bool) -> int:
    """Ask, print what was said, and answer the exit code."""
    tried = ready("check", name, wanted, scenario=scenario, event=event)
    with playing():
        heard = trial(tried.found, tried.site.services, tried.scenario, tried.now)
    if as_json:
        typer.echo(json.dumps(_json(name, heard), indent=2, ensure_ascii=False))
    else:
        screen = console()
        for part in _told(tried, heard):
            screen.print(part)
    return exit_code(heard.asked.outcomes)


def _json(name: str, heard: Heard) -> dict[str, object]:
    return {
        "check": name,
        "machines": heard.machines,
        "outcomes": [wire.dump(outcome) for outcome in heard.asked.outcomes],
        "notes": list(notes_of(heard.asked.notes, heard.gaps)),
    }


def _told(tried: Trial, heard: Heard) -> Iterator[RenderableType]:
    outcomes = heard.asked.outcomes
    asked = max((outcome.asked for outcome in outcomes), default=0)
    times = f", asked {asked} times" if asked > 1 else ""
    yield Text.assemble(
        plain(tried.found.name, "bold"), f" about {count(heard.machines, 'machine')}{times}"
    )
    yield from told_of(outcomes, "check")
    if not outcomes:
        yield Text("  no machine was found, so it was not asked", style="bold yellow")
    for note in notes_of(heard.asked.notes, heard.gaps):
        yield Text.assemble(("! ", "yellow"), plain(note))
    yield from not_on(tried)
