"""What Resource Graph does not show is named, and never taken for nothing."""

from __future__ import annotations

import pytest

from core.ids import RunId
from tests.arg_queries.parts import SUBSCRIPTION, find, find_in, machine_id, machine_row, page
from tests.scripted_server import answer, scripted
from tests.simulator.world import RUN, SUBSCRIPTIONS, world

_FIRST, _SECOND = SUBSCRIPTIONS
_IN_A_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers"


def test_an_empty_list_is_a_gap() -> None:
    """Every subscription can be read and none has a machine: then what is this run?"""
    with world("graph.lag = 3600") as w:
        found = find_in(w)
    assert found.machines == ()
    (gap,) = found.gaps
    assert gap.problem == "Resource Graph lists no machine for this run"
    assert gap.remedy
    assert found.silent == SUBSCRIPTIONS


def test_without_subscriptions_the_list_is_empty_and_a_gap() -> None:
    """An event that names none gives no machines, and no green light."""
    with scripted() as server:
        found = find(server.url, subscriptions=())
    assert found.machines == ()
    assert len(found.gaps) == 1


def test_a_subscription_that_cannot_be_read_is_named() -> None:
    """Azure hides it without a word; its machines may be anything."""
    scenario = 'graph.hidden_subscriptions = [2]\nmachines = [{ name = "web-{n}", count = 4 }]'
    with world(scenario) as w:
        found = find_in(w)
        assert len(w.azure.seen) == 2
    assert {machine.subscription for machine in found.machines} == {_FIRST}
    (gap,) = found.gaps
    assert gap.subject == f"subscription {_SECOND}"
    assert "cannot read it" in gap.problem
    assert "Reader" in gap.remedy
    assert found.silent == ()


def test_all_subscriptions_that_cannot_be_read_are_named() -> None:
    """One gap each, and none that says there are no machines."""
    with world("graph.hidden_subscriptions = [1, 2]") as w:
        found = find_in(w)
    assert found.machines == ()
    assert {gap.subject for gap in found.gaps} == {f"subscription {s}" for s in SUBSCRIPTIONS}


def test_a_refusal_to_look_at_hidden_subscriptions_tells_its_reason() -> None:
    """Some have seen a 400 where others see an empty answer."""
    scenario = "graph = { hidden_subscriptions = [1, 2], refuse_unreadable = true }"
    with world(scenario) as w:
        found = find_in(w)
    assert found.machines == ()
    assert "NoValidSubscriptionsInQueryRequest" in found.gaps[0].problem


def test_a_readable_subscription_without_a_machine_is_silent() -> None:
    """It is no gap: the event may name subscriptions that have no machine in this run."""
    with world('machines = [{ name = "web-1", subscription = 1 }]') as w:
        found = find_in(w)
    assert found.gaps == ()
    assert found.silent == (_SECOND,)


def test_if_nobody_knows_what_can_be_read_that_is_a_gap() -> None:
    """The machines are there, the question after them failed."""
    with scripted(page([machine_row("web-1")]), answer(400)) as server:
        found = find(server.url, subscriptions=SUBSCRIPTIONS)
    assert len(found.machines) == 1
    (gap,) = found.gaps
    assert "refused the query" in gap.problem


def test_machines_whose_details_are_hidden_are_a_gap() -> None:
    """They are in the list, and what checks would ask about them is not known."""
    scenario = """
        [[machines]]
        name = "web-1"
        subscription = 1
        [[machines]]
        name = "secret-{n}"
        count = 3
        readable = false
        subscription = 2
    """
    with world(scenario) as w:
        found = find_in(w)
    assert [machine.name for machine in found.machines] == ["web-1"]
    (gap,) = found.gaps
    assert gap.subject == f"subscription {_SECOND}"
    assert gap.problem.startswith("3 machines")
    assert len(found.undetailed) == 3
    assert all(_SECOND in machine for machine in found.undetailed)


@pytest.mark.parametrize(
    "resource",
    [
        f"{_IN_A_GROUP}/Microsoft.Compute/virtualMachineScaleSets/web/virtualMachines/0",
        f"{_IN_A_GROUP}/Microsoft.Sql/servers/db",
        machine_id("a/../b"),
        machine_id(""),
        "",
        None,
        5,
    ],
)
def test_a_row_that_is_no_machine_is_a_gap(resource: object) -> None:
    """It stays in the run, so it is not dropped: it is named."""
    row = machine_row("web-2", machineId="", resourceId=resource)
    with scripted(page([machine_row("web-1"), row])) as server:
        found = find(server.url)
    assert [machine.name for machine in found.machines] == ["web-1"]
    (gap,) = found.gaps
    assert gap.subject == "machines"
    assert "cannot be understood" in gap.problem


def test_many_rows_that_are_no_machines_are_one_gap() -> None:
    """The first are quoted and the rest counted: a report has to stay readable."""
    rows = [machine_row(f"web {n}", machineId=machine_id(f"web {n}")) for n in range(50)]
    with scripted(page(rows)) as server:
        found = find(server.url)
    (gap,) = (gap for gap in found.gaps if "understood" in gap.problem)
    assert "web 0" in gap.problem
    assert "and 47 more" in gap.problem


def test_another_runs_machines_are_not_ours() -> None:
    """Rows are matched by the whole correlation id."""
    other = RunId(configuration=RUN.configuration, name="20260308020000")
    with world() as w:
        kql_of_ours = find_in(w)
        assert kql_of_ours.machines
        assert str(RUN) in w.azure.seen[0].body["query"]
        assert str(other) not in w.azure.seen[0].body["query"]
