"""Times and names as a person reads them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.render.words import Names, before_start, plain, span
from tests.cli.reports import at, machine

START = at("03:00:00")


@pytest.mark.parametrize(
    ("clock", "text"),
    [
        ("02:47:30", "T-12:30"),
        ("02:59:59", "T-0:01"),
        ("03:00:00", "T"),
        ("03:00:12", "T+0:12"),
        ("01:58:57", "T-1:01:03"),
    ],
)
def test_a_moment_is_told_as_minutes_and_seconds_before_the_start(clock: str, text: str) -> None:
    assert before_start(at(clock), START) == text


def test_clock_and_countdown_agree_whatever_the_fraction() -> None:
    """Both are cut to the second: 02:47:30.9 is T-12:30, as 02:47:30 is."""
    assert before_start(at("02:47:30") + timedelta(milliseconds=900), START) == "T-12:30"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (1553, "25 min 53 s"), (7500, "2 h 5 min"), (360000, "4 d 4 h")],
)
def test_a_length_is_told_in_its_two_largest_units(seconds: int, text: str) -> None:
    assert span(timedelta(seconds=seconds)) == span(timedelta(seconds=-seconds)) == text


def test_a_machine_is_called_by_the_last_part_of_its_id() -> None:
    assert Names([machine("web-1")]).of(machine("WEB-1").upper()) == "web-1"


def test_machines_of_one_name_are_told_apart() -> None:
    one, two = machine("web-1", "east"), machine("web-1", "west")
    names = Names([one, two])
    assert names.of(one) != names.of(two)
    assert names.of(one).endswith("east/web-1")


def test_text_from_outside_cannot_colour_the_screen_nor_start_a_line() -> None:
    text = plain("[red]stop[/red]\x1b[31m\nERROR")
    assert text.plain == "[red]stop[/red]\\x1b[31m\\nERROR"
    assert not text.spans
