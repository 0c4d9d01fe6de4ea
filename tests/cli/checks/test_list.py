"""`patchgate checks list`: what there is, from where, under which policy, and what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.checks.commands import CHECK, WEEKLY, checks, project
from tests.cli.published import hold


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one check of its own, in which the command runs."""
    root = project(tmp_path / "site", {"my_checks/mine.py": CHECK})
    monkeypatch.chdir(root)
    return root


def line(out: str, name: str) -> str:
    """The one line about that check."""
    (found,) = [one for one in out.splitlines() if one.startswith(f"{name} ")]
    return " ".join(found.split())


def listed(*arguments: str) -> dict[str, dict[str, Any]]:
    """The same as JSON, by name."""
    told = json.loads(checks("list", "--json", *arguments).out)
    hold(told, "checks-list")
    return {one["name"]: one for one in told["checks"]}


def test_every_check_is_listed_with_its_door_scope_and_policy() -> None:
    """Of one's own checks, the place is told."""
    ran = checks("list")
    assert ran.code == 0, ran.err
    assert line(ran.out, "machines_running") == "machines_running built-in run on required"
    assert line(ran.out, "quorum") == "quorum built-in run off required"
    assert line(ran.out, "mine") == "mine my_checks/mine.py:18 machine on required, 30 s,"
    assert "patience 60 s" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "a check may print" not in ran.out
    assert "a check may print" in ran.err


def test_the_policy_is_that_of_gate_toml(here: Path) -> None:
    """With the numbers that are in force."""
    text = """
        on_unknown = "proceed"
        [checks.mine]
        advisory = true
        tolerance = "5%"
        timeout = 7
        isolation = "process"
        memory = 128
        [checks.quorum]
        [checks.opt_out_tag]
        enabled = false
    """
    project(here, {"gate.toml": text})
    ran = checks("list")
    assert ran.code == 0, ran.err
    words = " ".join(ran.out.split())
    assert "advisory, UNKNOWN proceeds, tolerates 5%, 7 s, patience 60 s, process, 128 MB" in words
    assert line(ran.out, "quorum").split()[3] == "on"
    assert line(ran.out, "opt_out_tag").split()[3] == "off"


def test_json_has_all_of_it() -> None:
    """And nothing else is on stdout."""
    mine = listed()["mine"]
    assert mine == {
        "name": "mine",
        "door": "my_checks",
        "origin": "my_checks/mine.py:18",
        "title": "No name is long.",
        "scope": "machine",
        "when": "before",
        "enabled": True,
        "advisory": False,
        "on_unknown": "cancel",
        "timeout": 30,
        "patience": 60,
        "every": 15.0,
        "tolerance": 0,
        "isolation": "thread",
        "memory": 512,
        "problem": None,
    }


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"my_checks/bad.py": "import sys\nsys.exit(0)"}, ["file bad.py", "SystemExit"]),
        ({"my_checks/opt_out_tag.py": CHECK.replace("def mine", "def opt_out_tag")}, ["rename"]),
        ({"gate.toml": "[checks.mine.config]\nmost = 'x'"}, ["gate.toml:2", "most", "is x"]),
        ({"gate.toml": "[checks.mime]"}, ["gate.toml:1", "did you mean mine?"]),
    ],
)
def test_a_problem_is_1_and_told_below(here: Path, files: dict[str, str], words: list[str]) -> None:
    """What cannot be asked is UNKNOWN in every gate, so it must be seen."""
    project(here, files)
    ran = checks("list")
    assert ran.code == 1
    told = " ".join(ran.out.split())
    assert all(word in told for word in words), told
    problems = json.loads(checks("list", "--json").out)
    assert problems["problems"] or any(one["problem"] for one in problems["checks"])


