"""`patchgate simulate`: one event, the user's own checks, an Azure of the user's choice."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from cli.embedded import AnyReport
from cli.inputs import event_in, scenario_in
from cli.output import console as stdout_console
from cli.output import only_checks_talk, refuse
from cli.play import Played, Playing, Script, playing
from cli.progress import clock_shown
from cli.project import project_root
from cli.render import before_start, render_aftermath, render_gate, span
from core import wire
from core.errors import BadPlugin, BadScenario, CannotStart, shorten
from core.report import AftermathReport, GateReport
from core.settings import POLICY_FILE, Settings
from simulator import Scenario

__all__ = ["Wanted", "exit_code", "run_simulation"]

GOES_AHEAD, CANCELLED, BAD_INPUT, NOT_CONFIRMED = 0, 1, 2, 3

_CODES = {
    "proceeded": GOES_AHEAD,
    "cancelled": CANCELLED,
    "would cancel": CANCELLED,
    "not confirmed": NOT_CONFIRMED,
    "too late": NOT_CONFIRMED,
    "drill": CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the command line asks for."""

    event: Path
    scenario: Path | None = None
    checks: Path | None = None
    policy: Path | None = None
    speed: float
    as_json: bool = False


def run_simulation(wanted: Wanted) -> int:
    """Play the event, print the report, and answer the exit code."""
    console = stdout_console()
    only_checks_talk()
    script = _script(wanted)
    if not wanted.as_json:
        console.print(_introduction(wanted, script))
    played = _play(script, console, quiet=wanted.as_json)
    if wanted.as_json:
        typer.echo(json.dumps(wire.dump(played.report), indent=2, ensure_ascii=False))
    else:
        console.print(_told(played))
    return exit_code(played.report)


def exit_code(report: AnyReport) -> int:
    """What a report is worth as an exit code, see `patchgate simulate --help`."""
    return _CODES[report.ending] if isinstance(report, GateReport) else GOES_AHEAD


def _script(wanted: Wanted) -> Script:
    root = project_root(Path.cwd())
    settings = {}
    if wanted.checks is not None:
        settings["PATCHGATE_CHECKS_FOLDER"] = str(wanted.checks.resolve())
    if wanted.policy is not None:
        settings["PATCHGATE_POLICY_FILE"] = str(wanted.policy.resolve())
    return Script(
        now=event_in(wanted.event),
        scenario=scenario_in(wanted.scenario) if wanted.scenario else Scenario(),
        root=root,
        settings=settings,
        speed=wanted.speed,
    )


def _play(script: Script, console: Console, *, quiet: bool) -> Played:
    try:
        # What checks print is for their author, and must not get into a report.
        with contextlib.redirect_stdout(sys.stderr), playing(script) as story:
            return _watched(story, Console(quiet=True) if quiet else console)
    except BadScenario as error:
        refuse(f"the scenario does not go with the event: {error}", code=BAD_INPUT)
    except BadPlugin as error:
        refuse(str(error), code=BAD_INPUT)
    except (CannotStart, TimeoutError) as error:
        refuse(f"the story did not end: {shorten(str(error), 300)}", code=NOT_CONFIRMED)


def _watched(story: Playing, console: Console) -> Played:
    start = story.script.now.event.start
    with clock_shown(console, "in the story", story.world.clock, start):
        return story.end()


def _introduction(wanted: Wanted, script: Script) -> Text:
    now = script.now
    run, start = now.event.run, now.event.start
    kind = "pre" if now.is_pre else "post"
    by = f"{'+' if now.by >= timedelta() else '-'}{span(now.by)}"
    checks = wanted.checks or script.root / Settings().checks_folder
    policy = wanted.policy or script.root / POLICY_FILE
    return Text(
        f"Playing a {kind} event of {run.configuration.name}, run {run.name}.\n"
        f"Its times are moved by {by}, so that it arrives now, at "
        f"{before_start(now.arrives, start)}.\n"
        f"scenario  {shorten(script.scenario.title)}\n"
        f"checks    {_short(checks)}\n"
        f"policy    {_short(policy)}\n",
        style="dim",
    )


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _told(played: Played) -> object:
    if isinstance(played.report, AftermathReport):
        return render_aftermath(played.report)
    if isinstance(played.report, GateReport):
        return render_gate(played.report)
    return played.report.headline
