"""A script has run on every machine of the run, once, and ended well."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from actions.builtin.run_command import RunCommand, run_command
from core.model import Outcome, Status
from tests.actions.over_http import Played, playing

THREE = """
[[machines]]
name = "web-{n:02}"
count = 2

[[machines]]
name = "branch-01"
kind = "arc"
"""
BAD = (
    '[[run_commands]]\nmachines = "web-01"\nexit_code = 3\noutput = "a\\nstopping"\nerror = "no"\n'
)
STOP = "systemctl stop shop"


def ran(played: Played) -> list[tuple[str, str]]:
    """The scripts that guests have executed, by machine."""
    return [(one.machine.name, one.script) for one in played.world.azure.compute.scripts]


def left(played: Played) -> list[dict[str, Any]]:
    """Run commands that are still there."""
    store = played.world.azure.management.store
    types = ("Microsoft.Compute/virtualMachines", "Microsoft.HybridCompute/machines")
    return [one for type_ in types for one in store.of_type(f"{type_}/runCommands")]


def statuses(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: one.status.value for name, one in outcomes.items()}


def test_it_runs_once_on_each_machine_of_either_kind_and_leaves_nothing() -> None:
    with playing(run_command, THREE, script=STOP, parameters={"wait": "5"}) as played:
        outcomes = played.start()
        assert sorted(ran(played)) == [("branch-01", STOP), ("web-01", STOP), ("web-02", STOP)]
        assert all(one.parameters == {"wait": "5"} for one in played.world.azure.compute.scripts)
        assert left(played) == []
    assert set(statuses(outcomes).values()) == {"passed"}


def test_an_exit_code_that_is_no_good_one_fails_that_machine_and_shows_its_last_words() -> None:
    with playing(run_command, THREE + BAD, script=STOP) as played:
        outcomes = played.start()
    bad = outcomes["web-01"]
    assert (bad.status, bad.reason) == (Status.BLOCKED, "the script ended with 3")
    assert bad.evidence == {"output": "a\\nstopping", "error": "no", "exit code": 3}
    assert statuses(outcomes)["web-02"] == "passed"


def test_which_exit_codes_are_good_ones_the_site_says() -> None:
    with playing(run_command, THREE + BAD, script=STOP, success_codes=(0, 3)) as played:
        assert statuses(played.start())["web-01"] == "passed"


def test_after_a_crash_the_script_that_runs_is_looked_at_and_not_run_again() -> None:
    slow = "[[run_commands]]\ntakes = 200\n"
    with playing(run_command, THREE + slow, script=STOP) as played:
        played.memories = {"": played.stage("plan")[""].memory or {}}
        first = played.stage("do", seconds=60)
        played.run = replace(
            played.run,
            id=played.run.id.upper(),
            machines=tuple(replace(one, id=one.id.upper()) for one in played.run.machines),
        )
        second = played.stage("do")
        assert len(ran(played)) == 3
        assert left(played) == []
    assert {one.status for one in first.values()} == {Status.UNKNOWN}
    assert "the script was not over by" in first["web-01"].reason
    assert {one.status for one in second.values()} == {Status.PASSED}


def test_a_script_that_takes_too_long_is_ended_and_fails() -> None:
    slow = '[[run_commands]]\nmachines = "web-01"\ntakes = 200\n'
    with playing(run_command, THREE + slow, script=STOP, timeout=60) as played:
        outcomes = played.start()
    assert outcomes["web-01"].reason == "the script did not end in time"
    assert statuses(outcomes)["web-02"] == "passed"


def test_on_a_machine_that_is_off_it_fails_with_that_reason() -> None:
    off = '[[machines]]\nname = "off-01"\npower = "deallocated"\n'
    with playing(run_command, THREE + off, script=STOP) as played:
        outcomes = played.start()
        assert "off-01" not in {name for name, _ in ran(played)}
    assert outcomes["off-01"].status is Status.BLOCKED
    assert outcomes["off-01"].reason.startswith("is deallocated: a script runs only on")


def test_a_machine_that_is_gone_is_none_of_its_business() -> None:
    other = '[[others]]\nmachine = "web-01"\nat = "+1m"\ndoes = "delete"\n'
    with playing(run_command, THREE + other, script=STOP) as played:
        played.world.clock.sleep(300)
        outcomes = played.start()
    assert (outcomes["web-01"].status, outcomes["web-01"].reason) == (Status.SKIPPED, "is gone")


def test_a_missing_right_is_named_and_the_others_go_on() -> None:
    fault = (
        '[[faults]]\non = "arm"\nmethod = "PUT"\npath = "*/web-01/runCommands/*"\nstatus = 403\n'
        'always = true\nbody = \'{"error": {"code": "AuthorizationFailed", "message": "No."}}\'\n'
    )
    with playing(run_command, THREE + fault, script=STOP) as played:
        outcomes = played.start()
    assert outcomes["web-01"].reason == (
        "AuthorizationFailed: No. (needs Microsoft.Compute/virtualMachines/runCommands/write)"
    )
    assert statuses(outcomes)["branch-01"] == "passed"


def test_whoever_is_throttled_tries_again() -> None:
    fault = '[[faults]]\non = "arm"\nmethod = "PUT"\nfirst = 2\nstatus = 429\nretry_after = 7\n'
    with playing(run_command, THREE + fault, script=STOP) as played:
        assert set(statuses(played.start()).values()) == {"passed"}
        assert len(ran(played)) == 3


def test_each_system_has_a_script_of_its_own() -> None:
    windows = '[[machines]]\nname = "win-01"\nos = "Windows"\n'
    with playing(run_command, THREE + windows, windows="Stop-Service shop") as played:
        outcomes = played.start()
        assert ran(played) == [("win-01", "Stop-Service shop")]
    assert statuses(outcomes)["web-01"] == "skipped"


def test_undo_runs_its_script_where_the_first_was_to_run_and_may_be_repeated() -> None:
    start = "systemctl start shop"
    with playing(run_command, THREE, script=STOP, undo_script=start) as played:
        played.start()
        outcomes = played.stage("undo")
        again = played.stage("undo")
        assert {one.status for one in again.values()} == {Status.PASSED}
        assert {name for name, script in ran(played) if script == start} == {
            "branch-01",
            "web-01",
            "web-02",
        }
        assert left(played) == []
    assert {one.status for one in outcomes.values()} == {Status.PASSED}


def test_undo_ends_a_script_that_still_runs() -> None:
    slow = f'[[run_commands]]\nscript = "{STOP}"\ntakes = 2000\n'
    with playing(
        run_command, THREE + slow, script=STOP, undo_script="start", timeout=3000
    ) as played:
        played.memories = {"": played.stage("plan")[""].memory or {}}
        played.stage("do", seconds=60)
        assert len(left(played)) == 3
        assert {one.status for one in played.stage("undo").values()} == {Status.PASSED}
        assert left(played) == []


def test_when_some_fail_only_those_have_another_try() -> None:
    """Of an undo that is repeated, or an action with patience."""
    once = '[[operations]]\non = "run_command"\nmachines = "web-01"\ncalls = [2]\n'
    with playing(run_command, THREE + once, script=STOP, undo_script="start") as played:
        played.start()
        first, second = played.stage("undo"), played.stage("undo")
        started = sorted(name for name, script in ran(played) if script == "start")
        assert left(played) == []
    assert statuses(first) == {"web-01": "blocked", "web-02": "passed", "branch-01": "passed"}
    assert set(statuses(second).values()) == {"passed"}
    assert started == ["branch-01", "web-01", "web-02"]


def test_what_a_failure_has_left_the_undo_removes() -> None:
    with playing(run_command, THREE + BAD, script=STOP) as played:
        played.start()
        assert len(left(played)) == 2
        played.stage("undo")
        assert left(played) == []


def test_without_an_undo_script_nothing_is_undone() -> None:
    with playing(run_command, THREE, script=STOP) as played:
        played.start()
        outcomes = played.stage("undo")
        assert len(ran(played)) == 3
    assert {one.status for one in outcomes.values()} == {Status.SKIPPED}


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by Azure nor in an outcome, though the script prints it in its last line."""
    monkeypatch.setenv("RUN_COMMAND_DB", "hunter2-of-ours")
    talk = '[[run_commands]]\noutput = "using hunter2-of-ours"\n'
    with playing(
        run_command, THREE + talk, script=STOP, secrets={"db": "RUN_COMMAND_DB"}
    ) as played:
        outcomes = played.start()
    assert outcomes["web-01"].evidence["output"] == "using (masked)"
    assert "hunter2" not in repr(outcomes)


def test_a_secret_that_is_not_there_runs_nothing() -> None:
    with playing(run_command, THREE, script=STOP, secrets={"db": "RUN_COMMAND_NONE"}) as played:
        (outcome,) = played.start().values()
        assert ran(played) == []
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason == "the environment has no RUN_COMMAND_NONE, which must hold the secret"


@pytest.mark.parametrize(
    "config",
    [
        {"script": " "},
        {"secrets": {"db": "PATH"}},
        {"parameters": {"password": "x"}},
        {"success_codes": ()},
        {"timeout": 0},
    ],
)
def test_a_config_that_means_nothing_is_none(config: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"script|secrets|success_codes|timeout"):
        RunCommand(**config)