def test_a_check_that_is_off_may_need_a_config(here: Path) -> None:
    """It is asked nothing before gate.toml names it."""
    needy = CHECK.replace("most: int = 5", "most: int").replace('token: str = "t0p-s3cret"', "")
    off = needy.replace("@check(", "@check(enabled=False, ")
    project(here, {"my_checks/mine.py": off})
    assert checks("list").code == 0
    project(here, {"gate.toml": "[checks.mine]"})
    assert checks("list").code == 1


def test_blocks_are_in_force_for_their_configuration(here: Path) -> None:
    """Named by its id, and by its tags."""
    text = """
        [[for]]
        configurations = ["weekly-*"]
        checks.mine.timeout = 9
        [[for]]
        tags.env = "prod"
        checks.mine.timeout = 11
    """
    project(here, {"gate.toml": text})
    weekly = ("--configuration", WEEKLY)
    assert listed()["mine"]["timeout"] == 30
    assert "gate.toml has 2 [[for]] blocks, to be seen with --configuration ID" in " ".join(
        checks("list").out.split()
    )
    assert listed(*weekly)["mine"]["timeout"] == 9
    assert "--tag NAME=VALUE" in " ".join(checks("list", *weekly).out.split())
    assert listed(*weekly, "--tag", "env=prod")["mine"]["timeout"] in (9, 11)
    assert "blocks" not in checks("list", *weekly, "--tag", "env=prod").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--configuration", "weekly"], "configuration"),
        (
            [
                "--configuration",
                WEEKLY,
                "--tag",
                "prod",
            ],
            "NAME=VALUE",
        ),
        (["--checks", "nowhere"], "nowhere"),
    ],
)
def test_a_bad_argument_is_2(arguments: list[str], words: str) -> None:
    """In a sentence."""
    ran = checks("list", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_a_policy_that_is_not_legal_is_2(here: Path) -> None:
    """With every problem and its line."""
    project(here, {"gate.toml": "mode = 5\nreserve = 'x'"})
    ran = checks("list", "--json")
    assert (ran.code, ran.out) == (2, "")
    assert "gate.toml:1: mode" in ran.err
    assert "gate.toml:2: reserve" in ran.err


def test_another_folder_and_policy_may_be_named(here: Path, tmp_path: Path) -> None:
    """As for `patchgate simulate`."""
    other = project(
        tmp_path / "other",
        {"own/other.py": CHECK.replace("def mine", "def other"), "p.toml": "[checks.quorum]"},
    )
    found = listed("--checks", str(other / "own"), "--policy", str(other / "p.toml"))
    assert "mine" not in found
    assert found["other"]["origin"] == "own/other.py:18"
    assert found["quorum"]["enabled"] is True


def test_a_bad_config_in_any_block_is_a_problem(here: Path) -> None:
    """Nobody lists the checks for every configuration: each block is looked at by itself."""
    text = """
        [[for]]
        configurations = ["other-*"]
        [for.checks.quorum.config]
        minn = 2
    """
    project(here, {"gate.toml": text})
    ran = checks("list")
    words = " ".join(ran.out.split())
    assert ran.code == 1
    assert "config.minn: there is no such key" in words
    assert "gate.toml:5" in words


def test_the_runs_own_policy_is_told_where_it_is_not_as_usual(here: Path) -> None:
    project(here, {"gate.toml": 'mode = "observe"\nreserve = 120\n'})
    ran = checks("list")
    assert ran.code == 0, ran.err
    assert 'mode = "observe" (gate.toml:1)' in ran.out
    assert "reserve" not in ran.out


def test_a_slip_in_a_name_is_told_beside_what_else_is_wrong(here: Path) -> None:
    """Even if the file as a whole is not legal."""
    project(here, {"gate.toml": "mode = 1\n[checks.quorumm]\n"})
    ran = checks("list")
    words = " ".join(ran.err.split())
    assert ran.code == 2
    assert "gate.toml:1: mode" in words
    assert "gate.toml:2: checks.quorumm: there is no such check; did you mean quorum?" in words
