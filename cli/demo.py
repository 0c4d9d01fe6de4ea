"""`patchgate demo`: stories played side by side, told one after the other, and verified."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from cli.event_file import EventNow, lasting, moved_to
from cli.exit_codes import DONE, NO
from cli.output import console as stdout_console
from cli.output import only_checks_talk
from cli.play import Played, Playing, Script, Truth, playing
from cli.progress import clock_shown
from cli.project import SAMPLES
from cli.render import clock_time, render_gate
from cli.stories import STORIES, Story, problems
from core import wire
from core.errors import CannotStart
from core.report import GateReport
from simulator import load_scenario

__all__ = ["Ended", "Stage", "as_json", "perform", "run_demo"]

_WINDOW = timedelta(minutes=25)  # of runs whose end is played: nobody wants to wait for hours
_PLAIN = 6  # stories of the plain demo; the others are for --all


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A story, how it ended (None: it did not), and what is not as it must be."""

    story: Story
    played: Played | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where the stories are told, and where the clock of the one under way is shown."""

    told: Console
    clock: Console


def run_demo(*, everything: bool, as_json: bool) -> int:
    """Play the stories and answer the exit code."""
    only_checks_talk()
    stories = STORIES if everything else STORIES[:_PLAIN]
    if as_json:
        return _for_programs(stories)
    console = stdout_console()
    began = time.monotonic()
    ended = perform(stories, Stage(told=console, clock=console), _event())
    took = f"{time.monotonic() - began:.0f} s"
    if failed := sum(bool(one.problems) for one in ended):
        console.print(Text(f"{failed} of {len(stories)} stories FAILED", style="bold red"))
        return NO
    console.print(Text(f"✓ {len(stories)} stories ended as they must ({took})", style="bold green"))
    if not everything:
        console.print("  patchgate demo --all: also what happens when cancelling never works")
    console.print("  patchgate simulate EVENT.json: the same for your own events and checks")
    return DONE


def _for_programs(stories: Sequence[Story]) -> int:
    stage = Stage(told=Console(quiet=True), clock=Console(stderr=True))
    # What checks print is for their author, and must not get into the answer.
    with contextlib.redirect_stdout(sys.stderr):
        ended = perform(stories, stage, _event())
    told = as_json(ended)
    typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
    return DONE if told["ok"] else NO


def perform(stories: Sequence[Story], stage: Stage, now: EventNow) -> tuple[Ended, ...]:
    """Play the stories side by side, tell each in its turn, and say how they ended."""
    ended = []
    with ExitStack() as stack:
        played = [stack.enter_context(playing(_script(story, now))) for story in stories]
        for number, (story, under_way) in enumerate(zip(stories, played, strict=True), start=1):
            stage.told.print(_title(number, len(stories), story))
            ended.append(_ended(story, under_way, stage.clock))
            _tell(ended[-1], stage.told)
    return tuple(ended)


def as_json(ended: Sequence[Ended]) -> dict[str, Any]:
    """How they ended, for programs."""
    return {"ok": not any(one.problems for one in ended), "stories": [_json(one) for one in ended]}


def _json(one: Ended) -> dict[str, Any]:
    report = one.played and one.played.report
    later = one.played and one.played.later
    return {
        "title": one.story.title,
        "ending": report.ending if isinstance(report, GateReport) else None,
        "headline": report and report.headline,
        "later": later and later.headline,
        "truth": one.played and wire.dump(one.played.truth),
        "problems": list(one.problems),
    }


def _event() -> EventNow:
    (envelope,) = json.loads((SAMPLES / "events" / "pre.eventgrid.json").read_bytes())
    return moved_to(datetime.now(UTC), envelope)


def _script(story: Story, now: EventNow) -> Script:
    text = (SAMPLES / "scenarios" / story.scenario).read_text(encoding="utf-8")
    return Script(
        now=lasting(_WINDOW, now) if story.after else now,
        scenario=load_scenario(text),
        root=SAMPLES,
        settings={"PATCHGATE_CHECKS_FOLDER": story.checks, **_policy(story)},
        speed=story.speed,
        after=story.after,
    )


def _policy(story: Story) -> dict[str, str]:
    return {"PATCHGATE_POLICY_FILE": f"policies/{story.policy}"} if story.policy else {}


def _title(number: int, of: int, story: Story) -> Text:
    return Text.assemble(
        (f"━━ {number} of {of}  {story.title}\n", "bold cyan"), (story.shows, "italic"), "\n"
    )


def _ended(story: Story, under_way: Playing, clock: Console) -> Ended:
    """Wait for the end of a story, and see whether it went wrong."""
    start = under_way.script.now.event.start
    try:
        with clock_shown(clock, story.title, under_way.world.clock, start):
            played = under_way.end()
    except (CannotStart, TimeoutError) as error:
        return Ended(story=story, played=None, problems=(f"the story did not end: {error}",))
    return Ended(story=story, played=played, problems=problems(story, played))


def _tell(ended: Ended, console: Console) -> None:
    played = ended.played
    if played is None:
        console.print(_failed(ended))
        return
    if isinstance(played.report, GateReport):
        console.print(render_gate(played.report))
    if played.later is not None:
        console.print(Text(f"\nLater: {played.later.headline}", style="bold"))
    console.print(_verified(played.truth), _failed(ended), sep="\n")


def _verified(truth: Truth) -> Text:
    """What the simulator itself says about the run, beside the report."""
    at = f" since {clock_time(truth.cancelled_at)} UTC" if truth.cancelled_at else ""
    off = [name for name, power in truth.powers.items() if power == "deallocated"]
    machines = f"; stopped are {', '.join(off)}" if off else ""
    told = f"\nVerified in the simulator: the run is {truth.status}{at}{machines}"
    return Text(told, style="dim")


def _failed(ended: Ended) -> Text:
    return Text("".join(f"FAILED: {why}\n" for why in ended.problems), style="bold red")
