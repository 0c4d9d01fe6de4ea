"""The workbook's queries: KQL over columns that exist, and run over what the app tells.

Columns: tests/kql/logs.json, and https://learn.microsoft.com/azure/azure-monitor/reference/tables/appmetrics
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb_kql
import pytest

from core.ids import DRILL
from core.measures import METRICS, Report, measures
from handlers.steps.announce import announce
from handlers.telemetry.fields import FIELDS
from tests.infra.lines import NOW, gate, rescue, run

ROOT = Path(__file__).parents[2]
QUERIES = sorted((ROOT / "infra" / "queries" / "workbook").glob("*.kql"))


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that writes the workbook."""
    spec = importlib.util.spec_from_file_location("workbook", ROOT / "tools" / "workbook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_workbook_is_what_its_queries_say(tool: ModuleType) -> None:
    """If this fails, run: python tools/workbook.py (in the virtual environment)."""
    assert tool.FILE.read_text(encoding="utf-8") == tool.workbook()
    assert sorted(part.query for part in tool.PARTS) == [path.stem for path in QUERIES]


class Workspace:
    """A workspace with what the app tells; `telemetry`: with its fields and measurements."""

    def __init__(self, caplog: pytest.LogCaptureFixture, *, telemetry: bool = True) -> None:
        self._caplog, self._telemetry = caplog, telemetry
        self._tables = duckdb_kql.connect()
        self._tables.execute("SET TimeZone = 'UTC'")
        self._tables.execute(
            "CREATE TABLE AppTraces (TimeGenerated TIMESTAMPTZ, Message VARCHAR, Properties JSON)"
        )
        self._tables.execute(
            "CREATE TABLE AppMetrics"
            " (TimeGenerated TIMESTAMPTZ, Name VARCHAR, Sum DOUBLE, Properties JSON)"
        )
        caplog.set_level(logging.INFO, logger="patchgate")

    def say(self, hours: float, report: Report) -> None:
        """The app announces a report, and measures it."""
        self._caplog.clear()
        announce(report)
        (record,) = self._caplog.records
        moment = NOW - timedelta(hours=hours)
        fields = {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        told = json.dumps({k: str(v) for k, v in fields.items()} if self._telemetry else {})
        line = [moment, record.getMessage(), told]
        self._tables.execute("INSERT INTO AppTraces VALUES (?, ?, ?)", line)
        for one in measures(report) if self._telemetry else ():
            attributes = json.dumps({k: str(v) for k, v in one.attributes.items()})
            number = [moment, one.metric.name, one.value, attributes]
            self._tables.execute("INSERT INTO AppMetrics VALUES (?, ?, ?, ?)", number)

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of that query."""
        (path,) = (path for path in QUERIES if path.stem == query)
        text = path.read_text(encoding="utf-8")
        found = duckdb_kql.kql(self._tables, text, allow_write=False, query_now=NOW)
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def told(caplog: pytest.LogCaptureFixture, *, telemetry: bool = True) -> Workspace:
    """Two gates, of which one is told twice; a rescue, and a drill."""
    workspace = Workspace(caplog, telemetry=telemetry)
    workspace.say(30, gate("proceeded", run("1"), unknown=3))
    workspace.say(5, gate("cancelled", run("2"), gaps=1))
    workspace.say(4, gate("cancelled", run("2"), gaps=1))
    workspace.say(3, rescue(run("3"), confirmed=False))
    workspace.say(2, gate("drill", run(f"{DRILL}1")))
    return workspace


def test_runs_are_listed_once_newest_first_with_what_came_of_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rows = told(caplog).ask("runs")
    assert [row["Name"] for row in rows] == [f"{DRILL}1", "3", "2", "1"]
    assert [row["Ending"] for row in rows] == ["drill", "not confirmed", "cancelled", "proceeded"]
    assert [row["Unknown"] for row in rows] == [0, 0, 1, 3]
    assert rows[2]["Margin"] == -600
    assert rows[2]["What"].startswith("run cancelled and confirmed: c: it is off")
    assert {row["Configuration"] for row in rows} == {"weekly"}
    assert rows[1]["Story"] == "rescue"


def test_without_telemetry_runs_and_reasons_are_known_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """From the lines alone; margins are not in them."""
    workspace = told(caplog, telemetry=False)
    rows = workspace.ask("runs")
    assert [row["Ending"] for row in rows] == ["drill", "not confirmed", "cancelled", "proceeded"]
    assert {row["Margin"] for row in rows} == {None}
    assert [(row["Reason"], row["Gates"]) for row in workspace.ask("reasons")] == [("c", 1)]
    assert workspace.ask("margins") == []


def test_decisions_are_counted_once_and_without_drills(caplog: pytest.LogCaptureFixture) -> None:
    rows = told(caplog).ask("decisions")
    counted = {row["Ending"]: row["Gates"] for row in rows}
    assert counted == {"proceeded": 1, "cancelled": 1, "not confirmed": 1}


def test_reasons_are_those_of_every_gate(caplog: pytest.LogCaptureFixture) -> None:
    """Both gates of these tests name one, also the one that went ahead."""
    assert [(row["Reason"], row["Gates"]) for row in told(caplog).ask("reasons")] == [("c", 2)]


def test_margins_and_durations_are_those_of_gates(caplog: pytest.LogCaptureFixture) -> None:
    rows = told(caplog).ask("margins")
    assert [(row["Margin"], row["Duration"]) for row in rows] == [(-600.0, 0.0)] * 2


def test_outcomes_are_added_up_by_check_without_drills(caplog: pytest.LogCaptureFixture) -> None:
    rows = {row["Check"]: row for row in told(caplog).ask("outcomes")}
    assert rows["required"]["Unknown"] == 3
    assert rows["required"]["Passed"] == 3
    assert rows["required"]["UnknownShare"] == 0.5
    assert rows["advisory"]["UnknownShare"] == 0


def test_cancels_are_counted_by_whether_they_are_confirmed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    (row,) = told(caplog).ask("cancels")
    assert (row["Calls"], row["Confirmed"], row["NotConfirmed"]) == (0, 0, 1)


def test_every_name_in_the_queries_is_one_that_the_app_uses() -> None:
    """A field or a metric that is called something else would be an empty column."""
    known = {*FIELDS, *(metric.name for metric in METRICS)}
    for path in QUERIES:
        text = path.read_text(encoding="utf-8")
        used = {part for part in text.split('"') if part.startswith("patchgate.")}
        assert used <= known, path.name


def test_every_query_is_kql_and_what_is_none_is_found() -> None:
    _need_node()
    texts = [path.read_text(encoding="utf-8") for path in QUERIES]
    wrong = [
        texts[0].replace("AppMetrics", "AppMetric", 1),
        texts[-1].replace("| where", "| wher", 1),
    ]
    found = _parsed([*texts, *wrong])
    assert [parsed["problems"] for parsed in found[: len(texts)]] == [[]] * len(texts)
    assert all(parsed["problems"] for parsed in found[len(texts) :])


def _parsed(texts: list[str]) -> list[dict[str, Any]]:
    logs = json.loads((ROOT / "tests" / "kql" / "logs.json").read_text(encoding="utf-8"))
    more = json.loads((Path(__file__).parent / "columns.json").read_text(encoding="utf-8"))
    queries = [{"name": str(number), "text": text} for number, text in enumerate(texts)]
    answer = subprocess.run(
        ["node", "check.js"],
        cwd=ROOT / "tests" / "kql",
        input=json.dumps({"schema": {**logs, **more}, "queries": queries}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    answers: list[dict[str, Any]] = json.loads(answer.stdout)
    return answers


def _need_node() -> None:
    installed = ROOT / "node_modules" / "@kusto" / "language-service-next"
    if shutil.which("node") and installed.is_dir():
        return
    reason = "needs node and its packages: install node 18 or newer, then `make test` gets the rest"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must not do without")
    pytest.skip(reason)
