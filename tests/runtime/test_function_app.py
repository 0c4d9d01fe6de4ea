"""`function_app.py`, indexed and invoked by Azure's own worker library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from azure.durable_functions.models.utils import http_utils

from core.clock import SystemClock
from core.ids import DRILL
from core.model import PreMaintenanceEvent
from core.settings import Settings
from handlers.app import Patchgate
from handlers.events import parse_event
from simulator import Azure, load_scenario, serve
from tests.runtime.extension import Extension, extension
from tests.runtime.worker import FunctionFailed, Message, Worker, http_request

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples" / "events"
PINNED = "[[machines]]\ncount = 3\n[[machines]]\nname = 'pinned'\ntags = { patch = 'never' }\n"


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """The app, indexed once."""
    worker = Worker(ROOT)
    yield worker
    worker.loop.run_until_complete(http_utils._close_session())  # noqa: SLF001 - no public way
    worker.loop.close()


@pytest.fixture
def hub(worker: Worker) -> Iterator[Extension]:
    """A task hub without any orchestration."""
    with extension(worker) as hub:
        yield hub


def tonight(name: str, begins: int = 38) -> dict[str, Any]:
    """A sample event whose run starts that many minutes from now."""
    text = (SAMPLES / f"{name}.json").read_text(encoding="utf-8")
    text = text.replace("2026-11-28T02:22:00.1234567Z", _iso(0))
    for minute, then in (
        ("05:00:00", begins + 120),
        ("03:00:00", begins),
        ("02:59:00", begins - 1),
    ):
        text = text.replace(f"2026-11-28T{minute}Z", _iso(then))
    event = json.loads(text)
    envelope: dict[str, Any] = event[0] if isinstance(event, list) else event
    return envelope


def _iso(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


@contextmanager
def azure_of(
    envelope: dict[str, Any],
    scenario: str,
    *,
    checks: Path | None = None,
    settings: dict[str, str] | None = None,
) -> Iterator[Azure]:
    """A simulated Azure with the run of that event; the app is told to use it, and these checks."""
    event = parse_event(envelope)
    azure = Azure(
        load_scenario(scenario),
        run=event.run,
        start=event.start,
        end=event.end,
        subscriptions=event.subscriptions,
        clock=SystemClock(),
    )
    with serve(azure) as url:
        environment = {"PATCHGATE_SIMULATOR": url, **(settings or {})}
        if checks is not None:
            environment["PATCHGATE_CHECKS_FOLDER"] = str(checks)
        gate = Patchgate(Settings.from_environment(environment), root=ROOT)
        with replaced(gate):
            yield azure


@contextmanager
def replaced(gate: Patchgate) -> Iterator[None]:
    """What the bindings call, with other settings than those of the environment."""
    app: Any = sys.modules["function_app"]
    original: Callable[[], Patchgate] = app.patchgate
    app.patchgate = lambda: gate
    try:
        yield
    finally:
        app.patchgate = original


def deliver(worker: Worker, hub: Extension, envelope: dict[str, Any]) -> None:
    """Event Grid delivers: the host hands the event to the trigger."""
    worker.invoke("maintenance_event", Message(json=json.dumps(envelope)), client=hub.client)


def test_the_runtime_indexes_every_function(worker: Worker) -> None:
    """Names, triggers and routes are what the host and the stories expect."""
    triggers = {
        name: next(b for b in worker.bindings(name) if b["type"].endswith("Trigger"))
        for name in worker.functions
    }
    kinds = {name: trigger["type"] for name, trigger in triggers.items()}
    assert kinds == {
        "maintenance_event": "eventGridTrigger",
        "gate": "orchestrationTrigger",
        "aftermath": "orchestrationTrigger",
        "rescue": "orchestrationTrigger",
        "restore": "orchestrationTrigger",
        "watchdog": "timerTrigger",
        "list_checks": "activityTrigger",
        "find_machines": "activityTrigger",
        "ask_check": "activityTrigger",
        "cancel_run": "activityTrigger",
        "act": "activityTrigger",
        "expect_end": "activityTrigger",
        "recall": "activityTrigger",
        "rehearse_cancel": "activityTrigger",
        "read_ending": "activityTrigger",
        "announce": "activityTrigger",
        "gates": "httpTrigger",
        "gate_report": "httpTrigger",
    }
    for name, route in {"gates": "gates", "gate_report": "gates/{key}"}.items():
        assert triggers[name]["route"] == route
        assert triggers[name]["authLevel"] == "FUNCTION"
        assert triggers[name]["methods"] == ["GET"]
    assert triggers["watchdog"]["schedule"] == "0 * * * * *"  # every minute


@pytest.mark.parametrize("name", ["pre.eventgrid", "pre.cloudevents"])
def test_an_event_becomes_a_cancelled_run(worker: Worker, hub: Extension, name: str) -> None:
    """The whole production path: trigger, Durable client, orchestrator, activities, cancel call."""
    envelope = tonight(name)
    with azure_of(envelope, PINNED) as azure:
        deliver(worker, hub, envelope)
        hub.play()
        (gate,) = hub.host.instances.values()
        assert gate.state == "Completed", gate.error
        assert gate.output["ending"] == "cancelled"
        assert gate.output["decision"]["because"][0]["about"] == "opt_out_tag"
        assert gate.output["machine_count"] == 4
        assert azure.run_status == "Cancelled"
        event = parse_event(envelope)
        assert isinstance(event, PreMaintenanceEvent)
        puts = [seen.path for seen in azure.seen if seen.method == "PUT"]
        assert {path.lower() for path in puts} == {event.run.key}


def test_a_drill_is_judged_and_writes_nothing(worker: Worker, hub: Extension) -> None:
    """The same path, up to the cancel call, which is rehearsed."""
    envelope = tonight("pre.eventgrid")
    configuration = envelope["topic"]
    run = f"{configuration}/providers/microsoft.maintenance/applyupdates/{DRILL}1"
    envelope["data"]["CorrelationId"] = run
    with azure_of(tonight("pre.eventgrid"), PINNED) as azure:
        deliver(worker, hub, envelope)
        hub.play()
        (gate,) = hub.host.instances.values()
        assert gate.state == "Completed", gate.error
        assert (gate.output["ending"], gate.output["cancellation"]) == ("drill", None)
        assert gate.output["rehearsal"]["reached"]
        assert {seen.method for seen in azure.seen if seen.what != "graph"} == {"GET"}
        assert azure.run_status == "Pending"


TICK = Message(json=json.dumps({"Schedule": {}, "ScheduleStatus": None, "IsPastDue": False}))


def test_the_watchdog_cancels_what_a_stuck_engine_holds_up(worker: Worker, hub: Extension) -> None:
    """The gate was accepted and never played; its run is about to be patched."""
    envelope = tonight("pre.eventgrid", begins=8)
    with azure_of(envelope, "[[machines]]\ncount = 3\n") as azure:
        hub.host.now -= timedelta(minutes=5)  # when the gate was started
        deliver(worker, hub, envelope)
        worker.invoke("watchdog", TICK, client=hub.client)
        assert azure.run_status == "Cancelled"
        gate, rescue = hub.host.instances.values()
        assert (gate.name, gate.state) == ("gate", "Pending")
        assert rescue.name == "rescue"
        hub.host.run()
        assert rescue.output["because"].endswith("its gate has no result")


def test_the_watchdog_leaves_a_gate_alone_that_has_answered(worker: Worker, hub: Extension) -> None:
    """Though it answered in the last minute."""
    envelope = tonight("pre.eventgrid", begins=8)
    with azure_of(envelope, "[[machines]]\ncount = 3\n") as azure:
        hub.host.now -= timedelta(minutes=5)
        deliver(worker, hub, envelope)
        hub.play()
        asked = len(azure.seen)
        worker.invoke("watchdog", TICK, client=hub.client)
        assert len(azure.seen) == asked
        assert len(hub.host.instances) == 1


def test_a_fine_run_is_left_alone(worker: Worker, hub: Extension) -> None:
    """The same path, and nothing is written to Azure."""
    envelope = tonight("pre.eventgrid")
    with azure_of(envelope, "[[machines]]\ncount = 3\n") as azure:
        deliver(worker, hub, envelope)
        hub.play()
        (gate,) = hub.host.instances.values()
        assert gate.output["ending"] == "proceeded"
        assert {seen.what for seen in azure.seen} == {"graph"}


MARKING = """
from pathlib import Path

