"""The project's own queries, against the simulator."""

from __future__ import annotations

import time
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from core.ids import MachineId
from tests.simulator.world import END, QUERIES, START, SUBSCRIPTIONS, query, world


class FakeCredential:
    """Gives a token to whoever asks."""

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        return AccessToken(f"token for {scopes[0]}", int(time.time()) + 3600)


@pytest.mark.parametrize("name", sorted(path.stem for path in QUERIES.glob("*.kql")))
def test_every_query_of_the_project_executes(name: str) -> None:
    """Each query file runs as it is, and finds something."""
    with world() as w:
        assert w.rows(query(name))


def test_machines_come_with_their_details() -> None:
    """The join fills location, tags, system and power, for Azure VMs and Arc servers alike."""
    with world() as w:
        rows = {MachineId.parse(r["machineId"]).name: r for r in w.rows(query("run_machines"))}
        assert sorted(rows) == ["branch-01", "branch-02", "sql-01", "web-01", "web-02"]
        assert rows["web-01"]["power"] == "PowerState/running"
        assert rows["web-01"]["tags"] == {"service": "shop"}
        assert rows["web-01"]["location"] == "westeurope"
        assert rows["sql-01"]["os"] == "Windows"
        assert rows["branch-01"]["power"] == "Connected"
        assert rows["branch-01"]["os"] == "windows"


def test_an_unreadable_machine_comes_without_details() -> None:
    """The run names a machine whose own row is hidden: everything about it is empty."""
    with world('machines = [{ name = "dark", readable = false }]') as w:
        (row,) = w.rows(query("run_machines"))
        assert MachineId.parse(row["resourceId"]).name == "dark"
        assert row["machineId"] == ""
        assert row["tags"] is None
        assert (row["location"], row["os"], row["power"]) == ("", "", "")


def test_letter_case_differs_between_sources_as_in_azure() -> None:
    """Ids must be compared without case, or the run has no machines."""
    with world() as w:
        for row in w.rows(query("run_machines")):
            assert row["resourceId"] != row["machineId"]
            assert row["resourceId"].lower() == row["machineId"].lower()


def test_machines_of_an_ended_run_stand_as_the_scenario_says() -> None:
    """Pending, in progress, and then each its own result."""
    scenario = 'machines = [{ name = "good", count = 1 }, { name = "bad", result = "Failed" }]'
    with world(scenario) as w:
        assert w.rows(query("run_results")) == [{"status": "Pending", "machines": 2}]
        w.clock.move_to(START)
        assert w.rows(query("run_results")) == [{"status": "InProgress", "machines": 2}]
        w.clock.move_to(END)
        assert w.rows(query("run_results")) == [
            {"status": "Failed", "machines": 1},
            {"status": "Succeeded", "machines": 1},
        ]
        assert w.rows(query("run_state"))[0]["status"] == "Failed"


def test_the_official_client_pages_through_the_machines() -> None:
    """`azure-mgmt-resourcegraph` takes the simulator for Azure."""
    scenario = 'graph.page_size = 4\nmachines = [{ name = "web-{n}", count = 10 }]'
    with world(scenario) as w:
        options = QueryRequestOptions(top=1000, result_format="objectArray")
        found: list[str] = []
        with ResourceGraphClient(FakeCredential(), base_url=w.url) as client:
            while True:
                page = client.resources(
                    QueryRequest(
                        query=query("run_machines"),
                        subscriptions=list(SUBSCRIPTIONS),
                        options=options,
                    ),
                    enforce_https=False,
                )
                # The client types `data` as an object; asked for an objectArray it is a list.
                rows: Any = page.data
                found += [row["machineId"] for row in rows]
                if not page.skip_token:
                    break
                options.skip_token = page.skip_token
        assert len(set(found)) == 10
        assert [seen.status for seen in w.azure.seen] == [200, 200, 200]
