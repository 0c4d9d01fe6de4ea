"""`patchgate checks show NAME`: what it says, and who set which value."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.checks.commands import CHECK, WEEKLY, checks, project

POLICY = """on_unknown = "proceed"

[checks.mine]
tolerance = 2
config.most = 8

[[for]]
configurations = ["weekly-*"]
checks.mine.timeout = 9
checks.mine.config.most = 9
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one check of its own, and a policy for it."""
    root = project(tmp_path / "site", {"my_checks/mine.py": CHECK, "gate.toml": POLICY})
    monkeypatch.chdir(root)
    return root


def shown(*arguments: str) -> str:
    """All that is printed, blanks taken together."""
    ran = checks("show", *arguments)
    assert ran.code == 0, ran.err
    assert max(map(len, ran.out.splitlines())) <= 80
    return " ".join(ran.out.split())


def test_it_says_where_it_is_from_and_what_it_asks() -> None:
    """All of its docstring, and the rights that it needs."""
    told = shown("mine")
    assert told.startswith("mine (my_checks/mine.py:18) on: asked about each machine, before")
    assert "No name is long. Blocks when: the name is longer than `most`." in told
    assert "Microsoft.Compute/virtualMachines/read" in told
    assert "machines_running (built-in, builtin/machines_running.py:" in shown("machines_running")


def test_every_value_in_force_has_its_source() -> None:
    """A line of gate.toml, the check's author, or nobody."""
    told = shown("mine")
    for words in (
        "enabled true gate.toml:3",
        "advisory false default",
        'on_unknown "proceed" gate.toml:1',
        "timeout 30 the check's author",
        "patience 60 the check's author",
        "tolerance 2 gate.toml:4",
        'isolation "thread" default',
        "most 8 gate.toml:5",
    ):
        assert words in told


def test_a_block_is_named_that_sets_a_value() -> None:
    """For a configuration that it is for."""
    assert "1 [[for]] block, to be seen with" in shown("mine")
    told = shown("mine", "--configuration", WEEKLY)
    assert "timeout 9 gate.toml:9 [[for]] weekly-*" in told
    assert "most 9 gate.toml:10 [[for]] weekly-*" in told
    assert "tolerance 2 gate.toml:4" in told
    assert "to be seen with" not in told


def test_what_looks_like_a_secret_is_masked() -> None:
    """A screen is shared more often than a policy file."""
    told = shown("mine")
    assert "t0p-s3cret" not in told
    assert 'token "(masked)"' in told


def test_a_check_that_is_off_says_so() -> None:
    """It is there all the same."""
    assert "OFF: asked about the whole run" in shown("quorum")


def test_a_check_that_cannot_be_asked_is_1_and_says_why(here: Path) -> None:
    """A bad config, or a file that does not load."""
    files = {"gate.toml": "[checks.mine.config]\nleast = 1", "my_checks/bad.py": "1 / 0"}
    project(here, files)
    ran = checks("show", "mine")
    told = " ".join(ran.out.split())
    assert ran.code == 1
    assert "✗ cannot be asked: gate.toml:2: config.least: there is no such key" in told
    ran = checks("show", "file bad.py")
    assert ran.code == 1
    assert "ZeroDivisionError" in ran.out


def test_a_name_that_there_is_not_is_2_with_a_hint() -> None:
    """Most such names are slips."""
    ran = checks("show", "mines")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no check named 'mines'; did you mean mine?" in ran.err
    assert "Traceback" not in ran.err


def test_the_runs_own_policy_is_shown_with_where_it_is_set(here: Path) -> None:
    """Blocks may set it as well as what they say of a check."""
    text = 'reserve = 300\n[[for]]\nconfigurations = ["weekly-*"]\nmode = "observe"\n'
    project(here, {"gate.toml": text})
    ran = checks("show", "mine", "--configuration", WEEKLY)
    words = " ".join(ran.out.split())
    assert 'mode "observe" gate.toml:4 [[for]] weekly-*' in words
    assert "reserve 300 gate.toml:1" in words
    assert 'on_gap "cancel" default' in words
