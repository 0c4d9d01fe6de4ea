"""`patchgate actions try NAME`: one action, by the app's own steps, in a world of one's choice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.actions.commands import ACTION, LAST, actions
from tests.cli.checks.commands import Ran, project
from tests.cli.published import hold

WEB = '[[machines]]\nname = "web"\n'
OFF = WEB + '[[machines]]\nname = "shop"\npower = "deallocated"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with two actions of its own, and scenarios."""
    files = {
        "my_actions/wake.py": ACTION,
        "my_actions/wave.py": LAST,
        "on.toml": WEB,
        "off.toml": OFF,
        "dead.toml": OFF + '[[machines]]\nname = "dead"\npower = "deallocated"\n',
        "down.toml": WEB + '[[faults]]\non = "graph"\nalways = true\nstatus = 500\n',
    }
    root = project(tmp_path / "site", files)
    monkeypatch.chdir(root)
    return root


def tried(name: str, scenario: str, *arguments: str) -> Ran:
    """The command, in that world."""
    return actions("try", name, "--scenario", scenario, *arguments)


def told(ran: Ran) -> dict[str, Any]:
    """Its JSON."""
    found: dict[str, Any] = json.loads(ran.out)
    hold(found, "actions-try")
    return found


def test_it_is_planned_done_and_put_back() -> None:
    """What it prints is beside its answer, and what it remembers is not shown."""
    ran = tried("wake", "off.toml", "--undo")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines() == [
        "wake for 2 machines",
        "  ✓ 1 done  - 1 nothing to do",
        "  - nothing to do  web: it is awake",
        "  remembered about 1 machine before it was changed: what the undo needs",
        "when the window had ended",
        "  ✓ 1 put back",
        "it is off: [actions.wake] in gate.toml turns it on",
    ]
    assert ran.err.count("about to wake") == 2  # what stands before ctx.remember runs twice


def test_a_shipped_action_acts_on_the_simulated_azure() -> None:
    """The machine that was off is started, and deallocated when the window has ended."""
    ran = tried("start_machines", "off.toml", "--undo", "--json")
    assert ran.code == 0, ran.out
    one = told(ran)
    assert (one["machines"], one["remembered"]) == (2, 1)
    assert (one["done"]["tally"]["passed"], one["done"]["tally"]["skipped"]) == (1, 1)
    assert one["undone"]["tally"]["passed"] == 1


def test_what_fails_is_1_and_told_by_machine() -> None:
    ran = tried("wake", "dead.toml", "--json")
    assert ran.code == 1, ran.err
    one = told(ran)
    (failed,) = [o for o in one["done"]["outcomes"] if o["status"] == "blocked"]
    assert (failed["machine"].rpartition("/")[2], failed["reason"]) == ("dead", "it does not wake")
    assert one["undone"] is None


def test_what_cannot_be_told_is_3() -> None:
    """Here it is the list of machines that nobody could see."""
    ran = tried("wake", "down.toml")
    assert ran.code == 3, ran.err
    assert "no machine was found, so nothing was done" in ran.out


def test_an_action_after_the_run_is_told_how_it_ended() -> None:
    """With a post event, of its own accord."""
    ran = tried("wave", "on.toml")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["wave for 1 machine", "  ✓ 1 done"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("wakes", "on.toml"), "did you mean wake?"),
        (("wave", "on.toml", "--undo"), "wave has no undo: leave out --undo"),
        (("wake", "bad.toml"), "there is no such key"),
        (("tag_machines", "on.toml"), "cannot be done: "),
    ],
)
def test_bad_input_is_2_and_named_in_words(
    here: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Nothing is done."""
    project(here, {"bad.toml": "machine = 5"})
    ran = tried(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
