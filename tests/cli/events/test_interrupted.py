"""Ctrl-C: nothing is half done in silence."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.events.cloud import APP, ID, ONE, TOPIC, Cloud, cloud

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0  # seconds of a machine that is busy


def held_up(call: int) -> str:
    """The so-manieth request is not answered."""
    return f"[[faults]]\non = 'arm'\ncalls = [{call}]\ndelay = 600"


@contextmanager
def command(azure: Cloud, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, as a person starts it."""
    program = "from cli.events.commands import app; app()"
    where = ("--configuration", ID, "--arm", azure.url)
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments, *where],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def interrupted(azure: Cloud, requests: int, *arguments: str) -> str:
    """What it says to Ctrl-C once it has sent so many requests."""
    with command(azure, *arguments) as process:
        until = time.monotonic() + PATIENCE
        while sum(seen.what == "arm" for seen in azure.azure.seen) < requests:
            assert time.monotonic() < until, azure.azure.seen
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert out == ""
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize("arguments", [("list",), ("health",), ("add", "--to", APP)])
def test_while_looking_nothing_was_changed(arguments: tuple[str, ...]) -> None:
    with cloud(held_up(2)) as azure:
        err = interrupted(azure, 2, *arguments)
    assert err == "patchgate: interrupted: nothing was changed\n"


@pytest.mark.parametrize("call", [4, 5], ids=["asked", "taken on"])
def test_while_the_topic_is_made_it_may_be_made_or_not(call: int) -> None:
    """The request is under way, or the work is, and only Azure knows what becomes of it."""
    with cloud(held_up(call)) as azure:
        err = interrupted(azure, call, "add", "--to", APP)
    assert "interrupted: Azure was asked, and it may be that the system topic Weekly-events" in err
    assert f"look with patchgate events list --configuration {ID}" in err


def test_what_was_made_before_is_told_apart_from_what_was_asked_for() -> None:
    """Requests: three to look, five about the topic, then the subscription."""
    with cloud(held_up(9)) as azure:
        err = interrupted(azure, 9, "add", "--to", APP)
        assert azure.held(TOPIC)
    assert "interrupted: the system topic Weekly-events was made; " in err
    assert "it may be that the event subscription patchgate was made" in err


def test_at_the_question_nothing_was_removed() -> None:
    with cloud(ONE) as azure, command(azure, "remove", "gate") as process:
        assert process.stderr is not None
        said = ""
        while "[y/N] " not in said:
            character = process.stderr.read(1)
            assert character, said
            said += character
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)
        assert azure.writes() == []
    assert process.returncode == 130
    assert "interrupted: nothing was changed" in err
