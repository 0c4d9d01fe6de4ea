"""What `make package` builds is the whole app: Azure's worker runs it from that folder alone."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from core.clock import SystemClock
from handlers.events import parse_event
from simulator import Azure, load_scenario, serve
from tests.durable_host import Instance
from tests.processes.events import pre_event_of
from tests.runtime.extension import Extension, extension
from tests.runtime.worker import FunctionFailed, Message, Worker
from tools.package import Package, build

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PATIENCE = 300.0  # seconds: then the process hangs
SCENARIO = "[[machines]]\ncount = 3\n[[machines]]\nname = 'pinned'\ntags = { patch = 'never' }\n"
OWN_CHECK = '''
from checks import Machine, Verdict, blocked, check


@check(isolation="process")
def in_a_process(machine: Machine) -> Verdict:
    """Asked in a process of its own."""
    return blocked("it was asked")
'''


@dataclass(frozen=True, kw_only=True)
class Alone:
    """The app in its process, for the stand-in of the Durable extension to invoke."""

    process: subprocess.Popen[str]
    log: Path

    def ask(self, what: str, **told: Any) -> Any:
        """Raises `FunctionFailed` with what was raised there."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"ask": what, "told": told}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the app ended: {self.log.read_text(encoding='utf-8')[-4000:]}"
        answer = json.loads(line)
        if "failed" in answer:
            raise FunctionFailed(answer["failed"])
        return answer["answer"]

    def invoke_for_json(self, function: str, payload: str, client: Message) -> Any:
        """What `Extension` asks of a worker."""
        told = {"function": function, "payload": payload, "client": client.json}
        return self.ask("invoke_for_json", **told)


@dataclass(frozen=True, kw_only=True)
class World:
    """A package that runs beside a simulated Azure, and an event for it."""

    app: Alone
    azure: Azure
    event: dict[str, Any]
    hub: Extension


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Built once, and given a check as users would."""
    package = build(ROOT, tmp_path_factory.mktemp("built"))
    (package.folder / "my_checks" / "in_a_process.py").write_text(OWN_CHECK, encoding="utf-8")
    return package


@contextmanager
def started(package: Package, log: Path, environment: dict[str, str]) -> Iterator[Alone]:
    """The package's app: its own process, no environment but this, nothing of the checkout."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    with log.open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-I", str(HERE / "alone.py"), str(HERE / "worker.py")],
            cwd=package.folder,
            env={**kept, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    last_resort = threading.Timer(PATIENCE, process.kill)
    last_resort.start()
    try:
        with process:
            yield Alone(process=process, log=log)
    finally:
        last_resort.cancel()
        process.kill()


@pytest.fixture(scope="module")
def running(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The package, started, and told of a simulated Azure with a run in 38 minutes."""
    log = tmp_path_factory.mktemp("running") / "log"
    envelope = pre_event_of("weekly-prod", datetime.now(UTC), minutes=38)
    event = parse_event(envelope)
    azure = Azure(
        load_scenario(SCENARIO),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=SystemClock(),
    )
    with (
        serve(azure) as url,
        started(package, log, {"PATCHGATE_SIMULATOR": url}) as app,
        extension(cast("Worker", app)) as hub,
    ):
        yield World(app=app, azure=azure, event=envelope, hub=hub)


@pytest.fixture(scope="module")
def gate(running: World) -> Instance:
    """The story of the event, to its end."""
    return played(running)


def played(running: World) -> Instance:
    """Event Grid delivers the event, and the orchestration that it starts is played."""
    told = {"data": json.dumps(running.event), "client": running.hub.client.json}
    running.app.ask("invoke", function="maintenance_event", **told)
    running.hub.play()
    (gate,) = running.hub.host.instances.values()
    assert gate.state == "Completed", gate.error
    return gate


def test_nothing_of_the_checkout_can_be_imported(running: World) -> None:
    """Else this would prove nothing: what the package lacks would be found there."""
    packages = Path(sys.prefix).resolve()
    entries = [Path(entry).resolve() for entry in running.app.ask("path")]
    inside = [entry for entry in entries if entry.is_relative_to(ROOT)]
    assert [entry for entry in inside if not entry.is_relative_to(packages)] == []
    assert running.app.ask("importable", names=["simulator", "cli", "tools", "pytest"]) == []
    assert running.app.ask("importable", names=["core", "handlers"]) == ["core", "handlers"]


def test_every_function_is_indexed(running: World) -> None:
    """Those that function_app.py names, and no others."""
    tree = ast.parse((ROOT / "function_app.py").read_text(encoding="utf-8"))
    named = [
        str(call.args[0].value)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "function_name"
        and isinstance(call.args[0], ast.Constant)
    ]
    assert "maintenance_event" in named
    assert running.app.ask("functions") == sorted(named)


def test_an_event_is_judged_and_its_run_cancelled(running: World, gate: Instance) -> None:
    """The event, every replay of the gate, each of its activities, the call and the report."""
    assert gate.output["ending"] == "cancelled"
    assert "opt_out_tag" in {one["about"] for one in gate.output["decision"]["because"]}
    assert running.azure.run_status == "Cancelled"


def test_an_activity_answers(running: World, gate: Instance) -> None:
    """One by itself, with the request that the gate made."""
    request = next(request for _, name, request in gate.steps if name == "find_machines")
    client = running.hub.client
    answer = running.app.invoke_for_json("find_machines", json.dumps(request), client)
    assert "pinned" in json.dumps(answer)


def test_every_module_of_the_package_can_be_imported(running: World, package: Package) -> None:
    """With the packages of requirements.txt, and without any other that is installed here."""
    imported = running.app.ask("imported")
    assert len(imported) == sum(file.endswith(".py") for file in package.files) + 1
    assert "my_checks.in_a_process" in imported
    assert running.app.ask("outside") == []


def test_a_check_of_ones_own_is_asked_in_a_process_of_its_own(gate: Instance) -> None:
    """Which begins in the folder too, and finds there what it needs."""
    because = gate.output["decision"]["because"]
    (reason,) = (one["text"] for one in because if one["about"] == "in_a_process")
    assert "it was asked" in reason


def test_no_test_and_no_page_is_inside(package: Package) -> None:
    """Only code, queries, and the four files that Azure and the gate read."""
    for file in package.files:
        words = {*Path(file).parts}
        assert not words & {"tests", "testing", "docs", "samples", "cli", "simulator"}, file
        assert not Path(file).name.startswith(("test_", "conftest", "README", "LICENSE")), file
    others = {file for file in package.files if not file.endswith((".py", ".kql", "py.typed"))}
    assert others == {"gate.toml", "host.json", "requirements.txt"}


def test_its_requirements_are_what_is_installed(
    running: World, package: Package, capsys: pytest.CaptureFixture[str]
) -> None:
    """And how large all of it is."""
    packages = running.app.ask("packages")
    assert packages["missing"] == []
    assert packages["count"] > 20
    with capsys.disabled():
        sys.stderr.write(
            f"\nthe package: {len(package.files)} files, {package.size / 1e6:.2f} MB;"
            f" what requirements.txt installs: {packages['count']} packages,"
            f" {packages['bytes'] / 1e6:.1f} MB\n"
        )