from actions import Context, Machine, Result, action, done


def unmark(machine: Machine, ctx: Context) -> Result:
    \"\"\"Take the mark away again.\"\"\"
    Path(ctx.memory["mark"]).unlink()
    return done("unmarked")


@action(undo=unmark)
def mark(machine: Machine, ctx: Context) -> Result:
    \"\"\"Every machine has a mark.\"\"\"
    file = Path(__file__).with_name(f"{machine.name}.mark")
    ctx.remember(mark=str(file))
    file.write_text("marked", "utf-8")
    return done("marked")
"""


def test_what_an_action_has_changed_is_put_back_without_a_post_event(
    worker: Worker, hub: Extension, tmp_path: Path
) -> None:
    """The story of putting back is started through the Durable client of a step."""
    (tmp_path / "marking.py").write_text(MARKING, encoding="utf-8")
    (tmp_path / "gate.toml").write_text("[actions.mark]\n", encoding="utf-8")
    settings = {
        "PATCHGATE_ACTIONS_FOLDER": str(tmp_path),
        "PATCHGATE_POLICY_FILE": str(tmp_path / "gate.toml"),
    }
    envelope = tonight("pre.eventgrid")
    with azure_of(envelope, "[[machines]]\ncount = 3\n", settings=settings):
        deliver(worker, hub, envelope)
        hub.play()
    gate, restore = hub.host.instances.values()
    assert gate.output["ending"] == "proceeded"
    assert gate.output["actions"][0]["tally"]["passed"] == 3
    assert (restore.name, restore.output["undone"][0]["tally"]["passed"]) == ("restore", 3)
    assert list(tmp_path.glob("*.mark")) == []


SEIZING = """
import re

