"""What exceptions show of values from outside."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadCheck, BadPolicy, shorten, text_of
from tests.builders import JSON


class Sulking:
    """A value whose text cannot be had."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def nested(depth: int) -> list[object]:
    """A list in a list in a list, so many times."""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


@settings(deadline=None, max_examples=200)
@given(value=JSON | st.binary() | st.text(), limit=st.integers(10, 200))
def test_a_shortened_value_is_one_printable_line(value: object, limit: int) -> None:
    """Of at most so many characters, whatever it is."""
    line = shorten(value, limit)
    assert len(line) <= limit
    assert line.isprintable()


def test_values_that_cannot_be_shown_are_named_by_type() -> None:
    """An error about a value never fails over that value."""
    assert "Sulking" in shorten(Sulking())
    assert "list" in shorten(nested(100_000))
    assert "int" in shorten(10**10_000)
    assert "Sulking" in text_of(Sulking())
    assert "int" in text_of(10**10_000)
    assert text_of(5) == "5"


def test_several_problems_are_told_together() -> None:
    """Each on a line of its own, with a count."""
    text = str(BadPolicy(("first", "second")))
    assert text.startswith("2 problems in the policy file:")
    assert "\n  - first\n  - second" in text


def test_a_bad_check_says_where_it_is() -> None:
    """Name, place and reason."""
    error = BadCheck("disk", "my_checks/disk.py:3", "is not a function")
    assert str(error) == "check disk (my_checks/disk.py:3): is not a function"
