"""`patchgate checks try NAME`: one check, by the app's own steps, in a world of one's choice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.plugins.trying import exit_code
from cli.project import SAMPLES
from core.model import Status
from tests.builders import outcome
from tests.cli.checks.commands import CHECK, checks, project
from tests.cli.published import hold

SCENARIO = '[[machines]]\nname = "web"\n[[machines]]\nname = "database"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one check of its own, and scenarios."""
    after = CHECK.replace("def mine", "def after").replace("@check(", '@check(when="after", ')
    asks = """
        from checks import Context, Run, Verdict, check, passed
        @check
        def asks(run: Run, ctx: Context) -> Verdict:
            '''There is a row.'''
            return passed(rows=len(ctx.graph.ask("resources | project id")))
    """
    files = {
        "my_checks/mine.py": CHECK,
        "my_checks/after.py": after,
        "my_checks/asks.py": asks,
        "world.toml": SCENARIO,
        "down.toml": SCENARIO + '[[faults]]\non = "graph"\nalways = true\nstatus = 500\n',
        "short.toml": '[[machines]]\nname = "web"\n',
        "late.toml": '[graph]\nlag = 300\n[[machines]]\nname = "web"\n',
    }
    root = project(tmp_path / "site", files)
    monkeypatch.chdir(root)
    return root


def test_what_it_blocks_is_1_and_told_by_machine() -> None:
    """The worst first, with the evidence; what the check prints or logs is beside it."""
    ran = checks("try", "mine", "--scenario", "world.toml")
    assert ran.code == 1, ran.err
    head, first, second = ran.out.splitlines()[:3]
    assert head == "mine about 2 machines, asked 5 times"
    assert first == "  ✗ BLOCKED  database: long name (saw length=8)"
    assert second == "  ✓ pass  web (saw length=3)"
    assert "asked\n" in ran.err
    assert "checks.mine: looked at web" in ran.err


def test_what_passes_is_0() -> None:
    ran = checks("try", "mine", "--scenario", "short.toml")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[:2] == ["mine about 1 machine", "  ✓ pass  web (saw length=3)"]


def test_json_has_every_outcome() -> None:
    """And nothing else is on stdout."""
    ran = checks("try", "mine", "--scenario", "world.toml", "--json")
    told = json.loads(ran.out)
    hold(told, "checks-try")
    assert ran.code == 1
    assert (told["check"], told["machines"], told["notes"]) == ("mine", 2, [])
    by_machine = {o["machine"].rpartition("/")[2]: o for o in told["outcomes"]}
    assert by_machine["database"]["evidence"] == {"length": 8}
    assert by_machine["web"]["status"] == "passed"


def test_what_cannot_be_told_is_3() -> None:
    """Here it is the list of machines that nobody could see."""
    ran = checks("try", "mine", "--scenario", "down.toml")
    assert ran.code == 3, ran.err
    assert "no machine was found" in ran.out


def test_a_check_asks_the_simulated_azure() -> None:
    """Over HTTP, as in a gate."""
    ran = checks("try", "asks", "--scenario", "world.toml", "--json")
    assert ran.code == 0, ran.err
    (one,) = json.loads(ran.out)["outcomes"]
    assert one["evidence"]["rows"] >= 2


def test_rows_that_come_late_are_waited_for_in_no_time() -> None:
    """Resource Graph lags, and the gate looks again."""
    ran = checks("try", "mine", "--scenario", "late.toml")
    assert ran.code == 0, ran.err
    assert "mine about 1 machine" in ran.out


def test_a_check_after_the_run_is_told_how_it_ended() -> None:
    """With a post event, of its own accord."""
    ran = checks("try", "after", "--scenario", "short.toml")
    assert ran.code == 0, ran.err
    pre = SAMPLES / "events" / "pre.eventgrid.json"
    ran = checks("try", "after", "--scenario", "short.toml", "--event", pre)
    assert ran.code == 2
    assert "asked after a run: give it a post event" in ran.err


def test_a_check_with_a_process_of_its_own_is_asked_there(here: Path) -> None:
    """Where it may die without taking anybody along."""
    dies = """
        import os
        from checks import Run, Verdict, check
        @check(isolation="process")
        def dies(run: Run) -> Verdict:
            os._exit(3)
    """
    project(here, {"my_checks/dies.py": dies})
    ran = checks("try", "dies", "--scenario", "short.toml")
    assert ran.code == 3, ran.err
    assert "its process ended (exit code 3)" in " ".join(ran.out.split())


def test_the_policy_of_the_runs_configuration_is_in_force(here: Path) -> None:
    """The blocks that are for it, too, and those that go by tags that Azure has."""
    policy = """
        [[for]]
        configurations = ["weekly-*"]
        checks.mine.config.most = 100
    """
    project(here, {"p.toml": policy})
    ran = checks("try", "mine", "--scenario", "world.toml", "--policy", "p.toml")
    assert ran.code == 0, ran.out


def test_a_check_that_is_off_can_be_tried() -> None:
    """And it is said what would turn it on."""
    ran = checks("try", "quorum", "--scenario", "short.toml")
    assert "it is off: [checks.quorum] in gate.toml turns it on" in " ".join(ran.out.split())


@pytest.mark.parametrize(
    ("arguments", "files", "words"),
    [
        (["mines", "--scenario", "world.toml"], {}, "did you mean mine?"),
        (["mine", "--scenario", "nowhere.toml"], {}, "nowhere.toml"),
        (["mine", "--scenario", "bad.toml"], {"bad.toml": "machine = 5"}, "there is no such key"),
        (["mine", "--scenario", "world.toml", "--event", "e.json"], {"e.json": "{"}, "not JSON"),
        (
            ["mine", "--scenario", "s.toml"],
            {"s.toml": "[[machines]]\nsubscription = 9"},
            "scenario",
        ),
        (
            ["mine", "--scenario", "world.toml"],
            {"gate.toml": "[checks.mine.config]\nmost = 'x'"},
            "cannot be asked: gate.toml:2",
        ),
        (
            ["file bad.py", "--scenario", "world.toml"],
            {"my_checks/bad.py": "1 / 0"},
            "ZeroDivision",
        ),
    ],
)
def test_bad_input_is_2_and_named_in_words(
    here: Path, arguments: list[str], files: dict[str, str], words: str
) -> None:
    """Nothing is asked."""
    project(here, files)
    ran = checks("try", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert "Traceback" not in ran.err


def test_the_worst_outcome_is_the_exit_code() -> None:
    """A no is certain, so it goes before what nobody knows; no outcome at all is no yes."""
    passed, skipped = outcome(Status.PASSED), outcome(Status.SKIPPED)
    blocked, unknown = outcome(Status.BLOCKED), outcome(Status.UNKNOWN)
    assert exit_code((passed, skipped)) == 0
    assert exit_code((passed, unknown, blocked)) == 1
    assert exit_code((passed, unknown)) == 3
    assert exit_code(()) == 3
