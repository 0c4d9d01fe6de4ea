"""The site's own query of Resource Graph finds nothing against the run, or its machines."""

from __future__ import annotations

from typing import Any

import pytest

from checks.builtin._kql_sources import Source, sources
from checks.builtin.resource_graph import ResourceGraphQuery, resource_graph
from checks.discovery import define
from core.errors import BadPlugin
from core.model import Outcome, Status
from plugins.config import config_of
from tests.checks.asking import EVENT, ask_in
from tests.checks.builtin.played import by_name, one, played, words

WORLD = """
[[machines]]
name = "web-{n:02}"
count = 3
tags = { owner = "shop" }

[[machines]]
name = "sql-01"

[[machines]]
name = "spare-01"
in_run = false
tags = { owner = "nobody" }
"""
VMS = "resources | where type =~ 'microsoft.compute/virtualmachines'"
BY_OWNER = VMS + " | where tags.owner =~ '{}' | project id, name, kind | order by id asc"


def asked(query: str, world: str = WORLD, **config: Any) -> tuple[Outcome, ...]:
    """What the check says in that world."""
    return ask_in(world, "resource_graph", {"query": query, **config})


def of_run(query: str, blocks_when: str = "rows", **config: Any) -> Outcome:
    """The one outcome about the run."""
    return one(asked(query, blocks_when=blocks_when, **config))


# --- rows and the run


def test_rows_can_speak_against_the_run() -> None:
    """With the site's own words about the first of them."""
    found = of_run(BY_OWNER.format("shop"), reason="{name} is of the shop, {owner}")
    assert found.status is Status.BLOCKED
    assert found.reason == "web-01 is of the shop, (no column owner) (3 rows)"
    assert found.evidence["name"] == "web-01"
    assert found.evidence["rows"] == 3


def test_no_rows_pass_when_rows_would_block() -> None:
    """There are rows of that type: the query did look at something."""
    found = of_run(BY_OWNER.format("finance"))
    assert (found.status, found.evidence) == (Status.PASSED, {"rows": 0})


@pytest.mark.parametrize(("most", "status"), [(2, Status.BLOCKED), (3, Status.PASSED)])
def test_some_rows_can_be_acceptable(most: int, status: Status) -> None:
    found = of_run(BY_OWNER.format("shop"), max_rows=most)
    assert found.status is status
    if status is Status.BLOCKED:
        assert found.reason == "the query found (3 rows, more than 2)"


def test_no_rows_can_speak_against_the_run() -> None:
    """A query for an approval, for example."""
    assert of_run(BY_OWNER.format("shop"), "no rows").status is Status.PASSED
    found = of_run(BY_OWNER.format("finance"), "no rows", reason="nobody has approved")
    assert (found.status, found.reason) == (Status.BLOCKED, "nobody has approved")


def test_the_query_can_speak_of_the_run() -> None:
    """Its ids and times are literals by then, quoted in one place."""
    of_this = "maintenanceresources | where properties.correlationId =~ {run_id} | project id"
    assert of_run(of_this).status is Status.BLOCKED
    times = f"{VMS} | where {{end}} - {{start}} > 1h and {{configuration_id}} has '/' | project id"
    assert of_run(times).status is Status.BLOCKED


# --- rows and machines


def test_a_row_can_speak_against_one_machine() -> None:
    """Ids compare without case, and rows about other machines do not matter."""
    query = VMS + " | where isnotempty(tags.owner) | project id, machine = toupper(id), name"
    found = asked(query, per_machine="machine", reason="{name} has an owner")
    assert words(found) == {
        "web-01": "blocked",
        "web-02": "blocked",
        "web-03": "blocked",
        "sql-01": "passed",
    }
    assert by_name(found)["web-02"].reason == "web-02 has an owner"


def test_several_rows_of_one_machine_are_counted() -> None:
    query = (
        f"{VMS} | where name == 'sql-01' | project id, machine = id"
        " | union (resources | where name == 'sql-01' | project id, machine = id)"
    )
    assert by_name(asked(query, per_machine="machine"))["sql-01"].reason == (
        "the query found it (and 1 more rows)"
    )


@pytest.mark.parametrize("column", ["name", "gone"])
def test_a_column_without_ids_is_unknown(column: str) -> None:
    """Otherwise every row would be about no machine, and every machine would pass."""
    found = one(asked(f"{VMS} | project id, name", per_machine=column))
    assert found.status is Status.UNKNOWN
    assert f"as its {column}, which is no id" in found.reason


@pytest.mark.parametrize("below", ["/extensions/agent", "/providers/x.y/z/current", "/"])
def test_an_id_below_a_machine_is_unknown(below: str) -> None:
    """It means the machine, but would match none, and every machine would pass."""
    query = f"{VMS} | project id, name, machine = toupper(strcat(id, '{below}'))"
    found = one(asked(query, per_machine="machine"))
    assert found.status is Status.UNKNOWN
    assert "which lies below a machine: cut it" in found.reason


