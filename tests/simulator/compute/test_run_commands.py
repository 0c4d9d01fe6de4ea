"""Scripts in the guests of machines."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.compute.sdk import GROUP, SDK, refused, sdk, vm

_ONE = 'machines = [{ name = "vm-1", subscription = 1 }]\n'
_ARC = 'machines = [{ name = "arc-1", kind = "arc", subscription = 1 }]\n'
_BODY: Any = {
    "location": "westeurope",
    "properties": {
        "source": {"script": "systemctl stop shop"},
        "parameters": [{"name": "unit", "value": "shop"}],
    },
}


def _run(azure: SDK, body: Any = None, name: str = "stop") -> Any:
    commands = azure.compute.virtual_machine_run_commands
    return commands.begin_create_or_update(GROUP, "vm-1", name, body or _BODY).result()


def _view(azure: SDK, name: str = "stop") -> Any:
    commands = azure.compute.virtual_machine_run_commands
    found = commands.get_by_virtual_machine(GROUP, "vm-1", name, expand="instanceView")
    return found.instance_view


def test_a_script_succeeds_unless_the_scenario_says_otherwise() -> None:
    """What ran, where and with what can be read."""
    with sdk(_ONE) as azure:
        assert _run(azure).provisioning_state == "Succeeded"
        view = _view(azure)
        assert (view.execution_state, view.exit_code) == ("Succeeded", 0)
        (ran,) = azure.world.azure.compute.scripts
        assert (ran.machine.name, ran.name, ran.script) == ("vm-1", "stop", "systemctl stop shop")
        assert ran.parameters == {"unit": "shop"}


def test_the_scenario_says_how_scripts_end_on_which_machines() -> None:
    """A script that fails does not fail the operation: the view tells."""
    rule = '[[run_commands]]\nmachines = "vm-*"\nscript = "*stop*"\nexit_code = 5\nerror = "no"'
    with sdk(_ONE + rule + '\noutput = "tried"') as azure:
        assert _run(azure).provisioning_state == "Succeeded"
        view = _view(azure)
        assert (view.execution_state, view.exit_code) == ("Failed", 5)
        assert (view.output, view.error) == ("tried", "no")
        _run(azure, {**_BODY, "properties": {"source": {"script": "true"}}}, "other")
        assert _view(azure, "other").exit_code == 0


def test_a_request_may_want_that_the_operation_fails_with_the_script() -> None:
    properties = {**_BODY["properties"], "treatFailureAsDeploymentFailure": True}
    with sdk(_ONE + "[[run_commands]]\nexit_code = 1") as azure:
        body = {**_BODY, "properties": properties}
        assert refused(lambda: _run(azure, body))[1] == "VMExtensionProvisioningError"


def test_a_script_that_takes_longer_than_it_may_is_ended() -> None:
    body = {**_BODY, "properties": {**_BODY["properties"], "timeoutInSeconds": 60}}
    with sdk(_ONE + "[[run_commands]]\ntakes = 600") as azure:
        _run(azure, body)
        assert _view(azure).execution_state == "TimedOut"


def test_a_view_is_shown_to_whoever_asks_for_it_and_tells_what_is_under_way() -> None:
    with sdk(_ONE + "[[run_commands]]\ntakes = 60") as azure:
        commands = azure.compute.virtual_machine_run_commands
        commands.begin_create_or_update(GROUP, "vm-1", "stop", _BODY, polling=False)
        plain = commands.get_by_virtual_machine(GROUP, "vm-1", "stop")
        assert (plain.instance_view, plain.provisioning_state) == (None, "Creating")
        assert _view(azure).execution_state == "Running"
        azure.world.clock.sleep(60)
        assert _view(azure).execution_state == "Succeeded"


def test_a_script_waits_for_the_agent_of_a_machine_that_has_just_started() -> None:
    scenario = 'machines = [{ name = "vm-1", subscription = 1, power = "stopped" }]\n'
    with sdk(scenario + "[power]\nstart = 20\nagent_after = 30") as azure:
        azure.compute.virtual_machines.begin_start(GROUP, "vm-1").result()
        up = azure.world.azure.power.history_of(vm("vm-1"))[-1].at
        _run(azure)
        (ran,) = azure.world.azure.compute.scripts
        assert (ran.at - up).total_seconds() == 30


def test_a_machine_that_is_off_refuses() -> None:
    with sdk('machines = [{ name = "vm-1", subscription = 1, power = "stopped" }]') as azure:
        assert refused(lambda: _run(azure)) == (409, "OperationNotAllowed")
        assert azure.world.azure.compute.scripts == ()


@pytest.mark.parametrize("body", [{"location": "x"}, {"properties": _BODY["properties"]}])
def test_what_has_no_script_or_no_place_is_refused(body: Any) -> None:
    with sdk(_ONE) as azure:
        assert refused(lambda: _run(azure, body))[0] == 400


def test_a_server_of_arc_runs_scripts_and_shows_the_view_unasked() -> None:
    with sdk(_ARC + '[[run_commands]]\nmachines = "arc-*"\nexit_code = 3') as azure:
        commands = azure.arc.machine_run_commands
        commands.begin_create_or_update(GROUP, "arc-1", "stop", _BODY).result()
        view = commands.get(GROUP, "arc-1", "stop").instance_view
        assert view is not None
        assert (view.execution_state, view.exit_code) == ("Failed", 3)
        commands.begin_delete(GROUP, "arc-1", "stop").result()
        assert refused(lambda: commands.get(GROUP, "arc-1", "stop"))[0] == 404


def test_what_is_sent_to_a_disconnected_server_waits() -> None:
    """Azure takes it on; nothing runs."""
    with sdk(_ARC.replace("1 }", '1, power = "Disconnected" }')) as azure:
        commands = azure.arc.machine_run_commands
        commands.begin_create_or_update(GROUP, "arc-1", "stop", _BODY, polling=False)
        azure.world.clock.sleep(3600)
        view = commands.get(GROUP, "arc-1", "stop").instance_view
        assert view is not None
        assert view.execution_state == "Pending"
        assert azure.world.azure.compute.scripts == ()


def test_commands_are_listed_and_removed() -> None:
    with sdk(_ONE) as azure:
        commands = azure.compute.virtual_machine_run_commands
        for name in ("a", "b"):
            _run(azure, name=name)
        listed = commands.list_by_virtual_machine(GROUP, "vm-1", expand="instanceView")
        assert [one.name for one in listed] == ["a", "b"]
        commands.begin_delete(GROUP, "vm-1", "a").result()
        assert [one.name for one in commands.list_by_virtual_machine(GROUP, "vm-1")] == ["b"]
        commands.begin_delete(GROUP, "vm-1", "a").result()
