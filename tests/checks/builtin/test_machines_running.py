"""Every machine is running (Azure), or connected (Arc)."""

from __future__ import annotations

import pytest

from checks import Machine
from checks.builtin.machines_running import machines_running
from tests.checks.asking import ask_in, site
from tests.checks.builtin.saying import (
    SayingGraph,
    not_passed,
    of_run,
    one_row,
    sample,
    statuses,
    told,
    vm,
)
from tests.checks.builtin.saying import arc as arc_server

NAME = "machines_running"


def said(machine: Machine, *powers: str) -> str:
    """What the check says of the machine when its rows show these."""
    run = of_run(machine)
    graph = SayingGraph({NAME: [one_row(machine, power=power) for power in powers]})
    return statuses(machines_running(run, told(run, None, graph)))[machine.name]


def test_machines_that_are_up_pass() -> None:
    """VMs and Arc servers alike."""
    outcomes = ask_in(sample(NAME, "passed"), NAME)
    assert [outcome.status.value for outcome in outcomes] == ["passed"] * 4


def test_machines_that_are_down_block_and_are_named() -> None:
    """The reason says what each is, and what it ought to be."""
    assert not_passed(ask_in(sample(NAME, "blocked"), NAME)) == {
        "batch-01": ("blocked", "is deallocated, not running"),
        "branch-01": ("blocked", "is disconnected, not connected"),
    }


def test_a_word_that_is_not_known_is_no_yes() -> None:
    """It is shown as it came."""
    found = not_passed(ask_in(sample(NAME, "unknown"), NAME))
    assert set(found) == {"web-02", "branch-01"}
    assert found["web-02"][0] == "unknown"
    assert "dreaming" in found["branch-01"][1]


@pytest.mark.parametrize("power", ["starting", "stopping", "stopped", "deallocating"])
def test_a_vm_on_its_way_is_not_up(power: str) -> None:
    """With patience it is asked again."""
    assert said(vm("a"), f"PowerState/{power}") == "blocked"


@pytest.mark.parametrize("status", ["Expired", "Error", "AwaitingConnection"])
def test_an_arc_server_without_a_connection_is_not_up(status: str) -> None:
    """Azure has several words for it."""
    assert said(arc_server("a"), status) == "blocked"


@pytest.mark.parametrize(
    ("machine", "power"), [(vm("a"), "Connected"), (arc_server("a"), "PowerState/running")]
)
def test_a_word_of_the_other_kind_of_machine_is_not_understood(
    machine: Machine, power: str
) -> None:
    """A VM is not connected, and an Arc server has no power state."""
    assert "neither" in said(machine, power)


def test_a_machine_without_a_row_is_unknown() -> None:
    """The sentence names the table and the kind of machine."""
    run = of_run(vm("a"), arc_server("b"))
    answers = statuses(machines_running(run, told(run, None, SayingGraph({NAME: []}))))
    assert answers == {
        "a": "Resource Graph's resources has no row of this VM",
        "b": "Resource Graph's resources has no row of this Arc server",
    }


def test_a_row_that_does_not_say_is_unknown() -> None:
    """As one that contradicts another."""
    assert said(vm("a"), "") == "Resource Graph does not say whether it is on"
    assert said(vm("a"), "PowerState/running", "PowerState/stopped").startswith("Resource Graph")


def test_nothing_is_known_of_a_run_whose_rows_do_not_come() -> None:
    """Resource Graph refuses the query: every machine is unknown, for that reason."""
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    faults = '[[faults]]\non = "graph"\ncalls = [2]\nstatus = 400\n'
    (outcome,) = ask_in(machines + faults, NAME)
    assert (outcome.status.value, outcome.machine) == ("unknown", None)
    assert "it refused the query" in outcome.reason


def test_throttling_to_the_end_is_no_answer() -> None:
    """The reason says what Azure said last."""
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    calls = list(range(2, 300))
    faults = f'[[faults]]\non = "graph"\ncalls = {calls}\nstatus = 429\nretry_after = 60\n'
    (outcome,) = ask_in(machines + faults, NAME)
    assert outcome.status.value == "unknown"
    assert "429" in outcome.reason


def test_it_costs_a_page_for_each_thousand_machines() -> None:
    """Finding 1,500 machines takes two pages, and asking about them two more."""
    with site('[[machines]]\nname = "m-{n:04}"\ncount = 1500\n') as world:
        outcomes = world.ask(NAME)
        pages = [seen for seen in world.azure.seen if seen.what == "graph"]
    assert {outcome.status.value for outcome in outcomes} == {"passed"}
    assert (len(outcomes), len(pages)) == (1500, 4)
