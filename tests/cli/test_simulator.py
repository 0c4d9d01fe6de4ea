"""`patchgate simulator`: an Azure on this machine, for other commands."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.cli.published import hold

ROOT = Path(__file__).parents[2]


@contextmanager
def simulator(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, in a process of its own, ended as by Ctrl-C."""
    with subprocess.Popen(
        [sys.executable, "-m", "cli.main", "simulator", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.send_signal(signal.SIGINT)


def test_it_serves_the_run_of_an_event_until_it_is_stopped() -> None:
    """Another process can read the run, under the ids that were printed."""
    with simulator("--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        hold(told, "simulator")
        answer = requests.get(
            told["arm"] + told["run"],
            params={"api-version": "2023-09-01-preview"},
            headers={"Authorization": "Bearer x"},
            timeout=10,
        )
        assert answer.json()["properties"]["status"] == "Pending"
        assert told["run"].startswith(told["configuration"])
    assert process.returncode == 0


def test_a_person_is_told_how_to_use_it() -> None:
    with simulator("--scenario", "samples/scenarios/one-machine-says-no.toml") as process:
        assert process.stdout is not None
        said = "".join(process.stdout.readline() for _ in range(7))
    assert re.search(r"--arm http://127\.0\.0\.1:\d+", said)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with simulator("--port", port) as process:
            _, problem = process.communicate(timeout=30)
    assert process.returncode == 2
    assert f"port {port} cannot be used" in problem
