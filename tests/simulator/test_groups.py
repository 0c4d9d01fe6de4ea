"""Availability sets, scale sets, zones and the pools of load balancers."""

from __future__ import annotations

from tests.simulator.world import MACHINES, world

_TWO = """
    [[machines]]
    name = "web-{n}"
    count = 2
    subscription = 1
"""


def test_members_name_their_availability_set_in_another_case_than_it_has() -> None:
    """As in Azure: only ids compared without case find each other."""
    with world(_TWO + 'availability_set = "web"') as w:
        members = w.rows(f"{MACHINES} | project id, set = tostring(properties.availabilitySet.id)")
        (own,) = w.rows("resources | where type =~ 'microsoft.compute/availabilitysets'")
        assert {row["set"].lower() for row in members} == {own["id"].lower()}
        assert {row["set"] for row in members} != {own["id"]}
        listed = {vm["id"] for vm in own["properties"]["virtualMachines"]}
        assert listed == {row["id"] for row in members}


def test_members_of_a_scale_set_name_it() -> None:
    """Its row tells how many it has."""
    with world(_TWO + 'scale_set = "web"') as w:
        (own,) = w.rows("resources | where type =~ 'microsoft.compute/virtualmachinescalesets'")
        assert own["sku"]["capacity"] == 2
        kql = f"{MACHINES} | where properties.virtualMachineScaleSet.id =~ '{own['id']}'"
        assert len(w.rows(kql)) == 2


def test_the_zone_is_a_column() -> None:
    """A list of one; null for a machine that is in none."""
    with world(_TWO + 'zone = "2"\n[[machines]]\nname = "other"') as w:
        rows = w.rows(f"{MACHINES} | project id, name, zones, zone = tostring(zones[0])")
        assert {row["name"]: (row["zones"], row["zone"]) for row in rows} == {
            "web-1": (["2"], "2"),
            "web-2": (["2"], "2"),
            "other": (None, ""),
        }


def test_a_pool_is_reached_from_the_machine_and_from_the_load_balancer() -> None:
    """Over the interface of the machine, which both of them name."""
    with world(_TWO + 'backend_pool = "front"\n[[machines]]\nname = "other"') as w:
        rows = w.rows("""
            resources
            | where type =~ 'microsoft.network/networkinterfaces'
            | mv-expand address = properties.ipConfigurations
            | mv-expand pool = address.properties.loadBalancerBackendAddressPools
            | project id, machine = tostring(properties.virtualMachine.id),
                address = tostring(address.id), pool = tostring(pool.id)
            | order by id asc
        """)
        assert [row["machine"].rpartition("/")[2] for row in rows] == ["web-1", "web-2"]
        (balancer,) = w.rows("resources | where type =~ 'microsoft.network/loadbalancers'")
        (pool,) = balancer["properties"]["backendAddressPools"]
        assert {row["pool"] for row in rows} == {pool["id"]}
        addresses = [entry["id"] for entry in pool["properties"]["backendIPConfigurations"]]
        assert addresses == [row["address"] for row in rows]
        kql = f"{MACHINES} | mv-expand nic = properties.networkProfile.networkInterfaces"
        nics = {row["nic"] for row in w.rows(f"{kql} | project id, nic = tostring(nic.id)")}
        assert {row["id"] for row in rows} < nics


def test_sets_of_one_name_in_two_subscriptions_are_two() -> None:
    """A set lies beside its machines."""
    scenario = 'machines = [{ name = "web-{n}", count = 2, availability_set = "web" }]'
    with world(scenario) as w:
        kql = "resources | where type =~ 'microsoft.compute/availabilitysets'"
        assert len({row["subscriptionId"] for row in w.rows(kql)}) == 2
