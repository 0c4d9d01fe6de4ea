"""Every machine's agent is ready to install updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from checks import CannotTell, Machine
from checks.builtin.agent_ready import AgentReady, agent_ready
from tests.builders import NOON, SUBSCRIPTION
from tests.checks.asking import ask_in, site
from tests.checks.builtin.saying import (
    SayingArm,
    SayingGraph,
    arc,
    not_passed,
    of_run,
    one_row,
    sample,
    statuses,
    told,
    vm,
)

NAME = "agent_ready"
LIST = f"/subscriptions/{SUBSCRIPTION}/providers/microsoft.compute/virtualmachines"
READY = {"code": "ProvisioningState/succeeded", "displayStatus": "Ready", "level": "Info"}
NOT_READY = {
    "code": "ProvisioningState/Unavailable",
    "displayStatus": "Not Ready",
    "message": "VM Agent is unresponsive.",
}
RUNNING = [{"code": "ProvisioningState/succeeded"}, {"code": "PowerState/running"}]


def view(*statuses_: Mapping[str, Any], power: Any = RUNNING) -> dict[str, Any]:
    """An instance view with these statuses of its agent."""
    agent = {"vmAgentVersion": "2.7", "statuses": list(statuses_)}
    return {"statuses": power, "vmAgent": agent} if statuses_ else {"statuses": power}


def listed(machine: Machine, instance_view: object) -> dict[str, Any]:
    """An entry of the list of VMs."""
    return {"id": machine.id.upper(), "properties": {"instanceView": instance_view}}


def said(instance_view: object, **config: Any) -> str:
    """What the check says of a VM whose entry in the list has this instance view."""
    machine = vm("a")
    arm = SayingArm(lists={LIST: [listed(machine, instance_view)]})
    run = of_run(machine)
    return statuses(agent_ready(run, told(run, AgentReady(**config), arm=arm)))["a"]


def said_of_arc(config: AgentReady | None = None, **columns: str) -> str:
    """What the check says of an Arc server with these columns."""
    machine = arc("a")
    graph = SayingGraph({NAME: [one_row(machine, **columns)]})
    run = of_run(machine)
    return statuses(agent_ready(run, told(run, config or AgentReady(), graph)))["a"]


def test_agents_that_are_ready_pass() -> None:
    """Of VMs and of Arc servers."""
    assert not_passed(ask_in(sample(NAME, "passed"), NAME)) == {}


def test_agents_that_are_not_ready_block() -> None:
    """One that does not answer, one of a VM that is off, and one that does not report."""
    found = not_passed(ask_in(sample(NAME, "blocked"), NAME))
    assert {name: status for name, (status, _) in found.items()} == {
        "web-02": "blocked",
        "batch-01": "blocked",
        "branch-01": "blocked",
    }
    assert found["web-02"][1].startswith("its VM agent is not ready")
    assert found["batch-01"][1] == "is deallocated: its agent cannot be ready"
    assert found["branch-01"][1] == "its Arc agent is disconnected since 2026-11-28 00:52 UTC"


def test_an_agent_that_nobody_shows_is_unknown() -> None:
    """As is one that says a word which is in no list."""
    found = not_passed(ask_in(sample(NAME, "unknown"), NAME))
    assert {name: status for name, (status, _) in found.items()} == {
        "web-02": "unknown",
        "web-03": "unknown",
    }
    assert "'Thinking'" in found["web-03"][1]


def test_each_subscription_is_listed_once() -> None:
    """Two lists for the VMs of two subscriptions, one query for all Arc servers."""
    scenario = '[[machines]]\nname = "a-{n}"\ncount = 6\n[[machines]]\nname = "b"\nkind = "arc"\n'
    with site(scenario) as world:
        assert not_passed(world.ask(NAME)) == {}
        calls = [seen.what for seen in world.azure.seen]
    assert (calls.count("arm"), calls.count("graph")) == (2, 2)


def test_a_list_that_may_not_be_read_makes_its_own_machines_unknown() -> None:
    """The other subscription's are judged."""
    other = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
    here, there = vm("here"), vm("there", subscription=other)
    lists: dict[str, Sequence[Mapping[str, Any]] | CannotTell] = {
        LIST: [listed(here, view(READY))],
        LIST.replace(SUBSCRIPTION, other): CannotTell("403"),
    }
    run = of_run(here, there)
    answers = statuses(agent_ready(run, told(run, AgentReady(), arm=SayingArm(lists=lists))))
    assert answers == {"here": "passed", "there": "403"}


def test_azure_that_refuses_the_lists_is_no_yes() -> None:
    """Every VM is unknown, and the reason has Azure's answer."""
    scenario = '[[machines]]\nname = "a-{n}"\ncount = 2\n'
    faults = '[[faults]]\non = "arm"\nalways = true\nstatus = 403\n'
    found = not_passed(ask_in(scenario + faults, NAME))
    assert {status for status, _ in found.values()} == {"unknown"}
    assert all("403" in reason for _, reason in found.values())


@pytest.mark.parametrize(
    ("instance_view", "answer"),
    [
        (view(READY), "passed"),
        (view(NOT_READY), "blocked"),
        (view(READY, NOT_READY), "blocked"),
        (view(power=[{"code": "PowerState/stopped"}]), "blocked"),
        (view(READY, power=[{"code": "PowerState/Deallocated"}]), "blocked"),
        ({"vmAgent": "?"}, "its instance view shows no VM agent"),
        (
            {"vmAgent": {"statuses": [READY, "Not Ready"]}},
            "its VM agent's status is '': neither Ready nor Not Ready",
        ),
        ({"vmAgent": {"statuses": []}}, "its instance view has no status of its VM agent"),
        (view({"displayStatus": None}), "its VM agent's status is '': neither Ready nor Not Ready"),
    ],
)
def test_an_instance_view_is_read_as_azure_writes_it(instance_view: object, answer: str) -> None:
    """And whatever is not understood is unknown."""
    assert said(instance_view) == answer


