"""Rows that a scenario adds: what stands in braces, what is made when it is not said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadScenario
from simulator import load_scenario
from simulator.templates import Words, fill_in, problems_in
from tests.simulator.world import RUN, SUBSCRIPTIONS, world

_MACHINE = 'machines = [{ name = "web-01", subscription = 2, location = "northeurope" }]\n'
_WORDS = Words(
    run="R",
    configuration="C",
    machine="M",
    subscription="S",
    now=datetime(2026, 3, 1, 1, 20, tzinfo=UTC),
    start=datetime(2026, 3, 1, 2, tzinfo=UTC),
    end=datetime(2026, 3, 1, 5, 55, tzinfo=UTC),
)


def _row(scenario: str, table: str) -> dict[str, Any]:
    with world(scenario) as w:
        (row,) = w.rows(f"{table} | where name == 'x'")
        return row


def test_braces_become_ids_and_moments() -> None:
    """In every text of the row, however deep."""
    row = _row(
        _MACHINE
        + """
        [[rows]]
        table = "alertsmanagementresources"
        type = "Microsoft.AlertsManagement/alerts"
        machine = "WEB-01"
        name = "x"
        tags = { of = "{run}" }
        [rows.properties]
        essentials = { targetResource = "{machine}", startDateTime = "{now-90m}" }
        window = ["{start}", "{end+1d}"]
        of = "{configuration} in {subscription}"
        """,
        "alertsmanagementresources",
    )
    machine = (
        f"/subscriptions/{SUBSCRIPTIONS[1]}/resourceGroups/Estate"
        "/providers/Microsoft.Compute/virtualMachines/web-01"
    )
    assert row["properties"] == {
        "essentials": {
            "targetResource": machine,
            "startDateTime": "2026-02-28T23:50:00.0000000Z",
        },
        "window": ["2026-03-01T02:00:00.0000000Z", "2026-03-02T05:55:00.0000000Z"],
        "of": f"{RUN.configuration} in {SUBSCRIPTIONS[1]}",
    }
    assert row["tags"] == {"of": str(RUN)}
    assert row["id"] == f"{machine}/providers/Microsoft.AlertsManagement/alerts/x"
    assert row["type"] == "microsoft.alertsmanagement/alerts"
    assert (row["location"], row["resourceGroup"]) == ("northeurope", "estate")


@pytest.mark.parametrize(
    ("keys", "id_"),
    [
        (
            'type = "Microsoft.ResourceHealth/events"',
            "/subscriptions/{s}/providers/Microsoft.ResourceHealth/events/x",
        ),
        (
            'type = "A.B/vaults/items"\nname = "main/x"\nresource_group = "Ops"',
            "/subscriptions/{s}/resourceGroups/Ops/providers/A.B/vaults/main/items/x",
        ),
        (
            'type = "A.B/vaults/items"',
            "/subscriptions/{s}/providers/A.B/vaults/main/items/x",
        ),
        ('type = "A.B/c"\nid = "/subscriptions/{subscription}/y"', "/subscriptions/{s}/y"),
    ],
)
def test_an_id_is_made_from_type_and_name(keys: str, id_: str) -> None:
    """Unless one is given; the first of the event's subscriptions is where such a row lies."""
    name = "" if "name =" in keys else 'name = "x"'
    row = _row(f'[[rows]]\ntable = "advisorresources"\n{name}\n{keys}', "advisorresources")
    assert row["id"] == id_.replace("{s}", SUBSCRIPTIONS[0])


def test_a_part_of_a_machine_lies_under_it() -> None:
    """The type says so, by beginning with the machine's."""
    row = _row(
        _MACHINE
        + """
        [[rows]]
        table = "patchinstallationresources"
        type = "microsoft.compute/virtualmachines/patchInstallationResults"
        machine = "web-01"
        name = "x"
        """,
        "patchinstallationresources",
    )
    assert row["id"].endswith("/virtualMachines/web-01/patchInstallationResults/x")


