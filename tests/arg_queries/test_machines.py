"""A machine of the run, as checks see it."""

from __future__ import annotations

import pytest

from core.model import Machine, Tags
from tests.arg_queries.parts import SUBSCRIPTION, find, find_in, machine_id, machine_row, page
from tests.scripted_server import scripted
from tests.simulator.world import SUBSCRIPTIONS, world

_ESTATE = """
    [[machines]]
    name = "Web-01"
    os = "Windows"
    power = "deallocated"
    location = "northeurope"
    tags = { Patch = "never", owner = "Ops" }
    subscription = 1

    [[machines]]
    name = "Branch-01"
    kind = "arc"
    power = "Disconnected"
    subscription = 2
"""


def test_azure_vms_and_arc_servers_are_found_with_their_details() -> None:
    """Both kinds, by one query: id in published case, OS and power state in lower case."""
    with world(_ESTATE) as w:
        found = find_in(w)
        assert len(w.azure.seen) == 1
    assert found.gaps == ()
    assert found.silent == ()
    assert sorted(found.machines, key=lambda machine: machine.kind) == [
        Machine(
            id=f"/subscriptions/{SUBSCRIPTIONS[1]}/resourceGroups/Estate"
            "/providers/Microsoft.HybridCompute/machines/Branch-01",
            name="Branch-01",
            kind="arc",
            subscription=SUBSCRIPTIONS[1],
            resource_group="Estate",
            location="westeurope",
            os="linux",
            power="disconnected",
            update_status="Pending",
        ),
        Machine(
            id=f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/Estate"
            "/providers/Microsoft.Compute/virtualMachines/Web-01",
            name="Web-01",
            kind="vm",
            subscription=SUBSCRIPTIONS[0],
            resource_group="Estate",
            location="northeurope",
            os="windows",
            power="deallocated",
            update_status="Pending",
            tags=Tags({"Patch": "never", "owner": "Ops"}),
        ),
    ]


def test_rows_that_come_late_are_found_by_asking_later() -> None:
    """Each answer is what Resource Graph shows now."""
    with world('graph.lag = 60\nmachines = [{ name = "web-1" }]') as w:
        assert find_in(w).machines == ()
        w.clock.sleep(60)
        assert [machine.name for machine in find_in(w).machines] == ["web-1"]


def test_a_machine_that_is_listed_twice_is_one() -> None:
    """Letter case differs between Azure's own sources."""
    twice = [machine_row("web-1"), machine_row("web-1", machineId=machine_id("WEB-1").upper())]
    with scripted(page(twice)) as server:
        found = find(server.url)
    assert len(found.machines) == 1
    assert found.gaps == ()


def test_ids_are_read_without_case() -> None:
    """The type comes out as Azure publishes it, the subscription in lower case."""
    with scripted(page([machine_row("web-1", machineId=machine_id("Web-1").upper())])) as server:
        (machine,) = find(server.url).machines
    assert machine.subscription == SUBSCRIPTION
    assert "/providers/Microsoft.Compute/virtualMachines/WEB-1" in machine.id
    assert machine.kind == "vm"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"power": "PowerState/Running"}, ("running", "linux", "westeurope")),
        ({"power": "Connected", "os": "WINDOWS"}, ("connected", "windows", "westeurope")),
        ({"power": "", "os": "", "location": ""}, (None, None, None)),
        ({"power": None, "os": None, "location": None}, (None, None, None)),
        ({"power": 5, "os": {}, "location": ["a"]}, (None, None, None)),
    ],
)
def test_what_is_not_told_is_none(
    columns: dict[str, object], expected: tuple[str | None, ...]
) -> None:
    """And never a word that a check could take for an answer."""
    with scripted(page([machine_row("web-1", **columns)])) as server:
        (machine,) = find(server.url).machines
    assert (machine.power, machine.os, machine.location) == expected


@pytest.mark.parametrize("tags", [None, "", [], {}])
def test_a_machine_without_tags_has_none(tags: object) -> None:
    """Whatever Resource Graph puts there."""
    with scripted(page([machine_row("web-1", tags=tags)])) as server:
        (machine,) = find(server.url).machines
    assert dict(machine.tags) == {}


def test_tags_are_looked_up_without_case() -> None:
    """As Azure does."""
    with scripted(page([machine_row("web-1", tags={"Patch": "Never", "n": 5})])) as server:
        (machine,) = find(server.url).machines
    assert machine.tags["PATCH"] == "Never"
    assert machine.tags["n"] == "5"
