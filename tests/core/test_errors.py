"""What exceptions show of values from outside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import (
    ActivityFailed,
    ArmProblem,
    BadConfig,
    BadEvent,
    BadId,
    BadPlugin,
    BadPolicy,
    BadScenario,
    BadSettings,
    CannotStart,
    OutOfTime,
    PatchgateError,
    RefusedEvent,
    shorten,
    text_of,
)
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
    for told in (shorten, text_of):
        assert told(Sulking()) == "(Sulking that cannot be shown)"
        assert told(nested(100_000)) == "(list that cannot be shown)"
        assert told(10**10_000) == "(int that cannot be shown)"
        assert told(5) == "5"
        assert told("it is so") == "it is so"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x" * 20, "x" * 20),
        ("x" * 21, "x" * 19 + "…"),
        ("x" * 5000, "x" * 19 + "…"),
        ("", ""),
        ("a\nb\0\u2028é", r"a\nb\x00\u2028é"),
        ("\n" * 10, r"\n" * 10),
        ("\n" * 11, r"\n" * 9 + "\\…"),
        (f"password={'x' * 20}", "password=(masked)"),
        # A secret is masked first and cut then, and one that is too long for that is not shown.
        (f"password={'x' * (20 + 1024 - 9)}", "password=(masked)"),
        (f"password={'x' * (20 + 1024 - 8)}", "…"),
    ],
)
def test_a_text_is_cut_where_the_limit_is(text: str, line: str) -> None:
    """With dots in place of the last character, so that nobody takes it for the whole."""
    assert shorten(text, 20) == line


def test_a_line_has_120_characters_unless_somebody_says_otherwise() -> None:
    assert shorten("x" * 120) == "x" * 120
    assert shorten("x" * 121) == "x" * 119 + "…"


@pytest.mark.parametrize(
    ("kind", "about", "text"),
    [
        (BadId, ("run id", 5, "is no text"), "run id '5': is no text"),
        (BadEvent, ("time", 5, "no time"), "maintenance event: time is '5': no time"),
        (
            RefusedEvent,
            ("/c", ("/a", "*/b")),
            (
                "refused: /c matches none of PATCHGATE_CONFIGURATIONS (/a, */b). Add it there, or"
                " unsubscribe its events from this app."
            ),
        ),
        (BadSettings, (("one",),), "1 problem in the settings:\n  - one"),
        (BadPolicy, (("a", "b"),), "2 problems in the policy file:\n  - a\n  - b"),
        (BadScenario, ((),), "0 problems in the scenario:"),
        (BadPlugin, ("disk", "disk.py:3", "is odd"), "disk (disk.py:3): is odd"),
        (
            BadConfig,
            ("disk", "disk.py:3", (("size", "is no number"), ("", "is empty"))),
            "disk (disk.py:3): config: size: is no number; is empty",
        ),
        (ActivityFailed, ("ask", "boom\nat"), r"ask failed: boom\nat"),
        (CannotStart, ("gate-x", "is full"), "gate-x could not be started: is full"),
        (ArmProblem, ("the run", "is hidden"), "the run: is hidden"),
        (OutOfTime, ("the run", "no answer"), "the run: no answer"),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_each_error_says_what_is_wrong_with_what(
    kind: Callable[..., PatchgateError], about: tuple[object, ...], text: str
) -> None:
    """In one sentence, or a line for each thing that is wrong."""
    assert str(kind(*about)) == text


def test_an_error_carries_what_it_is_about() -> None:
    """So whoever catches it need not take its text apart."""
    bad = BadEvent("time", 5, "no time")
    assert (bad.field, bad.value, bad.why) == ("time", "5", "no time")
    refused = RefusedEvent("/c", ("/a",))
    assert (refused.configuration, refused.allowed) == ("/c", ("/a",))
    assert BadPolicy(("a", "b")).problems == ("a", "b")
    config = BadConfig("disk", "disk.py:3", (("size", "is odd"),))
    assert (config.name, config.origin, config.problems) == (
        "disk",
        "disk.py:3",
        (("size", "is odd"),),
    )
    assert ActivityFailed("ask", "boom").activity == "ask"
    assert CannotStart("gate-x", "is full").key == "gate-x"
    assert ArmProblem("the run", "is hidden").what == "the run"
    denied = ArmProblem("the run", "Forbidden: no", status=403)
    assert (denied.status, denied.said) == (403, "Forbidden: no")
    assert str(denied) == "the run: it answered 403 Forbidden: no"


@pytest.mark.parametrize(
    ("shown", "limit"),
    [
        (lambda text: BadId("id", text, "w").value, 300),
        (lambda text: BadEvent(text, 5, "w").field, 80),
        (lambda text: BadEvent("f", text, "w").value, 300),
        (lambda text: BadPlugin(text, "x.py:1", "w").name, 64),
        (lambda text: BadPlugin("c", "x.py:1", text).why, 600),
        (lambda text: BadConfig("c", "x", ((text, "w"),)).why[len("config: ") : -len(": w")], 60),
        (lambda text: ActivityFailed("a", text).message, 300),
        (lambda text: CannotStart("k", text).why, 300),
        (lambda text: ArmProblem("w", text).why, 300),
    ],
    ids=["id", "field", "value", "check", "why", "key", "message", "engine", "arm"],
)
def test_no_error_is_longer_than_somebody_reads(shown: Callable[[str], str], limit: int) -> None:
    """What came from outside is cut where it is put in."""
    assert shown("x" * limit) == "x" * limit
    assert shown("x" * (limit + 1)) == "x" * (limit - 1) + "…"
