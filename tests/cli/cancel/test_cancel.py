"""`patchgate cancel`: by hand, with the gate's own call, and with proof."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from cli.runs.cancelling import Wanted, run_cancel
from tests.cli.published import hold
from tests.cli.runs.world import BY_USER, RUN, Cloud, cloud, ended, patchgate

ROOT = Path(__file__).parents[3]
PATIENCE = 120.0  # seconds of a machine that is busy
NO_EFFECT = "[[faults]]\non = 'cancel'\nalways = true\neffect = false\n"


def test_it_cancels_and_proves_it(caplog: pytest.LogCaptureFixture) -> None:
    with cloud() as azure:
        ran = azure.run("cancel", RUN, "--yes", "--reason", "CHG0042 is off")
        assert azure.azure.run_status == "Cancelled"
    assert ran.code == 0
    assert "CANCELLED, and confirmed: nothing is patched" in ran.words
    assert "because of CHG0042 is off" in ran.words
    assert "until the cut-off" in ran.words
    assert "1 cancel call in all; confirmed by: read-back" in ran.words
    assert f"cancelling run {RUN}, because of CHG0042 is off" in caplog.text


def test_json_has_the_time_that_was_left_and_every_call() -> None:
    with cloud() as azure:
        told = azure.run("cancel", RUN, "--yes", "--json").json
    hold(told, "cancel")
    assert told["cancellation"]["confirmed"]
    assert 10 * 60 < told["seconds_left"] <= 20 * 60
    assert (told["status_before"], told["reason"]) == ("Pending", "by hand")


def test_nothing_is_sent_unless_somebody_says_so() -> None:
    with cloud() as azure:
        ran = azure.run("cancel", RUN)
        assert azure.azure.run_status == "Pending"
    assert ran.code == 2
    assert ran.problem == "patchgate: nobody is there to be asked: say --yes; nothing was sent"


def test_a_run_that_is_cancelled_already_is_left_alone() -> None:
    with cloud(BY_USER) as azure:
        ran = azure.run("cancel", RUN, "--yes")
        assert azure.asked("cancel") == []
    assert ran.code == 0
    assert "it was cancelled already, by the user; nothing was sent" in ran.words


def test_a_run_that_has_started_cannot_be_stopped() -> None:
    with cloud(starts_in=timedelta(minutes=-5)) as azure:
        ran = azure.run("cancel", RUN, "--yes")
        assert azure.asked("cancel") == []
    assert ran.code == 1
    assert "nothing can stop it; nothing was sent" in ran.problem


def test_after_the_cut_off_it_is_tried_all_the_same_and_said() -> None:
    with cloud(starts_in=timedelta(minutes=5)) as azure:
        ran = azure.run("cancel", RUN, "--yes")
    assert ran.code == 0
    assert "the cut-off was" in ran.words
    assert "AFTER the cut-off" in ran.words


def test_a_run_without_a_row_can_be_cancelled_too() -> None:
    """Rows lag, and the run itself is there."""
    with cloud("[graph]\nlag = 3600\n") as azure:
        ran = azure.run("cancel", RUN, "--yes")
        assert azure.azure.run_status == "Cancelled"
    assert ran.code == 0
    assert "when it starts is not known" in ran.words


def test_a_call_without_an_effect_is_not_proof(capsys: pytest.CaptureFixture[str]) -> None:
    """It is repeated until the run starts, or for a quarter of an hour."""
    with cloud(NO_EFFECT) as azure:
        wanted = Wanted(run=str(RUN), yes=True)
        assert run_cancel(wanted, azure=azure.patient()) == 1
        assert len(azure.asked("cancel")) > 5
        assert azure.azure.run_status == "Pending"
    told = capsys.readouterr()
    assert "NOT CONFIRMED: machines may be patched" in told.out
    assert "patchgate: not confirmed: " in told.err


def test_a_missing_right_is_named_with_its_scope(capsys: pytest.CaptureFixture[str]) -> None:
    with cloud("[[faults]]\non = 'cancel'\nalways = true\nstatus = 403\n") as azure:
        assert run_cancel(Wanted(run=str(RUN), yes=True), azure=azure.patient()) == 1
    said = capsys.readouterr().err
    assert f"it needs Microsoft.Maintenance/applyUpdates/write on {RUN.configuration}" in said


def test_throttling_is_waited_out() -> None:
    fault = "[[faults]]\non = 'cancel'\nfirst = 2\nstatus = 429\nretry_after = 3\n"
    with cloud(fault) as azure:
        assert run_cancel(Wanted(run=str(RUN), yes=True), azure=azure.patient()) == 0


def test_if_azure_does_not_say_how_the_run_stands_nothing_is_sent() -> None:
    with cloud("[[faults]]\non = 'graph'\nalways = true\nstatus = 503\n") as azure:
        wanted = Wanted(run=str(RUN), yes=True)
        assert ended(lambda: run_cancel(wanted, azure=azure.patient())) == 3
        assert azure.asked("cancel") == []


def test_offline_is_said_at_once() -> None:
    ran = patchgate("cancel", RUN, "--yes", "--arm", "http://127.0.0.1:1")
    assert ran.code == 3
    assert "cannot cancel the run: Azure cannot be reached" in ran.problem


@pytest.mark.parametrize("name", ["default", "a/b", "..", "x y"])
def test_an_id_that_is_none_is_refused(name: str) -> None:
    """`default` would start maintenance of a host."""
    bad = str(RUN).replace(RUN.name, name)
    ran = patchgate("cancel", bad, "--yes", "--arm", "http://127.0.0.1:1")
    assert ran.code == 2
    assert "run id" in ran.problem


@contextmanager
def command(
    azure: Cloud, *arguments: str, stdin: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, as a person starts it."""
    program = (
        "import typer; from cli.runs.cancel_command import cancel;"
        "app = typer.Typer(); app.command()(cancel); app()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(RUN), "--arm", azure.url, *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupted(azure: Cloud, what: str, *arguments: str) -> str:
    """What it says to Ctrl-C once it has sent a request of that kind."""
    with command(azure, *arguments) as process:
        until = time.monotonic() + PATIENCE
        while not azure.asked(what):
            assert time.monotonic() < until
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    return err.splitlines()[-1]


def test_ctrl_c_after_the_call_says_that_it_may_have_had_its_effect() -> None:
    with cloud("[[faults]]\non = 'read'\nalways = true\ndelay = 600\n") as azure:
        said = interrupted(azure, "read", "--yes")
        assert azure.azure.run_status == "Cancelled"
    assert said.startswith(
        "patchgate: interrupted: 1 cancel call had been sent, and the run may be"
    )
    assert said.endswith(f"patchgate runs show {RUN}")


def test_ctrl_c_before_the_call_says_that_nothing_was_sent() -> None:
    with cloud("[[faults]]\non = 'graph'\nalways = true\ndelay = 600\n") as azure:
        said = interrupted(azure, "graph", "--yes")
        assert azure.asked("cancel") == []
    assert said == "patchgate: interrupted; nothing was sent"


@pytest.mark.parametrize(
    ("typed", "code", "status"),
    [("y", 0, "Cancelled"), ("", 1, "Pending")],
    ids=["yes", "enter"],
)
def test_a_person_at_a_terminal_is_asked(typed: str, code: int, status: str) -> None:
    ours, theirs = os.openpty()
    with cloud() as azure, command(azure, stdin=theirs) as process:
        os.write(ours, f"{typed}\n".encode())
        _, err = process.communicate(timeout=PATIENCE)
        assert azure.azure.run_status == status
    os.close(ours)
    os.close(theirs)
    assert process.returncode == code
    assert "Weekly, run 20260301020000: 5 machines, starts at" in err
    assert "Cancel the whole run? [y/N]" in err
