"""Resource Graph: pages, who may see what, lag, quota, and what it refuses."""

from __future__ import annotations

import pytest

from simulator.table_names import TABLES
from tests.simulator.world import ALL, MACHINES, SUBSCRIPTIONS, query, world

_MANY = 'machines = [{ name = "web-{n:02}", count = 25 }]\n'


def test_skip_tokens_lead_to_every_machine_exactly_once() -> None:
    """Pages of any size, put together, are the whole answer."""
    with world(_MANY + "graph.page_size = 10") as w:
        pages = list(w.pages(ALL))
        assert [page["count"] for page in pages] == [10, 10, 5]
        assert [page["resultTruncated"] for page in pages] == ["true", "true", "false"]
        assert {page["totalRecords"] for page in pages} == {25}
        ids = [row["id"] for page in pages for row in page["data"]]
        assert len(set(ids)) == 25
        assert ids == sorted(ids)


def test_top_makes_pages_smaller_but_not_larger() -> None:
    """`$top` asks for rows a page, up to the page size."""
    with world(_MANY + "graph.page_size = 10") as w:
        assert len(w.rows(ALL, top=7)) == 25
        assert w.graph(ALL, top=7).json()["count"] == 7
        assert w.graph(ALL, top=1000).json()["count"] == 10
        assert w.graph(ALL, top=1001).status_code == 400


def test_without_id_there_are_no_further_pages() -> None:
    """What Azure documents: rows without `id` are cut off after the first page."""
    with world(_MANY + "graph.page_size = 10") as w:
        page = w.graph("resources | project name").json()
        assert page["resultTruncated"] == "true"
        assert "$skipToken" not in page


def test_pages_go_on_although_the_run_changes_in_between() -> None:
    """A skip token stays good when the rows behind it have changed."""
    with world(_MANY + "graph.page_size = 10") as w:
        pages = w.pages(query("run_machines"))
        ids = [row["id"] for row in next(pages)["data"]]
        w.cancel()
        ids += [row["id"] for page in pages for row in page["data"]]
        assert len(set(ids)) == 25


def test_ten_thousand_machines_cost_one_query() -> None:
    """Ten full pages of the machines of a large run, joined with their details."""
    with world('machines = [{ name = "web-{n:05}", count = 10_000 }]') as w:
        rows = w.rows(query("run_machines"))
        assert len({row["machineId"] for row in rows}) == 10_000
        assert len(w.azure.seen) == 10


def test_hidden_subscriptions_are_left_out_without_a_word() -> None:
    """Rows of a subscription that cannot be read are missing, and nothing says so."""
    scenario = """
        graph.hidden_subscriptions = [2]
        machines = [{ name = "web-{n}", count = 4 }]
    """
    with world(scenario) as w:
        assert {row["subscriptionId"] for row in w.rows("resources")} == {SUBSCRIPTIONS[0]}
        readable = w.rows(query("readable_subscriptions"))
        assert [row["subscriptionId"] for row in readable] == [SUBSCRIPTIONS[0]]
        assert len(w.rows(query("run_machines"))) == 2
        hidden_only = w.graph(ALL, subscriptions=SUBSCRIPTIONS[1:])
        assert hidden_only.status_code == 200
        assert hidden_only.json()["totalRecords"] == 0


def test_a_query_over_hidden_subscriptions_only_may_be_refused() -> None:
    """Some have seen a 400 instead of an empty answer: a scenario can have that."""
    scenario = "graph.hidden_subscriptions = [2]\ngraph.refuse_unreadable = true"
    with world(scenario) as w:
        refused = w.graph(ALL, subscriptions=SUBSCRIPTIONS[1:])
        assert refused.status_code == 400
        assert "NoValidSubscriptionsInQueryRequest" in refused.text
        assert w.graph(ALL).status_code == 200


def test_only_subscriptions_that_were_asked_are_answered() -> None:
    """A query sees the subscriptions of its request, whatever their letter case, or else all."""
    with world('machines = [{ name = "web-{n}", count = 4 }]') as w:
        one = w.rows("resources", subscriptions=(SUBSCRIPTIONS[1].upper(),))
        assert {row["subscriptionId"] for row in one} == {SUBSCRIPTIONS[1]}
        assert len(w.rows(ALL, subscriptions=())) == 4


def test_rows_lag_behind_the_run() -> None:
    """Machines of the run appear when their lag is over; the machines themselves do not lag."""
    scenario = """
        graph.lag = 60
        machines = [{ name = "soon" }, { name = "late", lag = 300 }]
    """
    with world(scenario) as w:
        assert w.rows(query("run_machines")) == []
        assert w.rows(query("run_state")) == []
        assert len(w.rows(ALL)) == 2
        w.clock.sleep(60)
        assert [row["machineId"][-4:] for row in w.rows(query("run_machines"))] == ["soon"]
        assert len(w.rows(query("run_state"))) == 1
        w.clock.sleep(240)
        assert len(w.rows(query("run_machines"))) == 2