@pytest.mark.parametrize(
    ("minutes", "answer"),
    [(5, "passed"), (61, "its VM agent's status is 61 min old, more than 60 min")],
)
def test_a_status_that_carries_an_old_time_is_unknown(minutes: int, answer: str) -> None:
    """One without a time is as fresh as the view."""
    time = (NOON - timedelta(minutes=minutes)).isoformat()
    assert said(view({**READY, "time": time})) == answer


def test_a_vm_that_is_not_in_the_list_is_unknown() -> None:
    """It may have been deleted, or hidden."""
    run = of_run(vm("a"))
    arm = SayingArm(lists={LIST: []})
    answers = statuses(agent_ready(run, told(run, AgentReady(), arm=arm)))
    assert answers == {"a": "the list of its subscription's VMs leaves it out"}


def test_vms_whose_agent_the_list_leaves_out_are_read_singly_up_to_a_number() -> None:
    """The others are unknown, and the reason says why."""
    machines = [vm(name) for name in "abc"]
    arm = SayingArm(
        lists={LIST: [listed(machine, view()) for machine in machines]},
        objects={f"{machine.id}/instanceView".lower(): view(READY) for machine in machines},
    )
    run = of_run(*machines)
    config = AgentReady(most_single_reads=2)
    answers = statuses(agent_ready(run, told(run, config, arm=arm)))
    assert (answers["a"], answers["b"]) == ("passed", "passed")
    assert answers["c"].endswith("and 2 VMs were read singly already")
    assert len(arm.asked) == 3


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("Connected", "passed"),
        ("connected", "passed"),
        ("Disconnected", "blocked"),
        ("Expired", "blocked"),
        ("Error", "blocked"),
        ("AwaitingConnection", "blocked"),
        ("Dreaming", "its Arc agent's status is 'Dreaming', which is not known"),
        ("", "its Arc agent's status is '', which is not known"),
    ],
)
def test_an_arc_agents_status_is_what_counts(status: str, answer: str) -> None:
    """In any letter case."""
    assert said_of_arc(status=status, changed="2026-01-01T00:00:00.0000000Z") == answer


def test_an_arc_agents_last_change_counts_if_the_site_says_so() -> None:
    """By default it does not: an agent connected for weeks last changed weeks ago."""
    config = AgentReady(max_contact_minutes=30)
    old = "2026-11-28T11:00:00.0000000Z"
    assert said_of_arc(status="Connected", changed=old) == "passed"
    aged = said_of_arc(config, status="Connected", changed=old)
    assert "is 60 min old, more than 30 min" in aged
    assert "no time that can be read" in said_of_arc(config, status="Connected")


def test_an_arc_server_without_a_row_is_unknown() -> None:
    """The sentence names the table and the kind of machine."""
    run = of_run(arc("a"))
    answers = statuses(agent_ready(run, told(run, AgentReady(), SayingGraph({NAME: []}))))
    assert answers == {"a": "Resource Graph's resources has no row of this Arc server"}


def test_a_run_of_arc_servers_asks_for_no_list_of_vms() -> None:
    """And the other way round: what is not needed is not asked, so it needs no right."""
    run, arm = of_run(arc("a")), SayingArm()
    agent_ready(run, told(run, AgentReady(), SayingGraph({NAME: []}), arm))
    assert arm.asked == []
    run, graph = of_run(vm("a")), SayingGraph({})
    agent_ready(run, told(run, AgentReady(), graph, SayingArm(lists={LIST: []})))
    assert graph.asked == []


@pytest.mark.parametrize("first", [READY, NOT_READY])
def test_a_vm_that_is_listed_twice_in_two_ways_is_read_singly(first: Mapping[str, Any]) -> None:
    """Neither entry counts, whichever comes last."""
    machine = vm("a")
    other = NOT_READY if first is READY else READY
    entries = [listed(machine, view(first)), listed(machine, view(other))]
    arm = SayingArm(lists={LIST: entries})
    run = of_run(machine)
    assert (
        "there is nothing at" in statuses(agent_ready(run, told(run, AgentReady(), arm=arm)))["a"]
    )
    arm.objects = {f"{machine.id}/instanceView".lower(): view(READY)}
    assert statuses(agent_ready(run, told(run, AgentReady(), arm=arm))) == {"a": "passed"}


def test_arc_rows_that_contradict_each_other_are_no_answer() -> None:
    """Whichever comes first."""
    server = arc("a")
    rows = [one_row(server, status=status) for status in ("Connected", "Disconnected")]
    run = of_run(server)
    answers = statuses(agent_ready(run, told(run, AgentReady(), SayingGraph({NAME: rows}))))
    assert answers == {"a": "Resource Graph gives several statuses of its Arc agent"}


@pytest.mark.parametrize("minutes", [0, -1, float("nan"), 1e300])
def test_an_age_that_makes_no_sense_is_no_policy(minutes: float) -> None:
    """It would only be noticed when a run is judged."""
    with pytest.raises(ValueError, match="max_age_minutes"):
        AgentReady(max_age_minutes=minutes)
    with pytest.raises(ValueError, match="max_contact_minutes"):
        AgentReady(max_contact_minutes=minutes)
