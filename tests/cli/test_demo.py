"""`patchgate demo`: it fails when a story does."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from cli import demo
from cli.demo import Ended, Stage
from cli.event_file import EventNow, moved_to, read_event
from cli.main import app
from cli.project import SAMPLES
from cli.stories import STORIES, Story
from tests.cli.published import hold

TALKS = """
from checks import Run, Verdict, check, passed

print("loaded")


@check
def talks(run: Run) -> Verdict:
    print("asked")
    return passed()
"""


UNHURRIED = 30.0  # seconds of the story in a real one: a busy machine takes its time


@pytest.fixture
def late() -> EventNow:
    """An event that arrives 17 minutes before the start, so that stories are short."""
    text = (SAMPLES / "events" / "pre.eventgrid.json").read_text(encoding="utf-8")
    envelope = read_event(text.replace("T02:22:00.1234567Z", "T02:43:00Z").encode())
    return moved_to(datetime.now(UTC), envelope)


def test_stories_are_told_in_order_and_the_wrong_ones_counted(late: EventNow) -> None:
    """The second is the first with the wrong scenario: its run is cancelled, and must not be."""
    well = replace(STORIES[0], speed=UNHURRIED)
    wrong = replace(well, title="A wrong one", scenario="one-machine-says-no.toml")
    console = Console(file=io.StringIO(), width=80, highlight=False)
    ended = demo.perform((well, wrong), Stage(told=console, clock=console), late)
    assert [one.story for one in ended] == [well, wrong]
    assert [bool(one.problems) for one in ended] == [False, True]
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert text.index("1 of 2  All is well") < text.index("2 of 2  A wrong one")
    assert "Verified in the simulator: the run is Pending\n\n━━ 2 of 2" in text
    assert "FAILED: it ended as 'cancelled', not as 'proceeded'\n" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("wrong", [(), ("the story did not end: it hangs",)])
def test_the_exit_code_is_1_if_one_story_failed(
    wrong: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For people and programs alike."""
    played: list[int] = []

    def perform(stories: Sequence[Story], stage: Stage, now: EventNow) -> tuple[Ended, ...]:
        played.append(len(stories))
        first, *others = stories
        fine = [Ended(story=story, played=None, problems=()) for story in others]
        return (Ended(story=first, played=None, problems=wrong), *fine)

    monkeypatch.setattr(demo, "perform", perform)
    code = 1 if wrong else 0
    assert demo.run_demo(everything=False, as_json=False) == code
    assert demo.run_demo(everything=True, as_json=False) == code
    capsys.readouterr()
    assert demo.run_demo(everything=True, as_json=True) == code
    assert played == [6, 7, 7]
    told = json.loads(capsys.readouterr().out)
    hold(told, "demo")
    assert told["ok"] is not bool(wrong)
    assert [one["title"] for one in told["stories"]] == [story.title for story in STORIES]
    assert told["stories"][0] == {
        "title": "All is well",
        "ending": None,
        "headline": None,
        "later": None,
        "truth": None,
        "problems": list(wrong),
    }


def test_json_is_all_that_is_printed_and_tells_how_each_story_ended(
    late: EventNow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What checks print is beside it. The second story is of a run that must not be cancelled."""
    (tmp_path / "talks.py").write_text(TALKS, encoding="utf-8")
    well = replace(STORIES[0], checks=str(tmp_path), speed=UNHURRIED)
    wrong = replace(STORIES[1], title="A wrong one", proof=well.proof, speed=UNHURRIED)
    monkeypatch.setattr(demo, "STORIES", (well, wrong))
    monkeypatch.setattr(demo, "_event", lambda: late)
    ran = CliRunner().invoke(app, ["demo", "--json"])
    told = json.loads(ran.stdout)
    hold(told, "demo")
    assert (ran.exit_code, told["ok"]) == (1, False)
    assert "asked" in ran.stderr
    first, second = told["stories"]
    assert (first["title"], first["ending"], first["later"]) == ("All is well", "proceeded", None)
    assert "6 machines" in first["headline"]
    assert first["problems"] == []
    truth = first["truth"]
    assert (truth["status"], truth["cancelled_at"], truth["cancel_calls"]) == ("Pending", None, 0)
    assert set(truth["powers"].values()) == {"running", "Connected"}
    assert second["ending"] == "cancelled"
    assert second["truth"]["status"] == "Cancelled"
    assert second["truth"]["cancel_calls"] >= 1
    assert second["truth"]["cancelled_at"] is not None
    assert "it ended as 'cancelled', not as 'proceeded'" in second["problems"]