from checks import Machine, Verdict, check, passed


@check(isolation="process", timeout=1)
def seizing(machine: Machine) -> Verdict:
    \"\"\"It never lets go of the interpreter lock.\"\"\"
    return passed(found=bool(re.match(r"(a+)+$", "a" * 60 + "b")))
"""


def test_a_check_that_seizes_its_process_is_killed_there(
    worker: Worker, hub: Extension, tmp_path: Path
) -> None:
    """In the worker's process the cancel call would never get a turn."""
    (tmp_path / "seizing.py").write_text(SEIZING, encoding="utf-8")
    envelope = tonight("pre.eventgrid")
    with azure_of(envelope, "[[machines]]\ncount = 3\n", checks=tmp_path) as azure:
        deliver(worker, hub, envelope)
        hub.play()
        (gate,) = hub.host.instances.values()
        assert gate.output["ending"] == "cancelled"
        (reason,) = gate.output["decision"]["because"]
        assert (reason["about"], "did not answer in time" in reason["text"]) == ("seizing", True)
        assert azure.run_status == "Cancelled"


AFTER = """
from checks import Run, Verdict, blocked, check, passed


@check(when="after")
def everything_is_installed(run: Run) -> Verdict:
    \"\"\"Every machine is patched.\"\"\"
    failed = [machine.name for machine in run.machines if machine.update_status != "Succeeded"]
    return blocked(f"not patched: {', '.join(failed)}") if failed else passed()
"""


def test_a_check_after_the_run_judges_how_it_ended(
    worker: Worker, hub: Extension, tmp_path: Path
) -> None:
    """It sees every machine with Azure's word for it, and its objection is in the report."""
    (tmp_path / "after.py").write_text(AFTER, encoding="utf-8")
    envelope = tonight("post.eventgrid", begins=-120)
    scenario = "[run]\nends_after = 60\n[[machines]]\ncount = 2\n[[machines]]\n"
    scenario += "name = 'web'\nresult = 'Failed'\n"
    with azure_of(envelope, scenario, checks=tmp_path):
        deliver(worker, hub, envelope)
        hub.play()
    (aftermath,) = hub.host.instances.values()
    assert aftermath.state == "Completed", aftermath.error
    assert aftermath.output["ended"] == "failed"
    (finding,) = aftermath.output["findings"]
    assert (finding["about"], finding["text"]) == ("everything_is_installed", "not patched: web")


def test_a_second_delivery_starts_nothing(worker: Worker, hub: Extension) -> None:
    """Neither while the gate is at work nor after its end."""
    envelope = tonight("pre.eventgrid")
    with azure_of(envelope, PINNED):
        for _ in range(3):
            deliver(worker, hub, envelope)
        hub.play()
        deliver(worker, hub, envelope)
        hub.play()
    assert [method for method, _ in hub.requests].count("POST") == 1
    (gate,) = hub.host.instances.values()
    assert [name for _, name, _ in gate.steps].count("announce") == 1


def test_reports_are_there_to_be_read(worker: Worker, hub: Extension) -> None:
    """GET /api/gates lists the gate, GET /api/gates/{key} has its report."""
    envelope = tonight("pre.eventgrid")
    with azure_of(envelope, PINNED):
        deliver(worker, hub, envelope)
        hub.play()
        listed = get(worker, hub, "gates")
        assert listed[0] == 200
        (line,) = listed[1]["gates"]
        assert line["status"]["ending"] == "cancelled"
        status, told = get(worker, hub, "gate_report", key=line["key"])
        assert (status, told["report"]["ending"]) == (200, "cancelled")


