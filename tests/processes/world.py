"""Azure, the Durable extension and the worker, each a process of its own, and one clock for all."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from core.timeline import LATEST_CANCEL
from tests.processes.clock import StoryClock
from tests.processes.events import pre_event_of, run_key
from tests.processes.process import Process

__all__ = ["BLOCKED", "FINE", "Run", "State", "World", "world"]

FINE = "machines = [{ name = 'MACHINE-{n}', count = 2 }]"
BLOCKED = (
    "machines = [{ name = 'MACHINE-{n}', count = 2 },"
    " { name = 'MACHINE-pinned', tags = { patch = 'never' } }]"
)
_EVENING = datetime(2026, 11, 28, 2, 25, tzinfo=UTC)
_LOOK_AGAIN = 0.1  # real seconds

State = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The next run of one schedule. `blocked`: a check will speak against it."""

    schedule: str
    envelope: dict[str, Any]
    blocked: bool

    @property
    def key(self) -> str:
        """The run's id as everybody compares it."""
        return run_key(self.envelope)

    @property
    def cut_off(self) -> datetime:
        """Until when Azure promises to hear a cancel call."""
        return datetime.fromisoformat(self.envelope["data"]["StartDateTime"]) - LATEST_CANCEL


class World:
    """Starts the processes, kills them, and asks them how things stand."""

    def __init__(self, folder: Path, speed: float, rules: str) -> None:
        self._folder, self._speed = folder, speed
        self.patience = 240.0  # real seconds, for whatever is waited for
        self._port, self._line = _free_port(), _free_port()
        self._processes: list[Process] = []
        self._zygote = self._start("worker_process")
        assert self._zygote.hear() == "ready"
        self._time = folder / "clock"
        self.clock = StoryClock.begun(self._time, _EVENING, speed)
        self._azure = self._start("azure_process", str(self._time), rules)
        self._simulator = json.loads(self._azure.hear())["url"]
        self._extension = self._host()
        self._worker = 0

    # Azure

    def foresee(
        self, schedules: Sequence[str], *, minutes: float, blocked: bool = False
    ) -> list[Run]:
        """Runs that start so many minutes from now. Azure has not heard of them."""
        now = self.clock.now()
        return [
            Run(schedule=name, envelope=pre_event_of(name, now, minutes=minutes), blocked=blocked)
            for name in schedules
        ]

    def plan(self, schedules: Sequence[str], *, blocked: bool, minutes: float = 35) -> list[Run]:
        """The same, and Azure has them: two machines each, and one that is tagged patch=never."""
        runs = self.foresee(schedules, minutes=minutes, blocked=blocked)
        machines = BLOCKED if blocked else FINE
        self._ask_azure({"add": [[run.envelope, run.schedule] for run in runs], "as": machines})
        return runs

    def truth(self) -> dict[str, Any]:
        """What really has become of the runs: see `azure_process`."""
        return self._ask_azure({})

    def _ask_azure(self, command: dict[str, Any]) -> dict[str, Any]:
        self._azure.say(json.dumps(command))
        answer: dict[str, Any] = json.loads(self._azure.hear())
        return answer

    # The Durable extension, with Event Grid in front of it

    def deliver(self, runs: Sequence[Run]) -> None:
        """Event Grid has these events."""
        self._ask("POST", "events", [run.envelope for run in runs])

    def state(self) -> State:
        """Every instance and every delivery."""
        return self._ask("GET", "state")

    def until(self, condition: Callable[[State], bool]) -> State:
        """Wait until it holds of the state; generously, for it is a busy machine."""
        limit = time.monotonic() + self.patience
        while True:
            state = self.state()
            if condition(state):
                return state
            assert time.monotonic() < limit, json.dumps(state, indent=1)[:20_000]
            time.sleep(_LOOK_AGAIN)

    def kill_host(self) -> None:
        """Kill -9 the extension, with whatever it had in its memory."""
        self._extension.kill()
        self.clock.pace(self._speed)

    def start_host(self) -> None:
        """Bring it back, with what it has on disk."""
        self._extension = self._host()

    def _host(self) -> Process:
        words = map(str, (self._folder, self._time, self._speed, self._port, self._line))
        host = self._start("extension_process", *words)
        assert host.hear() == "ready"
        return host

    def _ask(self, method: str, what: str, body: object = None) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self._port}/control/{what}"
        response = requests.request(method, url, json=body, timeout=60)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    # Workers

    def employ(self, place: str = "", run: str = "") -> None:
        """A worker begins; it stops for ever at that place of that run's story."""
        job = {
            "simulator": self._simulator,
            "url": f"http://127.0.0.1:{self._port}",
            "line": self._line,
            "clock": str(self._time),
            "place": place,
            "run": run,
        }
        self._zygote.say(json.dumps(job))
        self._worker = int(self._zygote.hear())

    def kill_when_held(self) -> None:
        """Kill -9 the worker as soon as it has come to its place."""
        assert self._zygote.hear() == "held"
        self.kill_worker()

    def kill_worker(self) -> None:
        """Kill -9, wherever it is."""
        os.kill(self._worker, signal.SIGKILL)

    def _start(self, module: str, *arguments: str) -> Process:
        process = Process(module, *arguments, log=self._folder / f"{module}.log")
        self._processes.append(process)
        return process

    def end(self) -> None:
        """Kill whatever is left."""
        if self._worker:
            with suppress(ProcessLookupError):
                self.kill_worker()
        for process in self._processes:
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def world(folder: Path, *, speed: float = 2, rules: str = "") -> Iterator[World]:
    """A world with an Azure by these rules; `speed` is that of time while somebody works."""
    made = World(folder, speed, rules)
    try:
        yield made
    finally:
        made.end()
