"""Write infra/workbook.json from infra/queries/workbook: runs, decisions, reasons and margins.

python tools/workbook.py      (in the virtual environment)

The form of a workbook: https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-automate
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, NamedTuple

ROOT = Path(__file__).parents[1]
QUERIES = ROOT / "infra" / "queries" / "workbook"
FILE = ROOT / "infra" / "workbook.json"

_TABLE = "microsoft.operationalinsights/workspaces"
_HEAD = """# Patchgate

Every maintenance run that came by: how it ended, what spoke against it, and how long before the
cut-off that was decided. Margins, durations and the tables of checks and cancels need telemetry,
see *docs/observing.md*; the rest reads the app's log lines. Drills are listed among the runs
alone."""
_HOURS = (24, 24 * 7, 24 * 30, 24 * 90)


class Part(NamedTuple):
    """One query and how it is shown."""

    query: str
    title: str
    show: Literal["table", "categoricalbar", "timechart", "barchart"] = "table"


PARTS = (
    Part(query="decisions", title="How gates ended", show="categoricalbar"),
    Part(query="runs", title="Runs"),
    Part(query="reasons", title="What spoke against runs"),
    Part(query="margins", title="Seconds to the cut-off, and of each gate", show="timechart"),
    Part(query="outcomes", title="What checks and actions said"),
    Part(query="cancels", title="Cancel calls and confirmations", show="barchart"),
)


def workbook() -> str:
    """The text of the file."""
    items = [_text(_HEAD), _time(), *map(_shown, PARTS)]
    book = {
        "version": "Notebook/1.0",
        "items": items,
        "$schema": "https://github.com/Microsoft/Application-Insights-Workbooks/blob/master/schema/"
        "workbook.json",
    }
    return json.dumps(book, indent=2, ensure_ascii=False) + "\n"


def _text(markdown: str) -> dict[str, Any]:
    return {"type": 1, "content": {"json": markdown}, "name": "about"}


def _time() -> dict[str, Any]:
    choice = {
        "id": "6b1d1d0f-4f0a-4b53-9a53-0b6d0f2c7a11",
        "version": "KqlParameterItem/1.0",
        "name": "TimeRange",
        "label": "Time",
        "type": 4,
        "isRequired": True,
        "value": {"durationMs": _HOURS[1] * 3_600_000},
        "typeSettings": {
            "selectableValues": [{"durationMs": hours * 3_600_000} for hours in _HOURS],
            "allowCustom": True,
        },
    }
    content = {"version": "KqlParameterItem/1.0", "parameters": [choice], "style": "pills"}
    return {"type": 9, "content": content, "name": "time"}


def _shown(part: Part) -> dict[str, Any]:
    query = (QUERIES / f"{part.query}.kql").read_text(encoding="utf-8")
    return {
        "type": 3,
        "content": {
            "version": "KqlItem/1.0",
            "query": query,
            "size": 0,
            "title": part.title,
            "timeContextFromParameter": "TimeRange",
            "queryType": 0,
            "resourceType": _TABLE,
            "visualization": part.show,
        },
        "name": part.query,
    }


if __name__ == "__main__":
    FILE.write_text(workbook(), encoding="utf-8")