def test_the_quota_runs_out_and_comes_back() -> None:
    """Used up it is a 429 with Retry-After, and a new window opens by the story's clock."""
    with world("graph.quota = 2") as w:
        first = w.graph(ALL)
        assert first.headers["x-ms-user-quota-remaining"] == "1"
        assert first.headers["x-ms-user-quota-resets-after"] == "00:00:05"
        assert w.graph(ALL).status_code == 200
        refused = w.graph(ALL)
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "5"
        assert refused.headers["x-ms-user-quota-remaining"] == "0"
        w.clock.sleep(5)
        assert w.graph(ALL).status_code == 200


@pytest.mark.parametrize(
    "kql",
    [
        "resources | wher x",
        "resources | where nope == 1",
        "nosuchtable | project id",
        "let x = 1; resources | where 1 == x",
        "resources | project id; resources",
        ".show tables",
        "// nothing but a comment",
        "resources" + " | join (resources) on id" * 4,
        "resources" + " | mv-expand tags" * 4,
        "resources | mv-expand tags limit 401",
        "resources | join kind=leftanti (resources) on id",
        "resources | join hint.strategy=broadcast (resources) on id",
        "resources | join (healthresources) on id | join (maintenanceresources) on id",
    ],
)
def test_what_resource_graph_does_not_take_is_a_400(kql: str) -> None:
    """A query that is wrong, or Kusto but not Resource Graph's, is refused in ARM's words."""
    with world() as w:
        refused = w.graph(kql)
        assert refused.status_code == 400
        assert refused.json()["error"]["details"][1]["code"] == "ParserFailure"


def test_text_and_comments_are_not_taken_for_keywords() -> None:
    """A semicolon or a keyword inside a literal or a comment is harmless."""
    with world() as w:
        kql = f"// let x = 1;\n{MACHINES} | where name != 'let a; | join | join | join | join'"
        assert len(w.rows(kql)) == 5
        for literal in (r'"a\";"', r"'a\';'", '@"\\;"', "@'\\;'"):
            assert len(w.rows(f"{MACHINES} | where name != {literal} and kind == ''")) == 5


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"query": 1},
        {"query": "resources", "subscriptions": "x"},
        {"query": "resources", "options": 3},
        {"query": "resources", "options": {"$skipToken": "bm9uc2Vuc2U="}},
    ],
)
def test_a_malformed_query_request_is_a_400(body: object) -> None:
    """A body of the wrong form is refused, never guessed at."""
    with world() as w:
        path = "/providers/Microsoft.ResourceGraph/resources"
        assert w.send("POST", path, body).status_code == 400


def test_values_look_as_resource_graph_writes_them() -> None:
    """Dynamic values are JSON, missing text is empty, and times have seven digits and a Z."""
    with world() as w:
        kql = "resources | where name == 'web-01' | project id, tags, managedBy, at = now()"
        (row,) = w.rows(kql)
        assert row["tags"] == {"service": "shop"}
        assert row["managedBy"] == ""
        assert row["at"] == "2026-03-01T01:20:00.0000000Z"
        (arc,) = w.rows("resources | where name == 'branch-01' | project id, tags")
        assert arc["tags"] is None


def test_lists_that_a_query_makes_are_lists() -> None:
    """What `make_list` gathers arrives as JSON, of text and of objects alike."""
    with world() as w:
        kql = "resources | where kind != 'x' and name has 'web' | order by id asc"
        (row,) = w.rows(f"{kql} | summarize names = make_list(name), tags = make_list(tags)")
        assert row["names"] == ["web-01", "web-02"]
        assert row["tags"] == [{"service": "shop"}] * 2


def test_kind_is_a_column_and_a_keyword() -> None:
    """The column need not be quoted, and a join's kind stays what it is."""
    with world() as w:
        kql = "resources | where kind =~ '' | project id, name, kind"
        (row,) = w.rows(f"{kql} | join kind=inner (resources | where name == 'web-01') on id")
        assert (row["kind"], row["name"]) == ("", "web-01")
        assert w.rows("resources | where name == 'kind' | project id, kind") == []


def test_a_query_about_now_is_asked_anew() -> None:
    """An answer that rests on the time is not remembered."""
    with world() as w:
        kql = f"{MACHINES} | where now() < datetime(2026-03-01T01:30:00Z) | project id"
        assert len(w.rows(kql)) == 5
        w.clock.sleep(3600)
        assert w.rows(kql) == []


def test_the_table_format_has_columns_and_rows() -> None:
    """`resultFormat: table`, which older api-versions have as default."""
    with world() as w:
        data = w.graph(f"{MACHINES} | project id, tags", result_format="table").json()["data"]
        assert [column["type"] for column in data["columns"]] == ["string", "object"]
        assert len(data["rows"]) == 5


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_table_is_there_in_any_letter_case(table: str) -> None:
    """Also one that nothing fills: no rows, and no error."""
    with world() as w:
        assert w.graph(f"{table.upper()} | project id").status_code == 200