@pytest.mark.parametrize("key", ["gate-nothing-0123456789abcdef", "../x", "gate-a/../b", "x" * 300])
def test_a_report_that_is_not_there_is_404(worker: Worker, hub: Extension, key: str) -> None:
    """And what is no key is not looked for."""
    with azure_of(tonight("pre.eventgrid"), ""):
        status, told = get(worker, hub, "gate_report", key=key)
    assert status == 404
    assert "GET /api/gates" in told["error"]["message"]
    assert all(".." not in path and len(path) < 200 for _, path in hub.requests)


@pytest.mark.parametrize("hours", ["0", "-1", "x", "²", "9" * 50, "2161"])
def test_hours_that_are_none_are_refused(worker: Worker, hub: Extension, hours: str) -> None:
    """One sentence says what is legal."""
    with azure_of(tonight("pre.eventgrid"), ""):
        status, told = get(worker, hub, "gates", query={"hours": hours})
    assert status == 400
    assert "1 to 2160" in told["error"]["message"]


def test_an_event_that_is_not_understood_fails_the_invocation(
    worker: Worker, hub: Extension
) -> None:
    """The host answers 500, so that Event Grid delivers again and dead-letters it in the end."""
    envelope = tonight("pre.eventgrid")
    envelope["data"]["CorrelationId"] += "/../other"
    with azure_of(tonight("pre.eventgrid"), "") as azure:
        with pytest.raises(FunctionFailed, match="CorrelationId"):
            deliver(worker, hub, envelope)
        assert azure.seen == ()
    assert hub.requests == []


@pytest.mark.parametrize("status", [500, 503])
def test_a_hub_that_is_down_to_the_end_leaves_the_run_to_the_trigger(
    worker: Worker, hub: Extension, status: int
) -> None:
    """With no time left to try again, the trigger cancels the run that nothing judges."""
    envelope = tonight("pre.eventgrid", begins=11)
    hub.down = status
    with azure_of(envelope, "") as azure:
        deliver(worker, hub, envelope)
        assert azure.run_status == "Cancelled"
    assert hub.host.instances == {}


def test_a_finished_gate_is_not_started_again_when_the_hub_fails_to_answer(
    worker: Worker, hub: Extension
) -> None:
    """The client takes a 500 for a story that never was; starting it again would judge twice."""
    envelope = tonight("pre.eventgrid", begins=11)
    with azure_of(envelope, ""):
        deliver(worker, hub, envelope)
        hub.play()
        hub.down = 500
        deliver(worker, hub, envelope)
    assert [method for method, _ in hub.requests].count("POST") == 1


def test_the_aftermath_of_a_cancelled_run_knows_that_it_was_ours(
    worker: Worker, hub: Extension
) -> None:
    """A post event is told what its gate did."""
    before, after = tonight("pre.eventgrid"), tonight("post.cloudevents")
    with azure_of(before, PINNED):
        deliver(worker, hub, before)
        hub.play()
        deliver(worker, hub, after)
        hub.play()
    aftermath = next(i for i in hub.host.instances.values() if i.name == "aftermath")
    assert aftermath.output["ended"] == "cancelled by us"


def test_every_bad_setting_is_named_while_indexing() -> None:
    """The app does not start half: all bad settings at once, with name, value and what is legal."""
    environment = {
        **os.environ,
        "PATCHGATE_SIMULATOR": "https://example.org",
        "PATCHGATE_CONFIGURATIONS": "prod",
        "PATCHGATE_MOOD": "good",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import function_app"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    for name in ("PATCHGATE_SIMULATOR", "PATCHGATE_CONFIGURATIONS", "PATCHGATE_MOOD"):
        assert name in done.stderr
    assert "3 problems" in done.stderr


def test_indexing_loads_nothing_heavy() -> None:
    """Cold start: what an event needs is imported with the first event."""
    code = (
        "import sys, function_app;"
        "print([m for m in ('pydantic', 'requests', 'azure.identity', 'azure.mgmt', 'tenacity')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def get(
    worker: Worker,
    hub: Extension,
    function: str,
    *,
    key: str = "",
    query: dict[str, str] | None = None,
) -> tuple[int, Any]:
    """GET one of the HTTP functions."""
    url = f"http://localhost:7071/api/gates/{key}"
    request = http_request(url, route={"key": key} if key else {}, query=query or {})
    answer = worker.invoke(function, request, client=hub.client).return_value.http
    body = answer.body
    text = body.string if hasattr(body, "string") else body.bytes
    return int(answer.status_code), json.loads(text)
