"""`patchgate demo`: stories played side by side, told one after the other, and verified."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.text import Text

from cli.event_file import EventNow, lasting, moved_to
from cli.output import console as stdout_console
from cli.output import only_checks_talk
from cli.play import Played, Playing, Script, playing
from cli.progress import clock_shown
from cli.project import SAMPLES
from cli.render import clock_time, render_gate
from cli.stories import STORIES, Story, problems
from core.errors import CannotStart
from core.report import GateReport
from simulator import load_scenario

__all__ = ["perform", "run_demo"]

_WINDOW = timedelta(minutes=25)  # of runs whose end is played: nobody wants to wait for hours
_PLAIN = 6  # stories of the plain demo; the others are for --all


def run_demo(*, everything: bool) -> int:
    """Play the stories and answer the exit code."""
    console = stdout_console()
    only_checks_talk()
    began = time.monotonic()
    stories = STORIES if everything else STORIES[:_PLAIN]
    failed = perform(stories, console, _event())
    took = f"{time.monotonic() - began:.0f} s"
    if failed:
        console.print(Text(f"{failed} of {len(stories)} stories FAILED", style="bold red"))
        return 1
    console.print(Text(f"✓ {len(stories)} stories ended as they must ({took})", style="bold green"))
    if not everything:
        console.print("  patchgate demo --all: also what happens when cancelling never works")
    console.print("  patchgate simulate EVENT.json: the same for your own events and checks")
    return 0


def perform(stories: Sequence[Story], console: Console, now: EventNow) -> int:
    """Play the stories side by side, tell each in its turn, and count those that went wrong."""
    failed = 0
    with ExitStack() as stack:
        played = [stack.enter_context(playing(_script(story, now))) for story in stories]
        for number, (story, under_way) in enumerate(zip(stories, played, strict=True), start=1):
            console.print(_title(number, len(stories), story))
            failed += _tell(story, under_way, console)
    return failed


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


def _tell(story: Story, under_way: Playing, console: Console) -> bool:
    """Tell one story; whether it went wrong."""
    start = under_way.script.now.event.start
    try:
        with clock_shown(console, story.title, under_way.world.clock, start):
            played = under_way.end()
    except (CannotStart, TimeoutError) as error:
        console.print(Text(f"FAILED: the story did not end: {error}\n", style="bold red"))
        return True
    if isinstance(played.report, GateReport):
        console.print(render_gate(played.report))
    if played.later is not None:
        console.print(Text(f"\nLater: {played.later.headline}", style="bold"))
    wrong = problems(story, played)
    console.print(_verified(played, wrong))
    return bool(wrong)


def _verified(played: Played, wrong: Sequence[str]) -> Text:
    """What the simulator itself says about the run, beside the report."""
    truth = played.truth
    at = f" since {clock_time(truth.cancelled_at)} UTC" if truth.cancelled_at else ""
    off = [name for name, power in truth.powers.items() if power == "deallocated"]
    machines = f"; stopped are {', '.join(off)}" if off else ""
    told = f"\nVerified in the simulator: the run is {truth.status}{at}{machines}\n"
    text = Text(told, style="dim")
    for why in wrong:
        text.append(f"FAILED: {why}\n", style="bold red")
    return text
