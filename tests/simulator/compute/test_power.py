"""Machines that are started and stopped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.errors import BadScenario
from simulator import load_scenario
from tests.simulator.compute.sdk import GROUP, arc, refused, sdk, vm

_OFF = 'machines = [{ name = "vm-1", subscription = 1, power = "deallocated" }]\n'
_ON = 'machines = [{ name = "vm-1", subscription = 1 }]\n'
_POWER = (
    "resources | where type =~ 'microsoft.compute/virtualmachines'"
    " | project id, power = tostring(properties.extended.instanceView.powerState.code)"
)


def test_a_start_takes_its_time_and_the_agent_comes_later() -> None:
    """Starting, running, and only then an agent that is ready."""
    with sdk(_OFF + "[power]\nstart = 20\nagent_after = 30") as azure:
        poller = azure.compute.virtual_machines.begin_start(GROUP, "vm-1", polling=False)
        assert not hasattr(poller.result(), "id")
        assert azure.power("vm-1") == "starting"
        azure.world.clock.sleep(20)
        assert azure.power("vm-1") == "running"
        vm_1 = azure.compute.virtual_machines
        view = vm_1.get(GROUP, "vm-1", expand="instanceView").instance_view
        assert view is not None
        assert view.vm_agent is not None
        assert [one.display_status for one in view.vm_agent.statuses or ()] == ["Not Ready"]
        azure.world.clock.sleep(30)
        agent = vm_1.instance_view(GROUP, "vm-1").vm_agent
        assert agent is not None
        assert [one.display_status for one in agent.statuses or ()] == ["Ready"]


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        ("begin_start", "deallocated", "running"),
        ("begin_deallocate", "running", "deallocated"),
        ("begin_power_off", "running", "stopped"),
        ("begin_restart", "running", "running"),
        ("begin_start", "running", "running"),
        ("begin_deallocate", "deallocated", "deallocated"),
        ("begin_power_off", "deallocated", "deallocated"),
    ],
)
def test_the_sdk_waits_until_it_is_done(action: str, before: str, after: str) -> None:
    """By the headers of a long-running operation, as long as they say."""
    with sdk(_OFF.replace("deallocated", before)) as azure:
        getattr(azure.compute.virtual_machines, action)(GROUP, "vm-1").result()
        assert azure.world.azure.power.of(vm("vm-1")) == after
        assert azure.power("vm-1") == after


def test_an_operation_tells_how_it_goes_at_two_places() -> None:
    """202 with both headers; in progress with a time to wait, and then done."""
    with sdk(_OFF + "[power]\nretry_after = 7") as azure:
        answer = azure.world.send("POST", f"{vm('vm-1')}/start")
        assert (answer.status_code, answer.headers["Retry-After"]) == (202, "7")
        places = [answer.headers[name] for name in ("Azure-AsyncOperation", "Location")]
        status, monitor = (place.removeprefix(azure.world.url) for place in places)
        under_way = azure.world.send("GET", status, params={})
        assert under_way.json()["status"] == "InProgress"
        assert under_way.headers["Retry-After"] == "7"
        assert azure.world.send("GET", monitor, params={}).status_code == 202
        azure.world.clock.sleep(20)
        assert azure.world.send("GET", status, params={}).json()["status"] == "Succeeded"
        assert azure.world.send("GET", monitor, params={}).status_code == 200


def test_rows_of_resource_graph_follow_when_the_scenario_lets_them() -> None:
    """One truth, seen late."""
    with sdk(_OFF + "[power]\nrow_lag = 60") as azure:
        azure.compute.virtual_machines.begin_start(GROUP, "vm-1").result()
        assert azure.power("vm-1") == "running"
        (row,) = azure.world.rows(_POWER)
        assert row["power"] == "PowerState/deallocated"
        azure.world.clock.sleep(60)
        (row,) = azure.world.rows(_POWER)
        assert row == {"id": vm("vm-1"), "power": "PowerState/running"}


def test_what_was_started_twice_is_running_once() -> None:
    """The second start joins the first: one change of power, two operations that succeed."""
    with sdk(_OFF) as azure:
        for _ in range(2):
            azure.compute.virtual_machines.begin_start(GROUP, "vm-1", polling=False)
        azure.compute.virtual_machines.begin_start(GROUP, "vm-1").result()
        changes = [one.power for one in azure.world.azure.power.history_of(vm("vm-1"))]
        assert changes == ["starting", "running"]


def test_a_more_recent_operation_preempts_the_older() -> None:
    """The start fails in Azure's words, and the machine is off again."""
    with sdk(_OFF) as azure:
        start = azure.compute.virtual_machines.begin_start(GROUP, "vm-1", polling=True)
        azure.compute.virtual_machines.begin_deallocate(GROUP, "vm-1").result()
        assert refused(start.result)[1] == "OperationPreempted"
        assert azure.power("vm-1") == "deallocated"


def test_only_what_runs_is_restarted() -> None:
    with sdk(_OFF) as azure:
        restart = azure.compute.virtual_machines.begin_restart
        assert refused(lambda: restart(GROUP, "vm-1")) == (409, "OperationNotAllowed")


def test_a_start_may_be_taken_on_and_fail_in_the_end() -> None:
    """AllocationFailed for the first; the machine is as it was, and the next one works."""
    with sdk(_OFF + '[[operations]]\non = "start"\nmachines = "VM-*"\nfirst = 1') as azure:
        start = azure.compute.virtual_machines.begin_start
        assert refused(lambda: start(GROUP, "vm-1").result())[1] == "AllocationFailed"
        assert azure.power("vm-1") == "deallocated"
        start(GROUP, "vm-1").result()
        assert azure.power("vm-1") == "running"