def test_rows_about_what_is_no_machine_do_not_matter() -> None:
    """A query may be about all that a subscription has."""
    query = f"{VMS} | project id, machine = strcat(id, '-disk'), name"
    other = query.replace("strcat(id, '-disk')", "'/subscriptions/s/resourceGroups/g'")
    assert set(words(asked(other, per_machine="machine")).values()) == {"passed"}


# --- no answer


@pytest.mark.parametrize("blocks_when", ["rows", "no rows"])
@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("nosuchresources | project id", "refused the query"),
        ("resources | where nonsense(", "refused the query"),
        ("resources | where type =~ 'microsoft.compute/virtualmachine'", "'microsoft.compute/virt"),
        (
            "resources | where type in~ ('microsoft.compute/virtualmachines', 'a.b/c') and 1 == 2",
            "of the type 'a.b/c' in resources",
        ),
        ("securityresources | where name == 'x'", "no row at all in securityresources"),
        (
            f"{VMS} | join kind=inner (securityresources | where type =~ 'x.y/z') on id",
            "of the type 'x.y/z' in securityresources",
        ),
    ],
)
def test_what_resource_graph_does_not_know_is_unknown(
    query: str, why: str, blocks_when: str
) -> None:
    """A table is refused; a type gives no rows, and no rows would be a yes."""
    found = of_run(query, blocks_when)
    assert found.status is Status.UNKNOWN
    assert why in found.reason


def test_there_may_be_none_if_the_site_says_so() -> None:
    query = "securityresources | where type =~ 'microsoft.security/locations/alerts'"
    assert "say may_be_empty = true" in of_run(query).reason
    assert of_run(query, may_be_empty=True).status is Status.PASSED


def test_rows_that_speak_against_the_run_do_whatever_else_is_missing() -> None:
    """A no is an answer."""
    query = f"{VMS} | union (securityresources | where type =~ 'x.y/z') | project id"
    assert of_run(query).status is Status.BLOCKED


MISSPELLED = (
    "resources | where type in~ ('microsoft.compute/virtualmachines', 'microsoft.hybridcompute/m')"
    " and name == 'web-01' | project id"
)


@pytest.mark.parametrize(
    "config", [{"blocks_when": "rows", "max_rows": 1}, {"blocks_when": "no rows"}]
)
def test_a_type_that_does_not_exist_is_no_pass_although_other_rows_came(
    config: dict[str, Any],
) -> None:
    found = one(asked(MISSPELLED, **config))
    assert found.status is Status.UNKNOWN
    assert "no row at all of the type 'microsoft.hybridcompute/m'" in found.reason
    assert one(asked(MISSPELLED, may_be_empty=True, **config)).status is Status.PASSED


def test_a_type_that_does_not_exist_takes_no_block_from_a_machine() -> None:
    """The others are not known to be well."""
    found = by_name(asked(MISSPELLED, per_machine="id"))
    assert found["web-01"].status is Status.BLOCKED
    others = [found[name] for name in ("web-02", "web-03", "sql-01")]
    assert {outcome.status for outcome in others} == {Status.UNKNOWN}
    assert all("is it misspelled" in outcome.reason for outcome in others)


@pytest.mark.parametrize(
    "condition",
    [
        "type startswith 'microsoft.nothing/'",
        "type contains 'nothing'",
        "type has 'nothing'",
        "type endswith '/nothing'",
        "'microsoft.nothing/x' == type",
    ],
)
def test_a_type_that_is_asked_for_in_other_words_is_no_pass_without_rows(condition: str) -> None:
    """Whether there is any such type cannot be told."""
    query = f"resources | where {condition} | project id"
    found = of_run(query)
    assert found.status is Status.UNKNOWN
    assert "ask for it with type =~" in found.reason
    assert one(asked(query, per_machine="id")).status is Status.UNKNOWN
    assert of_run(query, may_be_empty=True).status is Status.PASSED


HIDDEN = f"{WORLD}\n[graph]\nhidden_subscriptions = [2]\n"


@pytest.mark.parametrize(("may_be_empty", "blocks_when"), [(True, "rows"), (False, "no rows")])
def test_a_subscription_of_the_run_that_cannot_be_read_is_no_pass(
    blocks_when: str, *, may_be_empty: bool
) -> None:
    """Rows of it are hidden, whether there may be some or not."""
    query = VMS if blocks_when == "no rows" else BY_OWNER.format("finance")
    config: dict[str, Any] = {"blocks_when": blocks_when, "may_be_empty": may_be_empty}
    assert one(asked(query, **config)).status is Status.PASSED
    found = one(asked(query, HIDDEN, **config))
    assert found.status is Status.UNKNOWN
    assert "cannot be read: its rows are hidden" in found.reason


