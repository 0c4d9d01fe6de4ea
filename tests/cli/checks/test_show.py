"""`patchgate checks show NAME`: what it says, and who set which value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.checks.commands import CHECK, WEEKLY, checks, project
from tests.cli.published import hold

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


def facts_of(*arguments: str, code: int = 0) -> dict[str, Any]:
    """The same as JSON, which has the shape that is published."""
    ran = checks("show", *arguments, "--json")
    assert ran.code == code, ran.err
    one: dict[str, Any] = json.loads(ran.out)
    hold(one, "checks-show")
    return one


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


# JSON


def test_json_has_what_it_says_of_itself() -> None:
    """And nothing else is on stdout, though the file of the check prints."""
    one = facts_of("mine")
    assert {name: one[name] for name in ("name", "kind", "title", "origin", "door", "enabled")} == {
        "name": "mine",
        "kind": "check",
        "title": "No name is long.",
        "origin": "my_checks/mine.py:18",
        "door": "my_checks",
        "enabled": True,
    }
    assert (one["when"], one["scope"], one["undo"]) == ("before", "machine", None)
    assert one["problem"] is None
    assert one["doc"] == [
        {"head": "", "text": "No name is long."},
        {"head": "Blocks when", "text": "the name is longer than `most`."},
    ]
    assert one["needs"] == ["Microsoft.Compute/virtualMachines/read"]
    assert facts_of("quorum")["enabled"] is False


def test_json_has_every_value_with_its_source() -> None:
    """Of a configuration with the blocks that are for it."""
    one = facts_of("mine")
    assert one["policy"]["on_unknown"] == {"value": "proceed", "source": "gate.toml:1"}
    assert one["policy"]["timeout"] == {"value": 30, "source": "the check's author"}
    assert one["policy"]["tolerance"] == {"value": 2, "source": "gate.toml:4"}
    assert one["policy"]["advisory"] == {"value": False, "source": "default"}
    assert one["run_policy"]["mode"] == {"value": "enforce", "source": "default"}
    assert one["config"] == {
        "most": {"value": 8, "source": "gate.toml:5"},
        "token": {"value": "(masked)", "source": "default"},
    }
    assert "1 [[for]] block" in one["notes"][0]
    weekly = facts_of("mine", "--configuration", WEEKLY)
    assert weekly["policy"]["timeout"] == {"value": 9, "source": "gate.toml:9 [[for]] weekly-*"}
    assert weekly["notes"] == []


ODD = """
import enum
from dataclasses import dataclass, field
from datetime import timedelta

from checks import Context, Run, Verdict, check, passed


class Ring(enum.StrEnum):
    CANARY = "canary"


@dataclass(frozen=True)
class Door:
    name: str = "front"
    api_key: str = "t0p-s3cret"


@dataclass(frozen=True)
class Odd:
    ring: Ring = Ring.CANARY
    wait: timedelta = timedelta(seconds=90)
    share: float = float("inf")
    doors: tuple[Door, ...] = (Door(),)
    names: frozenset[str] = frozenset({"b", "a"})
    headers: dict[str, str] = field(default_factory=lambda: {"X-Token": "t0p-s3cret"})
    url: str = "https://u:t0p-s3cret@example.com/"


@check
def odd(run: Run, ctx: Context[Odd]) -> Verdict:
    return passed()
"""


def test_json_has_values_of_any_type_and_no_secret_however_deep(here: Path) -> None:
    project(here, {"my_checks/odd.py": ODD})
    one = facts_of("odd")
    assert "t0p-s3cret" not in json.dumps(one)
    assert {name: value["value"] for name, value in one["config"].items()} == {
        "ring": "canary",
        "wait": "0:01:30",
        "share": "inf",
        "doors": [{"name": "front", "api_key": "(masked)"}],
        "names": ["a", "b"],
        "headers": {"X-Token": "(masked)"},
        "url": "https://(masked)@example.com/",
    }


def test_json_says_why_it_cannot_be_asked(here: Path) -> None:
    """With the exit code that people get."""
    files = {"gate.toml": "[checks.mine.config]\nleast = 1", "my_checks/bad.py": "1 / 0"}
    project(here, files)
    mine = facts_of("mine", code=1)
    assert "gate.toml:2: config.least: there is no such key" in mine["problem"]
    assert (mine["title"], mine["config"]) == ("No name is long.", {})
    bad = facts_of("file bad.py", code=1)
    assert "ZeroDivisionError" in bad["problem"]
    assert (bad["title"], bad["when"], bad["scope"], bad["doc"]) == (None, None, None, [])
