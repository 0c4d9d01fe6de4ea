"""`patchgate actions list` and `show`: what is done around runs, in which order, by what rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.actions.commands import ACTION, LAST, actions
from tests.cli.checks.commands import WEEKLY, project
from tests.cli.published import hold

GATE = """
[actions.wake]
timeout = 90
[actions.wave]
[actions.start_machines]
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two actions of its own, and three in force."""
    files = {"my_actions/wake.py": ACTION, "my_actions/wave.py": LAST, "gate.toml": GATE}
    root = project(tmp_path / "site", files)
    monkeypatch.chdir(root)
    return root


def listed(*arguments: str) -> list[dict[str, Any]]:
    """As JSON."""
    told = json.loads(actions("list", "--json", *arguments).out)
    hold(told, "actions-list")
    found: list[dict[str, Any]] = told["actions"]
    return found


def test_actions_are_listed_in_the_order_of_doing() -> None:
    """Which is that of gate.toml, before the run and after it; the others follow."""
    ran = actions("list")
    assert ran.code == 0, ran.err
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[2].startswith("wake my_actions/wake.py:10 machine on 1 required, 90 s, undo yes")
    assert lines[3].startswith("wave my_actions/wave.py:5 run, after on 1 required, undo no")
    assert lines[4].startswith("start_machines built-in run on 2 required, undo yes")
    assert any(line.startswith("tag_machines built-in run off required") for line in lines)
    assert lines[-2].endswith("actions, 3 on")


def test_json_has_the_order_and_whether_it_is_put_back() -> None:
    """An action that is off has no place in the order."""
    first, second, third, *others = listed()
    assert [one["name"] for one in (first, second, third)] == ["wake", "wave", "start_machines"]
    assert [one["order"] for one in (first, second, third)] == [1, 1, 2]
    assert [one["undo"] for one in (first, second, third)] == [True, False, True]
    assert {(one["order"], one["enabled"]) for one in others} == {(None, False)}


def test_a_block_may_turn_one_off(here: Path) -> None:
    """For its configurations, for which the others move up."""
    block = '\n[[for]]\nconfigurations = ["weekly-*"]\nactions.wake.enabled = false\n'
    project(here, {"gate.toml": GATE + block})
    by_name = {one["name"]: one["order"] for one in listed("--configuration", WEEKLY)}
    assert (by_name["wake"], by_name["start_machines"]) == (None, 1)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"my_actions/bad.py": "1 / 0"}, ["file bad.py", "ZeroDivisionError"]),
        ({"gate.toml": "[actions.wakes]"}, ["gate.toml:1", "did you mean wake?"]),
        ({"gate.toml": "[actions.wake.config]\nx = 1"}, ["gate.toml:2", "takes no config"]),
    ],
)
def test_a_problem_is_1_and_told_below(here: Path, files: dict[str, str], words: list[str]) -> None:
    """What cannot be done is UNKNOWN in every gate, so it must be seen."""
    project(here, files)
    ran = actions("list")
    assert ran.code == 1
    told = " ".join(ran.out.split())
    assert all(word in told for word in words), told


def test_a_policy_that_is_not_legal_names_unknown_actions_too(here: Path) -> None:
    project(here, {"gate.toml": "mode = 'maybe'\n[actions.wakes]\n"})
    ran = actions("list")
    assert ran.code == 2
    assert "gate.toml:1" in ran.err
    assert "gate.toml:2: actions.wakes: there is no such action; did you mean wake?" in ran.err


def test_one_is_shown_with_its_undo_and_the_lines_that_set_its_values() -> None:
    """`[defaults]` are about judging: they say nothing of an action."""
    ran = actions("show", "wake")
    assert ran.code == 0, ran.err
    words = " ".join(ran.out.split())
    assert "on: done to each machine, before the run" in words
    assert "put back by put_back: It is as it was." in words
    assert "timeout 90 gate.toml:3" in words
    assert "enabled true gate.toml:2" in words
    assert "Microsoft.Compute/virtualMachines/start/action" in words
    assert "nothing of it is put back" in actions("show", "wave").out


def test_one_is_shown_as_json_with_its_undo() -> None:
    ran = actions("show", "wake", "--json")
    assert ran.code == 0, ran.err
    wake = json.loads(ran.out)
    hold(wake, "actions-show")
    assert (wake["kind"], wake["enabled"], wake["when"]) == ("action", True, "before")
    assert wake["undo"] == {"name": "put_back", "title": "It is as it was."}
    assert wake["policy"]["timeout"] == {"value": 90, "source": "gate.toml:3"}
    assert wake["needs"] == ["Microsoft.Compute/virtualMachines/start/action"]
    wave = json.loads(actions("show", "wave", "--json").out)
    hold(wave, "actions-show")
    assert (wave["undo"], wave["when"], wave["scope"]) == (None, "after", "run")


def test_one_that_is_not_there_is_2_with_a_hint() -> None:
    ran = actions("show", "wakes")
    assert ran.code == 2
    assert "there is no action named 'wakes'; did you mean wake?" in ran.err
