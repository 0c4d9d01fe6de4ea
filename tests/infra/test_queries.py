"""The alerts' queries: KQL over columns that exist, and run over the lines that the app writes.

Microsoft's own language service reads them; DuckDB runs them, over lines of `announce` itself.
Neither knows `arg("")`, by which a query of a workspace reads Resource Graph: for both, its tables
are given names of their own. Columns: tests/kql/logs.json, from
https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import duckdb_kql
import pytest

from core.ids import DRILL
from handlers.steps.announce import Report, announce
from tests.infra.bicep import INFRA
from tests.infra.lines import NOW, aftermath, configuration, gate, rescue, run
from tests.infra.world import of_type, usual

KQL = INFRA.parent / "tests" / "kql"
QUERIES = sorted((INFRA / "queries").glob("*.kql"))
RULES = "Microsoft.Insights/scheduledQueryRules"


class Workspace:
    """A workspace with the app's lines, each some hours old."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._tables = duckdb_kql.connect()
        self._tables.execute("SET TimeZone = 'UTC'")
        self._tables.execute("CREATE TABLE AppTraces (TimeGenerated TIMESTAMPTZ, Message VARCHAR)")
        self._tables.execute(
            'CREATE TABLE arg_maintenanceresources (id VARCHAR, "type" VARCHAR, properties JSON)'
        )
        caplog.set_level(logging.INFO, logger="patchgate")
        self.write(30.0, "started gate-20261128030000")  # other lines are there too

    def say(self, hours: float, report: Report) -> None:
        """The app announces a report."""
        self._caplog.clear()
        announce(report)
        self.write(hours, self._caplog.records[0].getMessage())

    def write(self, hours: float, line: str) -> None:
        """A line is logged."""
        moment = NOW - timedelta(hours=hours)
        self._tables.execute("INSERT INTO AppTraces VALUES (?, ?)", [moment, line])

    def show(self, hours: float, run_id: str, status: str = "InProgress") -> None:
        """Resource Graph shows a run that began then."""
        properties = {
            "correlationId": run_id,
            "startDateTime": (NOW - timedelta(hours=hours)).isoformat(),
            "status": status,
        }
        self._tables.execute(
            "INSERT INTO arg_maintenanceresources VALUES (?, ?, ?)",
            [
                run_id,
                "microsoft.maintenance/maintenanceConfigurations/applyUpdates",
                json.dumps(properties),
            ],
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The rows of a query of infra/, with the configurations that stand in its rule."""
        (text,) = [text for text in deployed() if _named(text).startswith(f"// {query}\n")]
        found = duckdb_kql.kql(
            self._tables, text.replace('arg("").', "arg_"), allow_write=False, query_now=NOW
        )
        return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def _named(text: str) -> str:
    """The text with the name of its file in front."""
    first = text.partition("\n")[0]
    (path,) = (path for path in QUERIES if path.read_text("utf-8").partition("\n")[0] == first)
    return f"// {path.stem}\n{text}"


def deployed() -> list[str]:
    """The queries as the rules of main.bicep hold them."""
    rules = of_type(usual(), RULES)
    return [rule.properties["criteria"]["allOf"][0]["query"] for rule in rules]


@pytest.fixture
def workspace(caplog: pytest.LogCaptureFixture) -> Workspace:
    return Workspace(caplog)


def runs(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The names of the runs that are alerted on."""
    return sorted(row["Run"].rpartition("/")[2] for row in rows)


def test_a_run_that_may_be_patching_machines_is_alerted_on(workspace: Workspace) -> None:
    """A gate or a rescue without a confirmed cancel, and an event that came too late."""
    workspace.say(0.1, gate("not confirmed", run("1")))
    workspace.say(0.1, gate("too late", run("2")))
    workspace.say(0.1, rescue(run("3"), confirmed=False))
    workspace.say(0.1, gate("cancelled", run("4")))
    workspace.say(0.1, gate("proceeded", run("5")))
    workspace.say(0.1, rescue(run("6"), confirmed=True))
    workspace.say(0.1, gate("not confirmed", run(f"{DRILL}1")))
    assert runs(workspace.ask("not-confirmed")) == ["1", "2", "3"]


def test_words_from_outside_are_no_fields(workspace: Workspace) -> None:
    """A check's reason that looks like the end of a line hides nothing: see `gate`."""
    workspace.say(0.1, gate("not confirmed", run("1")))
    (row,) = workspace.ask("not-confirmed")
    assert "ending proceeded" in row["Message"]
    assert row["Run"] == run("1").lower()


def test_two_gates_in_a_row_that_could_not_tell_are_alerted_on(workspace: Workspace) -> None:
    """Of one configuration, the last two; by a required check, or by what could not be seen."""
    workspace.say(30, gate("proceeded", run("1", "both")))
    workspace.say(20, gate("cancelled", run("2", "both"), unknown=3))
    workspace.say(10, gate("cancelled", run("3", "Both"), gaps=1))
    workspace.say(20, gate("cancelled", run("1", "mended"), unknown=1))
    workspace.say(10, gate("proceeded", run("2", "mended")))
    workspace.say(10, gate("cancelled", run("1", "once"), unknown=1))
    workspace.say(20, gate("proceeded", run("1", "advice"), advisory=1))
    workspace.say(10, gate("proceeded", run("2", "advice"), advisory=1))
    workspace.say(20, gate("drill", run(f"{DRILL}1", "drilled"), unknown=1))
    workspace.say(10, gate("drill", run(f"{DRILL}2", "drilled"), unknown=1))
    (row,) = workspace.ask("unknown-twice")
    assert row["Configuration"] == configuration("both").lower()
    assert row["Run"] == run("3", "both").lower()
    assert row["Before"] == run("2", "both").lower()


def test_a_gate_that_is_told_twice_is_one_gate(workspace: Workspace) -> None:
    """A step may be repeated."""
    workspace.say(10, gate("cancelled", run("1"), unknown=1))
    workspace.say(9, gate("cancelled", run("1"), unknown=1))
    assert workspace.ask("unknown-twice") == []


def test_a_run_that_ended_without_a_gate_is_alerted_on(workspace: Workspace) -> None:
    """One that was judged, or cancelled by whomever, is not."""
    workspace.say(1, aftermath("installed", run("1")))
    workspace.say(1, aftermath("failed", run("2")))
    workspace.say(1, aftermath("unknown", run("3")))
    workspace.say(5, gate("proceeded", run("4")))
    workspace.say(1, aftermath("installed", run("4").lower()))
    workspace.say(5, rescue(run("5"), confirmed=False))
    workspace.say(1, aftermath("failed", run("5")))
    workspace.say(1, aftermath("cancelled by somebody else", run("6")))
    workspace.say(1, aftermath("unknown", run(f"{DRILL}1")))
    assert runs(workspace.ask("no-gate")) == ["1", "2", "3"]


def test_a_run_that_has_started_without_a_gate_is_alerted_on(workspace: Workspace) -> None:
    """As Resource Graph shows it, of configurations that are ours, also when no event came."""
    workspace.show(1, run("1", "weekly-prod"))
    workspace.show(1, run("2", "weekly-prod"))
    workspace.say(2, gate("proceeded", run("2", "weekly-prod")))
    workspace.show(1, run("3", "weekly-prod"), status="Cancelled")
    workspace.show(1, run("4", "somebody-elses"))
    workspace.show(-1, run("5", "weekly-prod"))
    workspace.show(0.1, run("6", "weekly-prod"))
    workspace.show(7, run("7", "weekly-prod"))
    assert runs(workspace.ask("no-gate-graph")) == ["1"]


def test_every_query_is_in_a_rule_that_tells_somebody() -> None:
    """And splits by a column that the query has, over no more time than Azure looks back."""
    rules = of_type(usual(), RULES)
    assert {_named(text).partition("\n")[0] for text in deployed()} == {
        f"// {path.stem}" for path in QUERIES
    }
    for rule, parsed in zip(rules, parsed_queries(), strict=False):
        (condition,) = rule.properties["criteria"]["allOf"]
        (dimension,) = condition["dimensions"]
        assert dimension["name"] in parsed["columns"]
        assert "TimeGenerated" in parsed["columns"]
        assert rule.properties["actions"]["actionGroups"]
        assert rule.properties["windowSize"] in ("PT30M", "P1D", "P2D")


@cache
def parsed_queries() -> list[dict[str, Any]]:
    """What Microsoft's language service says to each query, and then to some that are wrong."""
    _need_node()
    texts = deployed()
    wrong = (
        texts[0].replace("Message", "Mesage", 1),
        texts[0].replace("| where", "| wher", 1),
        texts[0].replace("tolower(", "tolow(", 1),
        texts[-1].replace("maintenanceresources", "maintenanceresource", 1),
    )
    schema = json.loads((KQL / "logs.json").read_text(encoding="utf-8"))
    queries = [
        {"name": str(number), "text": text.replace('arg("").', "arg_")}
        for number, text in enumerate((*texts, *wrong))
    ]
    answer = subprocess.run(
        ["node", "check.js"],
        cwd=KQL,
        input=json.dumps({"schema": schema, "queries": queries}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert answer.returncode == 0, answer.stderr
    answers: list[dict[str, Any]] = json.loads(answer.stdout)
    return answers


def _need_node() -> None:
    installed = INFRA.parent / "node_modules" / "@kusto" / "language-service-next"
    if shutil.which("node") and installed.is_dir():
        return
    reason = "needs node and its packages: install node 18 or newer, then `make test` gets the rest"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must not do without")
    pytest.skip(reason)


def test_every_query_is_kql_and_what_is_none_is_found() -> None:
    texts, found = deployed(), parsed_queries()
    assert [parsed["problems"] for parsed in found[: len(texts)]] == [[]] * len(texts)
    assert [bool(parsed["problems"]) for parsed in found[len(texts) :]] == [True] * 4
    assert not any(re.search(r"\{\w+\}", text) for text in texts)
