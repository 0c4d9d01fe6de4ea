"""docs/observing.md names all that is told, and nothing that is not."""

from __future__ import annotations

import re
from pathlib import Path

from core.measures import METRICS
from handlers.telemetry.fields import FIELDS, SPANS
from handlers.telemetry.switch import CHOSEN

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table below that heading, by their first cell."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w.]+)` \| (.*) \|$", section, re.MULTILINE)
    return {name: rest.split(" | ") for name, rest in rows}


def test_every_metric_is_documented_with_its_unit_and_attributes() -> None:
    assert table("Metrics") == {
        metric.name: [
            metric.kind,
            metric.unit,
            metric.about,
            ", ".join(f"`{name}`" for name in metric.by),
        ]
        for metric in METRICS
    }


def test_every_field_is_documented() -> None:
    assert table("Fields") == {name: [what] for name, what in FIELDS.items()}
    assert {name for metric in METRICS for name in metric.by} <= set(FIELDS)


def test_every_span_is_documented() -> None:
    assert set(table("One trace for a run")) == set(SPANS)


def test_every_query_of_the_workbook_is_documented() -> None:
    queries = {path.stem for path in (ROOT / "infra" / "queries" / "workbook").glob("*.kql")}
    assert set(table("The workbook")) == queries


def test_the_page_names_the_setting_that_the_code_reads() -> None:
    assert CHOSEN in table("Choosing it")
