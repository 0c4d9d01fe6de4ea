"""Machines and runs for a test: plausible as they come, and changed in one word."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checks import CannotTell
from checks.testing import NOW, PatchResult, RunEnd, a_context, a_machine, a_run
from core.ids import MachineId, RunId, subscription_id


def test_a_machine_is_a_linux_vm_that_is_running() -> None:
    """With an id that the app itself would take."""
    machine = a_machine()
    assert (machine.name, machine.kind, machine.os, machine.power) == (
        "web-01",
        "vm",
        "Linux",
        "running",
    )
    assert MachineId.parse(machine.id).type == "Microsoft.Compute/virtualMachines"
    assert machine.id.endswith("/virtualMachines/web-01")
    assert machine.subscription in machine.id
    assert f"/resourceGroups/{machine.resource_group}/" in machine.id


def test_an_arc_server_is_connected() -> None:
    """Its id is that of another kind of resource."""
    machine = a_machine("branch-01", kind="arc", os="Windows")
    assert (machine.power, machine.os) == ("connected", "Windows")
    assert MachineId.parse(machine.id).type == "Microsoft.HybridCompute/machines"


def test_every_field_is_the_tests_choice() -> None:
    """Tags as a plain dictionary, and nothing at all where that is meant."""
    machine = a_machine("x", tags={"Patch": "never"}, power=None, resource_group="other", id="/m/x")
    assert machine.tags["patch"] == "never"
    assert (machine.power, machine.resource_group, machine.id) == (None, "other", "/m/x")
    with pytest.raises(TypeError, match="colour"):
        a_machine(colour="red")


def test_a_run_starts_38_minutes_from_now() -> None:
    """And has an id that the app itself would take."""
    run = a_run("a", a_machine("b"))
    assert run.start - NOW == timedelta(minutes=38)
    assert [machine.name for machine in run.machines] == ["a", "b"]
    assert str(RunId.parse(run.id).configuration) == run.configuration_id
    assert [subscription_id(one) for one in run.subscriptions] == [run.machines[0].subscription]
    assert run.ended is None


def test_a_run_is_the_tests_choice_too() -> None:
    """A later start has a later end and another name; one that has ended says how."""
    ended = RunEnd(
        settled=True,
        status="Succeeded",
        message="",
        results=(PatchResult(status="Succeeded", machines=1),),
    )
    run = a_run("a", start=NOW + timedelta(days=1), ended=ended)
    assert run.end == NOW + timedelta(days=1, hours=2)
    assert f"{run.start:%Y%m%d}" in run.name
    assert run.name in run.id
    assert run.ended == ended
    assert a_run().machines == ()
    with pytest.raises(TypeError, match="colour"):
        a_run(colour="red")


def test_a_context_has_a_minute_and_nothing_to_ask() -> None:
    """For a test that calls a check's function by itself."""
    context = a_context(config=5)
    assert context.deadline - context.now == timedelta(minutes=1)
    assert (context.config, len(context.run.machines)) == (5, 1)
    with pytest.raises(CannotTell, match="no Resource Graph"):
        context.graph.ask("resources")
    with pytest.raises(CannotTell, match="no Azure Resource Manager"):
        context.arm.get("/x", api_version="2024-01-01")
    with pytest.raises(CannotTell, match="no web"):
        context.web.fetch("https://example.com")
