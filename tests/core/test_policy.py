"""gate.toml: safe defaults, and all that is wrong with it told at once."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import wire
from core.errors import BadPolicy
from core.policy import CheckPolicy, Policy, allowed_blocked, parse_policy
from tests.builders import through_json

ROOT = Path(__file__).parents[2]

FULL = """
mode = "observe"
on_unknown = "proceed"
on_gap = "proceed"
reserve = 300

[checks.disk_space]
enabled = false
advisory = true
on_unknown = "cancel"
timeout = 12.5
tolerance = "5%"
config = { limit = 10, paths = ["/", "/var"] }
"""


def problems_of(text: str) -> tuple[str, ...]:
    """What is wrong with that file."""
    with pytest.raises(BadPolicy) as refusal:
        parse_policy(text)
    return refusal.value.problems


def test_an_empty_file_is_the_safest_policy() -> None:
    """Enforced, and whatever is not known cancels, unless a check's author says otherwise."""
    policy = parse_policy("")
    assert policy == Policy()
    assert (policy.mode, policy.on_unknown, policy.on_gap) == ("enforce", None, "cancel")
    assert policy.reserve == 120
    assert policy.of("anything") == CheckPolicy()
    assert policy.of("anything").tolerance == 0
    assert policy.of("anything").enabled


def test_everything_can_be_set() -> None:
    """For all checks, and for one."""
    policy = parse_policy(FULL)
    assert (policy.mode, policy.on_unknown, policy.on_gap) == ("observe", "proceed", "proceed")
    assert policy.reserve == 300
    assert policy.of("disk_space") == CheckPolicy(
        enabled=False,
        advisory=True,
        on_unknown="cancel",
        timeout=12.5,
        tolerance="5%",
        config={"limit": 10, "paths": ["/", "/var"]},
    )
    assert policy.of("another") == CheckPolicy()


@pytest.mark.parametrize("text", ["", FULL, "[checks.x]\ntolerance = 3"])
def test_a_policy_comes_back_from_the_wire_as_it_was(text: str) -> None:
    """A gate keeps the policy of the moment when its event came."""
    policy = parse_policy(text)
    assert wire.load(Policy, through_json(wire.dump(policy))) == policy


def test_the_shipped_policy_is_legal_and_the_default() -> None:
    """The gate.toml of the repository says aloud what is in force without it."""
    policy = parse_policy((ROOT / "gate.toml").read_text(encoding="utf-8"))
    assert policy == Policy(on_unknown="cancel", checks=policy.checks)


BAD = {
    'mode = "enforced"': "mode",
    "mode = 1": "mode",
    'on_unknown = "ignore"': "on_unknown",
    "on_gap = false": "on_gap",
    'reserve = "120"': "reserve",
    "reserve = true": "reserve",
    "reserve = -1": "reserve",
    "reserve = 1501": "reserve",
    "reserve = nan": "reserve",
    "reserve = inf": "reserve",
    "colour = 1": "colour",
    'problem = "none"': "problem",
    "checks = 1": "checks",
    "checks.x = 1": "checks.x",
    "checks.x.enable = true": "checks.x.enable",
    'checks.x.enabled = "false"': "checks.x.enabled",
    "checks.x.enabled = 0": "checks.x.enabled",
    'checks.x.advisory = "no"': "checks.x.advisory",
    'checks.x.on_unknown = "skip"': "checks.x.on_unknown",
    "checks.x.timeout = 0": "checks.x.timeout",
    "checks.x.timeout = -1.0": "checks.x.timeout",
    "checks.x.timeout = nan": "checks.x.timeout",
    "checks.x.timeout = 3601": "checks.x.timeout",
    'checks.x.timeout = "5"': "checks.x.timeout",
    "checks.x.tolerance = -1": "checks.x.tolerance",
    "checks.x.tolerance = 1.5": "checks.x.tolerance",
    "checks.x.tolerance = true": "checks.x.tolerance",
    'checks.x.tolerance = "5"': "checks.x.tolerance",
    'checks.x.tolerance = "101%"': "checks.x.tolerance",
    'checks.x.tolerance = "-1%"': "checks.x.tolerance",
    'checks.x.tolerance = "nan%"': "checks.x.tolerance",
    'checks.x.tolerance = "five%"': "checks.x.tolerance",
    'checks.x.tolerance = "5%%"': "checks.x.tolerance",
    'checks.x.tolerance = "%"': "checks.x.tolerance",
    "checks.x.config = 1": "checks.x.config",
}


@pytest.mark.parametrize("line", BAD)
def test_each_bad_line_is_one_problem_that_names_its_key(line: str) -> None:
    """Unknown keys, wrong types and impossible values."""
    (problem,) = problems_of(line)
    assert problem.startswith(f"{BAD[line]}: ")


def test_all_problems_are_told_together() -> None:
    """Wrong types do not hide impossible values, nor one check another."""
    text = """
        mode = "enforced"
        problem = "x"
        reserve = 9999
        colour = 1
        checks.a.timeout = 0
        checks.a.tolerance = -1
        checks.b.tolerance = "200%"
        checks.b.enabled = 1
        checks.c.size = 1
    """
    assert {problem.split(":")[0] for problem in problems_of(text)} == {
        "mode",
        "problem",
        "reserve",
        "colour",
        "checks.a.timeout",
        "checks.a.tolerance",
        "checks.b.tolerance",
        "checks.b.enabled",
        "checks.c.size",
    }


def test_a_file_that_is_not_toml_says_so() -> None:
    """With the place, as the TOML parser names it."""
    (problem,) = problems_of("mode = enforce")
    assert problem.startswith("not TOML: ")
    assert "line 1" in problem


def test_a_broken_policy_is_the_default_with_a_problem() -> None:
    """Nothing of a file that cannot be used is in force."""
    assert Policy.broken("torn") == Policy(problem="torn")


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