def test_a_start_may_never_end() -> None:
    """Hours later it is still under way."""
    with sdk(_OFF + '[[operations]]\nalways = true\nends = "never"') as azure:
        poller = azure.compute.virtual_machines.begin_start(GROUP, "vm-1", polling=False)
        azure.world.clock.sleep(3 * 3600)
        assert poller.done()
        assert azure.power("vm-1") == "starting"
        assert azure.world.azure.power.agent_ready(vm("vm-1")) is False


def test_a_machine_that_is_not_there_is_not_started() -> None:
    with sdk(_OFF) as azure:
        start = azure.compute.virtual_machines.begin_start
        assert refused(lambda: start(GROUP, "vm-2")) == (404, "ResourceNotFound")
        deleted = azure.world.send("DELETE", vm("vm-1"))
        azure.world.clock.sleep(30)
        assert deleted.status_code == 202
        assert refused(lambda: start(GROUP, "vm-1")) == (404, "ResourceNotFound")
        assert azure.world.azure.power.of(vm("vm-1")) == "deleted"


def test_a_dropped_answer_leaves_a_machine_that_is_started_all_the_same() -> None:
    """Faults of ARM hit these requests too, and can be narrowed to some of them."""
    fault = '[[faults]]\non = "arm"\npath = "*/start"\nfirst = 1\ndrop = "after"'
    with sdk(_OFF + fault) as azure:
        azure.power("vm-1")
        with pytest.raises(Exception, match="aborted"):
            azure.compute.virtual_machines.begin_start(GROUP, "vm-1")
        azure.world.clock.sleep(20)
        assert azure.power("vm-1") == "running"
        azure.compute.virtual_machines.begin_start(GROUP, "vm-1").result()


def test_a_narrow_fault_counts_only_what_it_means() -> None:
    """The second start of one machine is refused, whatever else was asked before."""
    fault = '[[faults]]\nmethod = "POST"\npath = "*/VM-1/*"\ncalls = [2]\nstatus = 409'
    with sdk(_OFF + fault) as azure:
        codes = [azure.world.send("POST", f"{vm('vm-1')}/start").status_code for _ in range(3)]
        assert codes == [202, 409, 202]


def test_many_are_started_at_once_and_each_of_them_once() -> None:
    """Requests of several threads do not lose one another's changes."""
    names = [f"vm-{n:02}" for n in range(1, 41)]
    scenario = (
        'machines = [{ name = "vm-{n:02}", count = 40, subscription = 1, power = "stopped" }]'
    )
    with sdk(scenario) as azure, ThreadPoolExecutor(8) as pool:
        sent = pool.map(lambda name: azure.world.send("POST", f"{vm(name)}/start"), names * 2)
        assert {answer.status_code for answer in sent} == {202}
        azure.world.clock.sleep(20)
        power = azure.world.azure.power
        assert {power.of(vm(name)) for name in names} == {"running"}
        assert len(power.history) == 80


def test_a_bucket_of_writes_belongs_to_one_identity_in_one_subscription() -> None:
    """Each answer tells how many remain; the one too many has no effect."""
    header = "x-ms-ratelimit-remaining-subscription-writes"
    with sdk(_OFF + "[arm]\nwrites = 2\nwrites_per_second = 0.1") as azure:
        path = f"{vm('vm-1')}/powerOff"
        answers = [azure.world.send("POST", path) for _ in range(3)]
        assert [one.status_code for one in answers] == [202, 202, 429]
        assert [one.headers[header] for one in answers] == ["1", "0", "0"]
        assert answers[2].headers["Retry-After"] == "10"
        somebody = {"Authorization": "Bearer another"}
        assert azure.world.send("POST", path, headers=somebody).status_code == 202
        azure.world.clock.sleep(10)
        assert azure.world.send("POST", path).status_code == 202


def test_tags_that_are_patched_stand_in_place_of_the_others() -> None:
    """For VMs and for servers of Arc; rows show them too."""
    scenario = """machines = [
        { name = "vm-1", subscription = 1, tags = { a = "1" } },
        { name = "arc-1", kind = "arc", subscription = 1, tags = { a = "1" } },
    ]"""
    with sdk(scenario) as azure:
        tags = {"b": "2"}
        update: Any = {"tags": tags}
        vms, servers = azure.compute.virtual_machines, azure.arc.machines
        assert vms.begin_update(GROUP, "vm-1", update).result().tags == tags
        assert servers.update(GROUP, "arc-1", update).tags == tags
        server = servers.get(GROUP, "arc-1")
        assert (server.status, server.tags) == ("Connected", tags)
        kql = "resources | where isnotnull(tags) | project id, tags | order by id asc"
        assert azure.world.rows(kql) == [
            {"id": vm("vm-1"), "tags": tags},
            {"id": arc("arc-1"), "tags": tags},
        ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[power]\nstrat = 1", "did you mean start?"),
        ('[[operations]]\non = "start"', "say which"),
        ('[[operations]]\nalways = true\nends = "late"', "needs takes"),
        ('[[others]]\nmachine = "web-09"\nat = "+5m"\ndoes = "start"', "no machine is named"),
        ('[[others]]\nmachine = "web-01"\nat = "soon"\ndoes = "start"', "must be like"),
        ('[[others]]\nmachine = "branch-01"\nat = "+5m"\ndoes = "start"', "only be deleted"),
        ('[[snapshots]]\nmachine = "branch-01"\nname = "s"', "no disks in Azure"),
        ('[[snapshots]]\nmachine = "web-01"\nname = "s"\ntags.x = "{n}"', "means nothing"),
        ('machines = [{ kind = "arc", data_disks = 1 }]', "no data_disks"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_named(text: str, words: str) -> None:
    with pytest.raises(BadScenario, match="problem") as caught:
        load_scenario(text)
    assert words in str(caught.value)
