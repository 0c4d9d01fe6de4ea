"""The policy file as the app finds it: whatever is wrong with it is a problem, never a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.policy import Policy
from core.settings import Settings
from handlers.services import Services


def policy(root: Path, **environment: str) -> Policy:
    """What is in force."""
    return Services(settings=Settings.from_environment(environment), root=root).policy()


def test_no_file_means_the_safe_defaults(tmp_path: Path) -> None:
    """Every check is required, and whatever is unknown cancels."""
    assert policy(tmp_path) == Policy()


def test_a_file_that_was_named_must_exist(tmp_path: Path) -> None:
    """A slip in PATCHGATE_POLICY_FILE must not fall back to other rules in silence."""
    assert "does not exist" in str(policy(tmp_path, PATCHGATE_POLICY_FILE="gaet.toml").problem)


@pytest.mark.parametrize("text", [b"mode = ", b"mode = 'maybe'", b"\xff\xfe", b"x = 1"])
def test_a_file_that_cannot_be_used_is_a_problem(tmp_path: Path, text: bytes) -> None:
    """Nothing in it is in force then: not even a mode that would let runs pass."""
    (tmp_path / "gate.toml").write_bytes(b'on_gap = "proceed"\n' + text)
    broken = policy(tmp_path)
    assert broken.problem
    assert (broken.mode, broken.on_gap) == ("enforce", "cancel")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Whatever the operating system says is a problem too."""
    (tmp_path / "gate.toml").mkdir()
    assert policy(tmp_path).problem


def test_the_file_that_is_shipped_says_what_the_defaults_say() -> None:
    """gate.toml is a template: it spells out what would be in force without it."""
    shipped = policy(Path(__file__).parents[2])
    assert shipped.problem is None
    assert (shipped.mode, shipped.reserve, shipped.on_unknown, shipped.on_gap) == (
        "enforce",
        120,
        "cancel",
        "cancel",
    )
    assert shipped.of("opt_out_tag").config == {"tag": "patch", "value": "never"}
