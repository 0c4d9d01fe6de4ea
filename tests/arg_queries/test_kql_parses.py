"""Every shipped query is KQL, over columns that exist, within what Resource Graph allows.

Microsoft's own language service finds the errors, but it knows the dialect of Data Explorer. What
Resource Graph forbids beyond that is in `_forbidden`, from its published page on the query language
(learn.microsoft.com/azure/governance/resource-graph/concepts/query-language).
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
KQL = ROOT / "tests" / "kql"
QUERIES = sorted(
    path
    for folder in ("arg_queries", "checks/builtin", "cli/azure")
    for path in (ROOT / folder).glob("*.kql")
)

ALLOWED = {
    "CountOperator",
    "DistinctOperator",
    "ExtendOperator",
    "FilterOperator",
    "JoinOperator",
    "MvExpandOperator",
    "ProjectAwayOperator",
    "ProjectOperator",
    "SortOperator",
    "SummarizeOperator",
    "TakeOperator",
    "TopOperator",
    "UnionOperator",
}
# The page has both 2 and 3 for mv-expand: the smaller one is right in either case.
AT_MOST = {"JoinOperator": 3, "MvExpandOperator": 2, "UnionOperator": 3}
JOIN_KINDS = {"innerunique", "inner", "leftouter"}
MOST_EXPANDED = 400


PLACE = re.compile(r"(?P<list>\bin~?\s*)?\{(?P<name>\w+)\}")
MOMENTS = {"start", "end", "since", "until"}


def _literal(place: re.Match[str]) -> str:
    """A value of the kind that stands there: of a list, of a moment, or of a text."""
    if place["list"]:
        return f"{place['list']}('x', 'y')"
    if place["name"] in MOMENTS:
        return "datetime(2026-11-28T03:00:00Z)"
    return "'/subscriptions/0/x'"


def parse(*texts: str) -> list[dict[str, Any]]:
    """What the language service says to each text, with a literal for each `{placeholder}`."""
    schema = json.loads((KQL / "schema.json").read_text(encoding="utf-8"))
    queries = [
        {"name": str(number), "text": PLACE.sub(_literal, text)}
        for number, text in enumerate(texts)
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


def problems(parsed: dict[str, Any]) -> list[str]:
    """All that speaks against the query: what is no KQL, and what Resource Graph would refuse."""
    wrong = [f"{p['message']} ({p['text']})" for p in parsed["problems"]]
    return wrong + _forbidden(parsed["operators"]) + _unpaged(parsed)


def _forbidden(operators: list[dict[str, Any]]) -> list[str]:
    kinds = [operator["kind"] for operator in operators]
    wrong = [f"{kind} is not for Resource Graph" for kind in kinds if kind not in ALLOWED]
    for kind, most in AT_MOST.items():
        if kinds.count(kind) > most:
            wrong.append(f"{kinds.count(kind)} times {kind}: at most {most} are allowed")
    for operator in operators:
        head = operator["text"].partition("(")[0]
        flavour = re.search(r"kind\s*=\s*(\w+)", head)
        if operator["kind"] == "JoinOperator" and flavour and flavour[1] not in JOIN_KINDS:
            wrong.append(f"join kind={flavour[1]} is not for Resource Graph")
        limit = re.search(r"limit\s+(\d+)$", operator["text"])
        if operator["kind"] == "MvExpandOperator" and limit and int(limit[1]) > MOST_EXPANDED:
            wrong.append(f"mv-expand limit {limit[1]}: at most {MOST_EXPANDED} is allowed")
    return wrong


def _unpaged(parsed: dict[str, Any]) -> list[str]:
    """Rows come in pages that fit together only if `id` is among them, and they are ordered."""
    outer = [o["kind"] for o in parsed["operators"] if o["inside"] is None]
    if {"SummarizeOperator", "DistinctOperator", "CountOperator"} & set(outer):
        return []
    wrong = [] if "id" in parsed["columns"] else ["it has pages, but no column `id`"]
    if outer[-1:] != ["SortOperator"]:
        wrong.append("it has pages, but does not end with `order by`")
    return wrong


@pytest.fixture(scope="module", autouse=True)
def _language_service() -> None:
    installed = ROOT / "node_modules" / "@kusto" / "language-service-next"
    if shutil.which("node") and installed.is_dir():
        return
    reason = "needs node and its packages: install node 18 or newer, then `make test` gets the rest"
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must not do without")
    pytest.skip(reason)


def test_every_shipped_query_is_accepted() -> None:
    found = parse(*(path.read_text(encoding="utf-8") for path in QUERIES))

    assert QUERIES
    assert {
        str(path.relative_to(ROOT)): problems(parsed)
        for path, parsed in zip(QUERIES, found, strict=True)
        if problems(parsed)
    } == {}


PAGED = "| project id | order by id asc"
WRONG = {
    "a table that does not exist": (f"maintenanceresource {PAGED}", "'maintenanceresource'"),
    "a column that does not exist": (f"resources | where nope == 1 {PAGED}", "'nope'"),
    "a function that does not exist": (
        f"resources | where toStrin(id) == '' {PAGED}",
        "'toStrin'",
    ),
    "a comparison of unlike types": (f"resources | where id > 1 {PAGED}", "string and long"),
    "grouping by a value without a type": (
        "resources | summarize count() by properties.status",
        "'dynamic' is not allowed",
    ),
    "a misspelt operator": (f"resources | wher id == '' {PAGED}", "wher"),
    "let": (f"let a = 1; resources {PAGED}", "LetStatement"),
    "an operator of Data Explorer alone": (
        f"resources | lookup resources on id {PAGED}",
        "LookupOperator",
    ),
    "a fourth join": (
        "resources" + " | join (resources | project id) on id" * 4 + PAGED,
        "4 times JoinOperator",
    ),
    "a third mv-expand": (
        "resources" + " | mv-expand tags" * 3 + PAGED,
        "3 times MvExpandOperator",
    ),
    "a join kind of Data Explorer alone": (
        f"resources | join kind=leftanti (resources) on id {PAGED}",
        "kind=leftanti",
    ),
    "too long an mv-expand": (f"resources | mv-expand tags limit 401 {PAGED}", "limit 401"),
    "pages without id": ("resources | project name | order by name asc", "no column `id`"),
    "pages without an order": ("resources | project id", "`order by`"),
}


def test_what_would_be_refused_is_found() -> None:
    found = parse(*(text for text, _ in WRONG.values()))

    missed = {
        name: problems(parsed)
        for (name, (_, expected)), parsed in zip(WRONG.items(), found, strict=True)
        if not any(expected in problem for problem in problems(parsed))
    }
    assert missed == {}
