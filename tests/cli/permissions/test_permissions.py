"""`patchgate permissions`: two roles, printed, or held against what an identity has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checks.discovery import discover
from cli.main import app
from core.rights import ON_CONFIGURATIONS, ON_MACHINES
from simulator import Azure, load_scenario, serve
from tests.cli.published import hold
from tests.fakes import FakeClock
from tests.stories import at, pre_event

EVENT = pre_event()
CONFIGURATION = str(EVENT.configuration)
GROUP = f"/subscriptions/{EVENT.configuration.subscription}/resourceGroups/rg-patching"
OTHER = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
PRINCIPAL = "0f0f0f0f-1111-4111-8111-0f0f0f0f0f0f"


def run(*arguments: str) -> Result:
    """The command, about the sample configuration."""
    return CliRunner().invoke(app, ["permissions", "--configuration", CONFIGURATION, *arguments])


@contextmanager
def azure(scenario: str = "") -> Iterator[tuple[Azure, tuple[str, ...]]]:
    """A simulated Azure, and the options that point at it."""
    world = Azure(
        load_scenario(scenario),
        run=EVENT.run,
        start=EVENT.start,
        end=EVENT.end,
        subscriptions=EVENT.subscriptions,
        clock=FakeClock(at("02:22")),
    )
    with serve(world) as url:
        yield world, ("--compare", "--arm", url)


def test_the_canceller_is_the_three_actions_on_the_resource_group() -> None:
    """Ready for `az role definition create`."""
    role = json.loads(run("--role", "canceller").stdout)
    assert role["Actions"] == list(ON_CONFIGURATIONS)
    assert role["AssignableScopes"] == [GROUP]
    assert role["IsCustom"] is True


def test_the_reader_holds_what_the_checks_declare_that_are_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that the policy turns on brings its needs; one that is off does not."""
    (tmp_path / "host.json").write_text("{}", encoding="utf-8")
    (tmp_path / "my_checks").mkdir()
    monkeypatch.chdir(tmp_path)
    before = json.loads(run("--role", "reader").stdout)["Actions"]
    (tmp_path / "gate.toml").write_text("[checks.active_alerts]\n", encoding="utf-8")
    after = json.loads(run("--role", "reader").stdout)["Actions"]
    assert before == list(ON_MACHINES)
    assert "Microsoft.AlertsManagement/alerts/read" in after
    assert set(before) < set(after)


def test_every_action_of_a_shipped_check_is_one_of_azures_form() -> None:
    """A slip in a name would make a role that cannot be created."""
    declared = {need for found in discover(None) for need in found.options.needs}  # type: ignore[union-attr]
    for action in (*declared, *ON_CONFIGURATIONS, *ON_MACHINES):
        provider, *types, verb = action.split("/")
        assert provider.startswith("Microsoft.")
        assert types
        assert verb in ("read", "write", "action")


def test_each_subscription_with_machines_is_a_scope_of_the_reader() -> None:
    role = json.loads(run("--role", "reader", "--subscription", OTHER).stdout)
    assert role["AssignableScopes"] == [f"/subscriptions/{OTHER}"]


def test_bicep_says_the_same() -> None:
    said = run("--role", "canceller", "--bicep").stdout
    assert "Microsoft.Authorization/roleDefinitions@2022-04-01" in said
    assert all(f"'{action}'" in said for action in ON_CONFIGURATIONS)
    assert f"'{GROUP}'" in said


def test_without_an_option_both_are_printed_with_where_to_assign_them() -> None:
    said = run().stdout
    assert "Patchgate Canceller" in said
    assert "Patchgate Reader" in said
    assert GROUP in said
    told = json.loads(run("--json").stdout)
    hold(told, "permissions")
    assert [role["Name"] for role in told] == [
        "Patchgate Canceller",
        "Patchgate Reader",
    ]


def test_whoever_may_do_everything_lacks_nothing() -> None:
    with azure() as (_, options):
        result = run(*options)
    assert result.exit_code == 0
    assert "has everything of Patchgate Canceller" in result.stdout


def test_what_is_lacking_is_named_with_its_scope() -> None:
    """Reader alone, and the cancel call would be refused at half past two."""
    with azure() as (world, options):
        world.management.rights.grant(
            f"/subscriptions/{EVENT.configuration.subscription}", ["*/read"]
        )
        result = run(*options)
        told = json.loads(run(*options, "--json").stdout)
    hold(told, "permissions")
    assert result.exit_code == 1
    assert "Microsoft.Maintenance/applyUpdates/write" in result.stdout
    assert told[0]["missing"] == ["Microsoft.Maintenance/applyUpdates/write"]
    assert (told[0]["scope"], told[1]["missing"]) == (GROUP, [])


def test_another_identity_is_judged_by_its_roles() -> None:
    """Those on the scope and above it; what is assigned elsewhere counts for nothing."""
    with azure() as (world, options):
        rights = world.management.rights
        rights.assign(f"/subscriptions/{EVENT.configuration.subscription}", PRINCIPAL, ["*/read"])
        rights.assign(GROUP.replace("rg-patching", "rg-other"), PRINCIPAL, ["*"])
        lacking = run(*options, "--principal", PRINCIPAL)
        rights.assign(GROUP, PRINCIPAL, ["Microsoft.Maintenance/applyUpdates/write"])
        complete = run(*options, "--principal", PRINCIPAL)
    assert lacking.exit_code == 1
    assert complete.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--subscription", "all"], "must be a GUID"),
        (["--principal", "me"], "must be a GUID"),
    ],
)
def test_an_id_that_is_none_is_named(arguments: list[str], problem: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_a_comparison_is_somewhere() -> None:
    result = CliRunner().invoke(app, ["permissions", "--compare"])
    assert result.exit_code == 2
    assert "--configuration" in result.stderr


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("[[faults]]\non = 'arm'\nalways = true\nstatus = 403\n", "403"),
        ("[[faults]]\non = 'arm'\nalways = true\nstatus = 404\n", "404"),
    ],
)
def test_an_azure_that_does_not_say_is_no_yes(scenario: str, said: str) -> None:
    with azure(scenario) as (_, options):
        result = run(*options)
    assert result.exit_code == 3
    assert "cannot read what is allowed" in result.stderr
    assert said in result.stderr
