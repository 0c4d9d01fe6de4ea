"""A sign of life on a terminal, and nothing anywhere else."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cli.progress import clock_shown
from tests.cli.reports import at
from tests.fakes import FakeClock


@pytest.mark.parametrize(("terminal", "shown"), [(True, "T-12:30"), (False, "")])
def test_the_clock_of_a_story_is_shown_on_terminals_only(*, terminal: bool, shown: str) -> None:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=80)
    with clock_shown(console, "in the story", FakeClock(at("02:47:30")), at("03:00:00")):
        pass
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert shown in text
    assert terminal or not text
