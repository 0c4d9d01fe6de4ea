"""`patchgate demo`: it fails when a story does."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from cli import demo
from cli.event_file import EventNow, moved_to, read_event
from cli.project import SAMPLES
from cli.stories import STORIES


@pytest.fixture
def late() -> EventNow:
    """An event that arrives 17 minutes before the start, so that stories are short."""
    text = (SAMPLES / "events" / "pre.eventgrid.json").read_text(encoding="utf-8")
    envelope = read_event(text.replace("T02:22:00.1234567Z", "T02:43:00Z").encode())
    return moved_to(datetime.now(UTC), envelope)


def test_stories_are_told_in_order_and_the_wrong_ones_counted(late: EventNow) -> None:
    """The second is the first with the wrong scenario: its run is cancelled, and must not be."""
    well = STORIES[0]
    wrong = replace(well, title="A wrong one", scenario="one-machine-says-no.toml")
    console = Console(file=io.StringIO(), width=80, highlight=False)
    assert demo.perform((well, wrong), console, late) == 1
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert text.index("1 of 2  All is well") < text.index("2 of 2  A wrong one")
    assert "Verified in the simulator: the run is Pending" in text
    assert "FAILED: it ended as 'cancelled', not as 'proceeded'" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("failed", "code"), [(0, 0), (1, 1)])
def test_the_exit_code_is_1_if_one_story_failed(
    failed: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    played: list[int] = []

    def perform(stories: tuple[object, ...], console: Console, now: EventNow) -> int:
        played.append(len(stories))
        return failed

    monkeypatch.setattr(demo, "perform", perform)
    assert demo.run_demo(everything=False) == code
    assert demo.run_demo(everything=True) == code
    assert played == [6, 7]
