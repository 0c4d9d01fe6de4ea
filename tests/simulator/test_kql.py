"""The KQL that checks are written in means in the simulator what it means in Azure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator.dialect import tables_in
from tests.simulator.world import MACHINES, World, world

_SCENARIO = """
    [[machines]]
    name = "web-{n}"
    count = 2
    subscription = 1
    zone = "2"
    tags = { Service = "shop" }
    [[machines]]
    name = "edge"
    kind = "arc"
    subscription = 1

    [[rows]]
    table = "servicehealthresources"
    type = "Microsoft.ResourceHealth/events"
    name = "ABC-1"
    [rows.properties]
    ImpactStartTime = "{now-90m}"
    Impact = [
        { ImpactedService = "Virtual Machines", ImpactedRegions = [
            { ImpactedRegion = "West Europe" },
            { ImpactedRegion = "Global" },
        ] },
    ]
"""
_ONE = f"{MACHINES} | where name == 'web-1'"
_EVENT = "servicehealthresources | where type =~ 'microsoft.resourcehealth/events'"
_BEGAN = "todatetime(properties.ImpactStartTime)"
_HEALTH = f"""
    {MACHINES}
    | project id, name, machine = tolower(id)
    | join kind=leftouter (
        healthresources
        | project machine = tolower(tostring(properties.targetResourceId)),
            state = tostring(properties.availabilityState),
            since = todatetime(properties.occurredTime)
      ) on machine
    | order by name asc
"""


@pytest.fixture(scope="module")
def w() -> Iterator[World]:
    with world(_SCENARIO) as found:
        yield found


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("split(id, '/')[8]", "web-1"),
        ("tostring(split(tolower(id), '/virtualmachines/')[1])", "web-1"),
        ("extract('resourceGroups/([^/]+)', 1, id)", "Estate"),
        ("tostring(zones[0])", "2"),
        ("array_length(zones)", 1),
        ("array_length(properties.networkProfile.networkInterfaces)", 1),
        ("coalesce(tostring(properties.osType), location)", "westeurope"),
        ("isempty(tostring(properties.nothing))", True),
        ("isnotnull(properties.hardwareProfile)", True),
        ("tostring(properties.nothing) != 'x'", True),
        ("iff(name has 'web', 'yes', 'no')", "yes"),
        ("case(name == 'x', 1, name == 'web-1', 2, 3)", 2),
        ("tostring(tags['Service'])", "shop"),
        ("tostring(parse_json(tolower(tostring(tags)))['service'])", "shop"),
        ("strcat(name, '/', location)", "web-1/westeurope"),
        ("datetime_diff('minute', now(), datetime(2026-03-01T00:20:00Z))", 60),
        ("now() - datetime(2026-03-01T00:20:00Z) > 59m", True),
        ("set_has_element(dynamic(['web-1']), name)", True),
        ("bag_pack('a', name)", {"a": "web-1"}),
    ],
)
def test_an_expression_has_its_value(w: World, expression: str, value: object) -> None:
    (row,) = w.rows(f"{_ONE} | project id, value = {expression}")
    assert row["value"] == value


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("name in~ ('WEB-1', 'x')", ["web-1"]),
        ("name !in~ ('WEB-1', 'x')", ["edge", "web-2"]),
        ("type contains 'HYBRID'", ["edge"]),
        ("name has_any ('edge', 'x')", ["edge"]),
        ("name matches regex '^web-[0-9]$'", ["web-1", "web-2"]),
        ("isnotempty(properties.storageProfile.osDisk.osType)", ["web-1", "web-2"]),
        ("properties.status =~ 'connected'", ["edge"]),
        ("properties.status !~ 'connected'", ["web-1", "web-2"]),
        ("not(id has '/virtualMachines/')", ["edge"]),
        ("todatetime(properties.lastStatusChange) > ago(2m)", ["edge"]),
    ],
)
def test_a_condition_finds_its_machines(w: World, condition: str, names: list[str]) -> None:
    rows = w.rows(f"{MACHINES} | where {condition} | project id, name | order by name asc")
    assert [row["name"] for row in rows] == names


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("isempty(state)", ["edge"]),
        ("isnull(since)", ["edge"]),
        ("state =~ 'available'", ["web-1", "web-2"]),
        ("state != 'Available'", ["edge"]),
        ("state !in~ ('available')", ["edge"]),
        ("since < ago(20d)", ["web-1", "web-2"]),
    ],
)
def test_a_machine_without_a_row_is_empty_after_a_join(
    w: World, condition: str, names: list[str]
) -> None:
    """And is found by what says that something is missing or different."""
    rows = w.rows(f"{_HEALTH} | where {condition} | project id, name")
    assert [row["name"] for row in rows] == names


def test_lists_in_lists_are_expanded(w: World) -> None:
    rows = w.rows(f"""
        {_EVENT}
        | mv-expand impact = properties.Impact limit 400
        | mv-expand region = impact.ImpactedRegions limit 400
        | project id, service = tostring(impact.ImpactedService),
            region = tostring(region.ImpactedRegion)
    """)
    assert {(row["service"], row["region"]) for row in rows} == {
        ("Virtual Machines", "West Europe"),
        ("Virtual Machines", "Global"),
    }


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (f"{_BEGAN} > ago(2h)", 1),
        (f"{_BEGAN} > ago(1h)", 0),
        (f"{_BEGAN} between (ago(2h) .. now())", 1),
        (f"{_BEGAN} + 2h > now()", 1),
        (f"datetime_add('hour', 1, {_BEGAN}) > now()", 0),
    ],
)
def test_moments_are_compared_with_the_story_s_time(w: World, condition: str, found: int) -> None:
    assert len(w.rows(f"{_EVENT} | where {condition} | project id")) == found


def test_rows_are_counted_and_gathered_by_group(w: World) -> None:
    rows: list[dict[str, Any]] = w.rows(f"""
        {MACHINES}
        | extend zone = tostring(zones[0])
        | summarize machines = count(), names = make_set(name), linux = countif(name has 'web'),
            locations = dcount(location) by zone
        | order by zone asc
    """)
    assert [(row["zone"], row["machines"], row["linux"]) for row in rows] == [
        ("", 1, 0),
        ("2", 2, 2),
    ]
    assert sorted(rows[1]["names"]) == ["web-1", "web-2"]


def test_the_latest_row_of_each_group_is_found(w: World) -> None:
    rows = w.rows("""
        patchassessmentresources
        | extend at = todatetime(properties.lastModifiedDateTime)
        | summarize arg_max(at, id) by type
    """)
    assert len(rows) == 2


def test_truth_and_numbers_inside_properties_are_such(w: World) -> None:
    kql = """
        patchassessmentresources
        | where properties.rebootPending == false and tobool(properties.rebootPending) != true
        | where properties.availablePatchCountByClassification.security > 1
        | project id, n = toint(properties.availablePatchCountByClassification.security) + 1
    """
    assert {row["n"] for row in w.rows(kql)} == {3}


@pytest.mark.parametrize(
    ("kql", "tables"),
    [
        ("Resources | take 1", {"resources"}),
        ("resources | join kind=inner (HealthResources) on id", {"resources", "healthresources"}),
        ("resources | where name == 'healthresources' // advisorresources", {"resources"}),
        ("nothing | take 1", set()),
    ],
)
def test_the_tables_of_a_query_are_found_in_its_code_alone(kql: str, tables: set[str]) -> None:
    """In any letter case, and not in its text and comments."""
    assert tables_in(kql) == tables
