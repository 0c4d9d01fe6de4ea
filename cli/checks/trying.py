"""`patchgate checks try NAME`: what a check says of a run in a scenario, machine by machine."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import typer
from rich.console import RenderableType
from rich.text import Text

from cli.checks.in_force import is_on, problem_of
from cli.checks.site import BAD_INPUT, Site, Wanted, open_site
from cli.checks.trial import Heard, trial
from cli.inputs import event_in, scenario_in
from cli.output import console, only_checks_talk, refuse
from cli.project import SAMPLES
from cli.render.indented import Indented
from cli.render.words import WORST_FIRST, Names, count, plain, verdict
from core import wire
from core.errors import BadPlugin, BadScenario
from core.model import Outcome, Status
from plugins.definition import Definition

__all__ = ["exit_code", "run_try"]

FINE, BLOCKED, UNKNOWN = 0, 1, 3
_EVENTS = {"before": "pre.eventgrid.json", "after": "post.eventgrid.json"}
_MOST = 40  # lines


def run_try(name: str, wanted: Wanted, *, scenario: Path, event: Path | None, as_json: bool) -> int:
    """Ask, print what was said, and answer the exit code."""
    site = open_site(wanted)
    found = _askable(name, site)
    world = scenario_in(scenario)
    now = event_in(event or SAMPLES / "events" / _EVENTS[found.options.when])
    if now.is_pre != (found.options.when == "before"):
        other = _EVENTS[found.options.when].partition(".")[0]
        refuse(f"{name} is asked {found.options.when} a run: give it a {other} event", code=2)
    only_checks_talk()
    try:
        # What checks print is for their author, and must not get into the answer.
        with contextlib.redirect_stdout(sys.stderr):
            heard = trial(found, site.services, world, now)
    except BadScenario as error:
        refuse(f"the scenario does not go with the event: {error}", code=BAD_INPUT)
    except BadPlugin as error:
        refuse(str(error), code=BAD_INPUT)
    if as_json:
        typer.echo(json.dumps(_json(found, heard), indent=2, ensure_ascii=False))
    else:
        screen = console()
        for part in _told(found, heard, site):
            screen.print(part)
    return exit_code(heard.asked.outcomes)


def exit_code(outcomes: tuple[Outcome, ...]) -> int:
    """What outcomes are worth as an exit code, see `patchgate checks try --help`."""
    statuses = {outcome.status for outcome in outcomes}
    if Status.BLOCKED in statuses:
        return BLOCKED
    return UNKNOWN if Status.UNKNOWN in statuses or not statuses else FINE


def _askable(name: str, site: Site) -> Definition:
    found = site.check(name)
    problem = problem_of(found, site.policy)
    if problem is not None or not isinstance(found, Definition):
        refuse(f"{name} ({found.origin}) cannot be asked: {problem}", code=BAD_INPUT)
    return found


def _json(found: Definition, heard: Heard) -> dict[str, object]:
    return {
        "check": found.name,
        "machines": heard.machines,
        "outcomes": [wire.dump(outcome) for outcome in heard.asked.outcomes],
        "notes": list(_notes(heard)),
    }


def _told(found: Definition, heard: Heard, site: Site) -> Iterator[RenderableType]:
    outcomes = heard.asked.outcomes
    asked = max((outcome.asked for outcome in outcomes), default=0)
    times = f", asked {asked} times" if asked > 1 else ""
    yield Text.assemble(
        plain(found.name, "bold"), f" about {count(heard.machines, 'machine')}{times}"
    )
    names = Names(outcome.machine for outcome in outcomes if outcome.machine)
    ranked = sorted(
        outcomes, key=lambda o: (WORST_FIRST.index(o.status), names.order(o.machine or ""))
    )
    for outcome in ranked[:_MOST]:
        yield Indented(_line(outcome, names))
    if (more := len(ranked) - _MOST) > 0:
        yield Text(f"  … and {more:,} more, see --json", style="dim")
    if not outcomes:
        yield Text("  no machine was found, so it was not asked", style="bold yellow")
    for note in _notes(heard):
        yield Text.assemble(("! ", "yellow"), plain(note))
    if not is_on(found, site.policy):
        yield plain(f"it is off: [checks.{found.name}] in gate.toml turns it on", "dim")


def _line(outcome: Outcome, names: Names) -> Text:
    who = names.of(outcome.machine) if outcome.machine else "the whole run"
    saw = ", ".join(f"{name}={value}" for name, value in outcome.evidence.items())
    said = ": " + outcome.reason if outcome.reason else ""
    return Text.assemble(
        verdict(outcome.status),
        "  ",
        plain(who, "bold"),
        plain(said, limit=600),
        plain(f" (saw {saw})" if saw else "", "dim", limit=600),
    )


def _notes(heard: Heard) -> Iterator[str]:
    yield from heard.asked.notes
    for gap in heard.gaps:
        yield f"{gap.subject}: {gap.problem}; {gap.remedy}"