def test_every_column_can_be_filled() -> None:
    """Also those that the machines' own rows leave empty."""
    row = _row(
        """
        [[rows]]
        table = "resources"
        type = "a.b/c"
        name = "x"
        subscription = 2
        location = "global"
        kind = "web"
        managed_by = "{run}"
        zones = ["1", "2"]
        sku = { name = "Basic" }
        identity = { type = "SystemAssigned" }
        """,
        "resources",
    )
    assert row["managedBy"] == str(RUN)
    assert (row["kind"], row["location"], row["zones"]) == ("web", "global", ["1", "2"])
    assert (row["sku"], row["identity"]) == ({"name": "Basic"}, {"type": "SystemAssigned"})
    assert row["subscriptionId"] == SUBSCRIPTIONS[1]


def test_a_row_appears_when_its_lag_is_over() -> None:
    """Also in an answer that was remembered."""
    scenario = '[[rows]]\ntable = "advisorresources"\ntype = "a.b/c"\nlag = 30'
    with world(scenario) as w:
        assert w.rows("advisorresources | project id") == []
        w.clock.sleep(30)
        assert len(w.rows("advisorresources | project id")) == 1


def test_rows_of_the_run_s_table_stay_when_the_run_changes() -> None:
    """A row of another run is there before and after this one is cancelled."""
    scenario = """
        [[rows]]
        table = "maintenanceresources"
        type = "microsoft.maintenance/applyupdates"
        machine = "web-01"
        name = "other"
    """
    with world(scenario) as w:
        kql = "maintenanceresources | where name == 'other' | project id"
        assert len(w.rows(kql)) == 1
        w.cancel()
        assert len(w.rows(kql)) == 1


def test_what_is_wrong_with_rows_is_named_by_its_place() -> None:
    """All of it at once, with what would be right."""
    with pytest.raises(BadScenario) as caught:
        load_scenario("""
            [[rows]]
            table = "healthresource"
            type = "a.b/c"
            name = "{machine}"
            [[rows]]
            table = "healthresources"
            type = "a.b/c"
            properties = { at = ["{nwo}", "{now-5w}"], text = '{"json": {}}' }
            [[rows]]
            table = "healthresources"
            type = "nothing"
        """)
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "rows[1].table: there is no 'healthresource'",
        "rows[1].name: {machine} needs machine = the name of one",
        "rows[2].properties.at[1]: {nwo} means nothing",
        "rows[2].properties.at[2]: {now-5w} means nothing",
        "rows[3].type: String should match pattern '^[A-Za-z0-9.]+(/[A-Za-z0-9.]+)+$' (is nothing)",
    ]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ('machine = "nobody"', "rows[1].machine: no machine is named 'nobody'"),
        ("subscription = 0", "rows[1].subscription: must be the number of a subscription"),
        ("lag = -1", "rows[1].lag: "),
        ("colour = 1", "rows[1].colour: there is no such key; legal are table, type, id"),
    ],
)
def test_other_mistakes_are_named_too(keys: str, words: str) -> None:
    """A machine that is not there, a number that is not one, a key that is unknown."""
    with pytest.raises(BadScenario) as caught:
        load_scenario(f'[[rows]]\ntable = "resources"\ntype = "a.b/c"\n{keys}')
    (problem,) = caught.value.problems
    assert problem.startswith(words)


@given(
    word=st.sampled_from(["now", "start", "end"]),
    sign=st.sampled_from(["+", "-"]),
    count=st.integers(0, 9999),
    unit=st.sampled_from("smhd"),
)
def test_an_offset_is_added_or_taken_away(word: str, sign: str, count: int, unit: str) -> None:
    """Whatever the unit."""
    text = f"{{{word}{sign}{count}{unit}}}"
    assert not list(problems_in(text, "x", machine=False))
    seconds = count * {"s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
    moment: datetime = getattr(_WORDS, word)
    shifted = moment + timedelta(seconds=seconds if sign == "+" else -seconds)
    assert datetime.fromisoformat(fill_in(text, _WORDS)) == shifted


@given(st.text())
def test_what_has_no_problems_can_be_filled_in(text: str) -> None:
    """Nothing that was accepted when the scenario was read fails later."""
    if not list(problems_in(text, "x", machine=True)):
        assert isinstance(fill_in(text, _WORDS), str)
