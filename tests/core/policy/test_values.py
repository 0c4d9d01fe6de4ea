"""A gate's policy: safe defaults, and values that know where they were set."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.policy import CheckPolicy, Policy, allowed_blocked, dotted
from core.policy.reading import parse_policy_file
from tests.builders import through_json
from tests.core.policy.files import LEGAL, ROOT, configuration


def policy_of(text: str) -> Policy:
    """The policy of a configuration that no block names."""
    return parse_policy_file(text).of(configuration("monthly", "rg-other"))


def test_an_empty_file_is_the_safest_policy() -> None:
    """Enforced, and whatever is not known cancels, unless a check's author says otherwise."""
    policy = policy_of("")
    assert policy == Policy()
    assert (policy.mode, policy.on_unknown, policy.on_gap) == ("enforce", None, "cancel")
    assert policy.reserve == 120
    assert policy.of("anything") == CheckPolicy()
    assert policy.of("anything").tolerance == 0
    assert policy.of("anything").enabled is None


def test_the_shipped_policy_is_legal_and_the_default() -> None:
    """The gate.toml of the repository says aloud what is in force without it."""
    policy = policy_of((ROOT / "gate.toml").read_text(encoding="utf-8"))
    checks, sources = policy.checks, policy.sources
    assert policy == Policy(on_unknown="cancel", checks=checks, sources=sources)


@pytest.mark.parametrize("text", LEGAL)
def test_a_policy_comes_back_from_the_wire_as_it_was(text: str) -> None:
    """A gate keeps the policy of the moment when its event came."""
    for policy in parse_policy_file(text).each():
        assert wire.load(Policy, through_json(wire.dump(policy))) == policy


@pytest.mark.parametrize("on_unknown", [None, "cancel", "proceed"])
def test_a_broken_policy_is_the_default_with_a_problem(on_unknown: str | None) -> None:
    """Nothing of a file that cannot be used is in force; only the environment may say proceed."""
    word = None if on_unknown is None else wire.load(Policy, {"on_unknown": on_unknown}).on_unknown
    assert Policy.broken("torn", on_unknown=word) == Policy(problem="torn", on_unknown=word)
    assert Policy.broken("torn") == Policy(problem="torn")


SET = """
on_unknown = "proceed"
[defaults]
timeout = 60
[checks.a]
timeout = 5
on_unknown = "cancel"
[checks.b]
[checks.c.config]
tag = "x"
"""


@pytest.mark.parametrize(
    ("check", "key", "line"),
    [
        ("a", "timeout", "gate.toml:6"),
        ("a", "on_unknown", "gate.toml:7"),
        ("a", "enabled", "gate.toml:5"),
        ("b", "timeout", "gate.toml:4"),
        ("b", "on_unknown", "gate.toml:2"),
        ("b", "enabled", "gate.toml:8"),
        ("z", "timeout", "gate.toml:4"),
        ("z", "enabled", None),
        ("b", "every", None),
    ],
)
def test_a_value_of_a_check_knows_where_it_was_set(check: str, key: str, line: str | None) -> None:
    """In its own table, else in the defaults, else at the top, else nowhere."""
    assert policy_of(SET).source(check, key) == line


def test_who_validates_a_config_can_name_the_line() -> None:
    """Of the key, or of the check's table when a key is missing from it."""
    policy = policy_of(SET)
    assert policy.place("checks", "c", "config", "tag") == "gate.toml:10"
    assert policy.place("checks", "c", "config", "value") == "gate.toml:10"
    assert policy.place("checks", "b", "config", "value") == "gate.toml:8"
    assert policy.place("checks", "b", "config") == "gate.toml:8"
    assert policy.place("on_unknown") == "gate.toml:2"
    assert policy.place("mode") is None
    assert Policy().place("checks", "b", "config", "value") is None


def test_a_path_is_written_as_in_the_file() -> None:
    """Quoted where it must be, without places in arrays, and on one line."""
    assert dotted(("for", 1, "checks", "a")) == "for.checks.a"
    assert dotted(("checks", "a.b", "c\nd", 'e"f')) == 'checks."a.b"."c\\nd"."e\\"f"'
    assert dotted(("x" * 60, "x" * 61)) == f"{'x' * 60}.{'x' * 59}…"
    assert dotted((" " * 60, " " * 61)) == f'"{" " * 60}"."{" " * 59}…"'


@pytest.mark.parametrize(
    ("tolerance", "asked", "allowed"),
    [
        (0, 1000, 0),
        (3, 1000, 3),
        (3, 1, 3),
        ("0%", 1000, 0),
        ("5%", 100, 5),
        ("5%", 99, 4),
        ("5%", 19, 0),
        ("100%", 7, 7),
        ("0.5%", 1000, 5),
        ("57%", 100, 57),
        ("29%", 100, 29),
        ("0.29%", 10_000, 29),
        ("2.3%", 1000, 23),
    ],
)
def test_a_share_is_of_the_machines_asked_and_rounded_down(
    tolerance: int | str, asked: int, allowed: int
) -> None:
    """A part of a machine does not count, and a number is a number whatever was asked."""
    assert allowed_blocked(tolerance, asked) == allowed


@settings(deadline=None, max_examples=300)
@given(hundredths=st.integers(0, 10_000), asked=st.integers(0, 100_000))
def test_a_share_is_exact(hundredths: int, asked: int) -> None:
    """No machine is lost or won by the way a computer writes fractions."""
    text = f"{hundredths // 100}.{hundredths % 100:02}%"
    assert allowed_blocked(text, asked) == int(Fraction(hundredths, 10_000) * asked)


def test_the_defaults_are_no_source_of_what_holds_for_an_action() -> None:
    """They are about judging; its own table is, and for `on_unknown` the top."""
    text = 'on_unknown = "cancel"\n[defaults]\ntimeout = 5\n[actions.start]\npatience = 9\n'
    policy = policy_of(text)
    assert policy.source("start", "timeout", "actions") is None
    assert policy.source("start", "patience", "actions") == "gate.toml:5"
    assert policy.source("start", "on_unknown", "actions") == "gate.toml:1"
