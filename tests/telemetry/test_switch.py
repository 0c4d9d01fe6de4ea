"""Telemetry is for those who choose it; everybody else pays nothing, and nobody's gate waits."""

from __future__ import annotations

import gzip
import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handlers.telemetry import switch
from handlers.telemetry.switch import CHOSEN, UNWANTED, chosen, switch_on
from tests.infra.lines import run
from tests.scripted_server import answer, scripted

ROOT = Path(__file__).parents[2]
_LOADED = """
import sys
import function_app
function_app.patchgate()
from handlers.activities import steps
print(*sorted(m for m in sys.modules if m.startswith(("opentelemetry.sdk", "azure.monitor"))))
print("handlers.telemetry.recorder" in sys.modules)
"""


def _python(code: str, **environment: str) -> str:
    """What a process of its own prints."""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PATCHGATE_CONFIGURATIONS": "*", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_without_the_setting_nothing_of_it_is_loaded() -> None:
    """Not OpenTelemetry's SDK, nor our own part that uses it."""
    assert _python(_LOADED).splitlines() == ["", "False"]


@pytest.mark.parametrize(
    ("value", "on"), [("true", True), (" 1 ", True), ("Yes", True), ("false", False), ("", False)]
)
def test_the_setting_is_read_as_the_worker_reads_it(value: str, *, on: bool) -> None:
    assert chosen({CHOSEN: value}) is on
    assert not chosen({})


def test_the_setting_without_the_packages_is_an_error_in_the_log_and_no_more(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "azure.monitor.opentelemetry", None)
    switch_on({CHOSEN: "true"})
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert "azure-monitor-opentelemetry is not installed" in record.getMessage()


def test_the_workers_own_telemetry_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    """It records URLs, which may hold secrets."""
    switch_on({"PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY": "1"})
    assert f"set {CHOSEN}" in caplog.text


def test_no_library_is_recorded_behind_our_back() -> None:
    """Whatever the installed version would record by itself is switched off."""
    constants = pytest.importorskip("azure.monitor.opentelemetry._constants")
    assert set(constants._ALL_SUPPORTED_INSTRUMENTED_LIBRARIES) <= set(UNWANTED)  # noqa: SLF001


_SENDING = """
import sys
import function_app
function_app.patchgate()
from handlers.telemetry import telling
from handlers.steps.announce import announce
from tests.infra.lines import gate, run
assert telling._recorder is not None
announce(gate("cancelled", run("1"), unknown=1))
from opentelemetry import _logs, metrics, trace
trace.get_tracer_provider().force_flush(20000)
metrics.get_meter_provider().force_flush(20000)
_logs.get_logger_provider().force_flush(20000)
"""


def test_what_is_told_arrives_at_application_insights() -> None:
    """Through Azure's own packages: a line with its fields, a span and measurements."""
    pytest.importorskip("azure.monitor.opentelemetry")
    accepted = json.dumps({"itemsReceived": 1, "itemsAccepted": 1, "errors": []}).encode()
    with scripted(answer(200, accepted)) as server:
        key = "00000000-0000-0000-0000-00000000000a"
        place = (
            f"InstrumentationKey={key};IngestionEndpoint={server.url}/;LiveEndpoint={server.url}/"
        )
        _python(
            _SENDING,
            PYTHON_ENABLE_OPENTELEMETRY="true",
            APPLICATIONINSIGHTS_CONNECTION_STRING=place,
            APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL="true",
            APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED="true",
        )
        items = [item for one in server.received for item in _items(one.body)]
    told = {item["data"]["baseType"]: item["data"]["baseData"] for item in items}
    assert {"MessageData", "MetricData", "RemoteDependencyData"} <= set(told)
    lines = [i["data"]["baseData"] for i in items if i["data"]["baseType"] == "MessageData"]
    (line,) = (one for one in lines if "report gate-1" in one["message"])
    assert line["properties"]["patchgate.run"] == run("1")
    assert line["properties"]["patchgate.ending"] == "cancelled"
    assert line["properties"]["patchgate.unknown"] == "1"
    names = {
        one["name"]
        for item in items
        if item["data"]["baseType"] == "MetricData"
        for one in item["data"]["baseData"]["metrics"]
    }
    assert {"patchgate.stories", "patchgate.gate.unknown_rate"} <= names


def _items(body: bytes) -> list[dict[str, Any]]:
    text = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
    try:
        parsed = json.loads(text)
    except ValueError:
        return []
    found = parsed if isinstance(parsed, list) else []
    return [item for item in found if isinstance(item, dict) and "data" in item]


def test_whatever_fails_while_connecting_leaves_the_app_as_it_was(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise ValueError("AccountKey=n0tF0rAnyb0dy is no connection string")

    monkeypatch.setattr(switch, "_connect", fail)
    switch_on({CHOSEN: "true"})
    assert "telemetry is off: ValueError" in caplog.text
    assert "n0tF0rAnyb0dy" not in caplog.text