def test_machines_whose_subscription_was_not_asked_need_all_that_were() -> None:
    """Rows about them may lie in any of those."""
    first, *_ = EVENT.subscriptions
    elsewhere = "99999999-9999-4999-8999-999999999999"
    query = f"{VMS} and name == 'x' | project id"
    found = asked(query, per_machine="id", subscriptions=[first, elsewhere])
    assert {(outcome.status, first in (outcome.machine or "")) for outcome in found} == {
        (Status.PASSED, True),
        (Status.UNKNOWN, False),
    }


def test_subscriptions_can_be_named() -> None:
    """One that nobody can read shows nothing."""
    other = "99999999-9999-4999-8999-999999999999"
    found = of_run(BY_OWNER.format("shop"), subscriptions=[other])
    assert found.status is Status.UNKNOWN


def test_a_thousand_rows_without_an_id_may_not_be_all() -> None:
    """Resource Graph gives no second page of them."""
    world = '[[machines]]\nname = "m-{n:04}"\ncount = 1000\n'
    found = one(asked(VMS + " | project name", world, blocks_when="no rows"))
    assert found.status is Status.UNKNOWN
    assert "1000 rows came, which may not be all" in found.reason
    assert one(asked(VMS + " | project id", world, blocks_when="no rows")).status is Status.PASSED


@pytest.mark.parametrize("name", ["passed", "blocked", "unknown"])
def test_the_shipped_scenarios_end_as_they_are_called(name: str) -> None:
    found = words(played("resource_graph", name))
    expected: dict[str, dict[str, str]] = {
        "passed": {"web-01": "passed", "web-02": "passed"},
        "blocked": {"web-01": "passed", "web-02": "blocked"},
        "unknown": {"run": "unknown"},
    }
    assert found == expected[name]


# --- what a query reads


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("resources", [Source(table="resources")]),
        ("where name == 'x'", [Source(table="resources")]),
        ("// resourcechanges\nHealthResources", [Source(table="healthresources")]),
        (
            "Resources | where type == 'a.b/c' or type =~ \"d.e/f\"",
            [Source(table="resources", types=("a.b/c", "d.e/f"))],
        ),
        (
            "resources | where type in~ ('a.b/c' , 'd.e/f') and properties.type == 'no'",
            [Source(table="resources", types=("a.b/c", "d.e/f"))],
        ),
        (
            "resources | where type !~ 'a.b/c' and name == 'securityresources' // type =~ 'x'",
            [Source(table="resources")],
        ),
        (
            "resourcecontainers | where type =~ 'a.b/c' | join (resources | where type=='d.e/f')",
            [
                Source(table="resourcecontainers", types=("a.b/c",)),
                Source(table="resources", types=("d.e/f",)),
            ],
        ),
        (
            "resources | where tolower(type) == 'a.b/c' and toupper( type ) in ('D.E/F')",
            [Source(table="resources", types=("a.b/c", "D.E/F"))],
        ),
        (
            "resources | where type == 'a.b/c' or type startswith_cs 'd' // type has 'x'",
            [Source(table="resources", types=("a.b/c",), unread=True)],
        ),
        ("resources | where trim(' ', type) =~ 'x'", [Source(table="resources", unread=True)]),
        ("resources | where type in~ (known)", [Source(table="resources", unread=True)]),
        ("resources | where 'a.b/c' =~ type", [Source(table="resources", unread=True)]),
        (
            "project type, a = type | where type !has 'x' and a.type has 'x' | summarize by type",
            [Source(table="resources")],
        ),
        ("resourcechanges | extend resourceType = 'x'", [Source(table="resourcechanges")]),
        ("  // nothing\n", []),
    ],
)
def test_the_tables_and_types_of_a_query_are_found(query: str, found: list[Source]) -> None:
    assert list(sources(query)) == found


# --- its config


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"query": VMS}, "say what its rows mean"),
        ({"query": VMS, "blocks_when": "rows", "per_machine": "id"}, "one of the two"),
        ({"query": VMS, "blocks_when": "never"}, "blocks_when"),
        ({"query": VMS + " | where id == {machine}", "blocks_when": "rows"}, r"\{machine\}; legal"),
        ({"query": "// nothing", "blocks_when": "rows"}, "the query is empty"),
        ({"query": VMS, "blocks_when": "rows", "max_rows": -1}, "max_rows is a number from 0"),
        ({"query": VMS, "blocks_when": "no rows", "max_rows": 1}, 'for blocks_when = "rows"'),
    ],
)
def test_a_slip_in_its_config_is_told(config: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlugin, match=why):
        config_of(define(resource_graph), config)


def test_nothing_configured_is_skipped() -> None:
    assert one(ask_in(WORLD, "resource_graph", {})).status is Status.SKIPPED


def test_braces_that_are_kql_stay() -> None:
    """A regular expression, or a bag."""
    query = VMS + r" | where name matches regex @'^web-\d{2}$' | project id"
    assert ResourceGraphQuery(query=query, blocks_when="rows").query == query
    assert of_run(query).evidence["rows"] == 3
