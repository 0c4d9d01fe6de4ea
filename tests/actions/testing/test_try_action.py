"""The authors' kit plays an action as the app does: planned, remembered, done, and undone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.mgmt.compute import ComputeManagementClient

from actions import Context, Machine, Result, Run, action, done, nothing_to_do
from actions.testing import (
    FakeAzure,
    FakeGraph,
    FakeWeb,
    Status,
    a_context,
    a_machine,
    a_run,
    try_action,
    try_do,
    try_undo,
)
from core.errors import BadPlugin
from plugins.answers import CannotTell, Planned


class _Machines:
    """A machine's power, and whether somebody fails to start it."""

    def __init__(self, power: str = "deallocated") -> None:
        self.power = power

    def get(self, name: str) -> str:
        return f"{name} is {self.power}"

    def begin_start(self, name: str, *, polling: bool) -> None:
        self.power = "running"

    def begin_deallocate(self, name: str, *, polling: bool) -> None:
        self.power = "deallocated"


def _azure(machines: _Machines) -> FakeAzure:
    return FakeAzure(ComputeManagementClient=SimpleNamespace(virtual_machines=machines))


def _compute(ctx: Context, machine: Machine) -> Any:
    return ctx.azure.client(ComputeManagementClient, machine.subscription).virtual_machines


def stop_again(machine: Machine, ctx: Context) -> Result:
    _compute(ctx, machine).begin_deallocate(machine.name, polling=False)
    return done(f"was {ctx.memory['power']}")


@action(undo=stop_again)
def wake(machine: Machine, ctx: Context) -> Result:
    """Wake a machine."""
    if machine.power == "running":
        return nothing_to_do("it runs")
    ctx.remember(power=machine.power)
    _compute(ctx, machine).begin_start(machine.name, polling=False)
    return done("started")


@action(undo=stop_again)
def hasty(machine: Machine, ctx: Context) -> Result:
    """Changes something before it has remembered anything."""
    _compute(ctx, machine).begin_start(machine.name, polling=False)
    ctx.remember(power=machine.power)
    return done()


@action()
def tell(run: Run, ctx: Context) -> Result:
    """Has nothing to put back."""
    ctx.web.fetch("https://chat.example/hook", method="POST", body=b"hello")
    return done()


@action()
def wait(machine: Machine, ctx: Context) -> Result:
    """Waits longer than there is time."""
    ctx.sleep(86400)
    return done()


def test_an_action_is_planned_and_done_and_undone() -> None:
    """It remembers before it changes anything, and its undo finds that."""
    machines, machine = _Machines(), a_machine(power="deallocated")
    azure = _azure(machines)
    tried = try_action(wake, machine, azure=azure)
    assert [(o.status, o.reason) for o in tried.outcomes] == [(Status.PASSED, "started")]
    assert tried.memories == {machine.id.lower(): {"power": "deallocated"}}
    assert (tried.memory, machines.power) == ({"power": "deallocated"}, "running")
    (undone,) = try_undo(wake, machine, tried.memories, azure=azure)
    assert (undone.reason, machines.power) == ("was deallocated", "deallocated")
    assert [called.operation for called in azure.called] == [
        "virtual_machines.begin_start",
        "virtual_machines.begin_deallocate",
    ]


def test_what_has_nothing_to_do_remembers_nothing_and_is_not_undone() -> None:
    """Of two machines only the other one is."""
    up, down = a_machine("up"), a_machine("down", power="stopped")
    tried = try_action(wake, [up, down], azure=_azure(_Machines()))
    assert [one.reason for one in tried.outcomes] == ["it runs", "started"]
    assert list(tried.memories) == [down.id.lower()]
    (undone,) = try_undo(wake, [up, down], tried.memories, azure=_azure(_Machines()))
    assert undone.machine == down.id
    assert try_undo(wake, [up], {}) == ()


def test_a_change_before_it_is_remembered_is_found_out() -> None:
    """As in the app, it is UNKNOWN, and nothing has been changed."""
    azure = _azure(_Machines())
    tried = try_action(hasty, a_machine(power="stopped"), azure=azure)
    assert tried.outcomes[0].status is Status.UNKNOWN
    assert tried.outcomes[0].reason == "would change something before ctx.remember"
    assert azure.called == []


def test_an_action_without_undo_is_only_done() -> None:
    web = FakeWeb.failing("the hook is down")
    tried = try_action(tell, a_run("a"), web=web)
    assert [(o.status, o.reason) for o in tried.outcomes] == [(Status.UNKNOWN, "the hook is down")]
    assert len(web.asked) == 1
    with pytest.raises(TypeError, match="tell has no undo"):
        try_undo(tell, a_run("a"), {"": {}})


def test_nobody_waits_for_an_action_that_waits() -> None:
    """Its time is over at once, and it cannot tell."""
    (outcome,) = try_action(wait, a_machine()).outcomes
    assert outcome.status is Status.UNKNOWN


def test_done_again_after_a_crash_it_has_what_it_had_remembered() -> None:
    machine, machines = a_machine(power="deallocated"), _Machines()
    memories = {machine.id.lower(): {"power": "deallocated"}}
    (outcome,) = try_do(wake, machine, memories, azure=_azure(machines))
    assert (outcome.reason, machines.power) == ("started", "running")


def test_a_function_that_is_no_action_is_told_so() -> None:
    with pytest.raises(BadPlugin, match="is not marked with @action"):
        try_action(stop_again, a_machine())


def test_clients_that_are_not_given_cannot_be_had() -> None:
    (outcome,) = try_action(wake, a_machine(power="stopped"), azure=FakeAzure()).outcomes
    assert outcome.reason == "this Azure has no ComputeManagementClient: give it one"


def test_an_author_may_call_the_function_itself() -> None:
    """In the stage "plan" it is left where it remembers; reading is never a change."""
    machine, azure = a_machine(power="stopped"), _azure(_Machines())
    context = a_context(a_run(machine), stage="plan", azure=azure, graph=FakeGraph({}))
    assert _compute(context, machine).get("a") == "a is deallocated"
    with pytest.raises(Planned) as planned:
        wake(machine, context)
    assert planned.value.memory == {"power": "stopped"}
    with pytest.raises(CannotTell):
        _compute(context, machine).begin_start("a", polling=False)
