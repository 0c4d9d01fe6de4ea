"""One source of the roles: core/rights.py, what the checks declare, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from actions.discovery import discover as discover_actions
from checks.discovery import discover
from core.rights import ON_CONFIGURATIONS, ON_MACHINES
from plugins.definition import Definition
from tests.infra.bicep import INFRA, Bicep
from tests.infra.rehearsal import rehearse
from tests.infra.world import ELSEWHERE, FAR, HERE, WEEKLY, of_type, usual

ROOT = INFRA.parent
ROLES = json.loads((INFRA / "roles.json").read_text(encoding="utf-8"))
PUBLISHED = {
    action.lower()
    for actions in json.loads((Path(__file__).parent / "operations.json").read_text("utf-8"))[
        "actions"
    ].values()
    for action in actions
}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that writes the file."""
    spec = importlib.util.spec_from_file_location("role", ROOT / "tools" / "role.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_roles_are_those_that_patchgate_permissions_prints(tool: ModuleType) -> None:
    """If this fails, run: python tools/role.py (in the virtual environment)."""
    assert tool.FILE.read_text(encoding="utf-8") == tool.current()


def test_they_hold_what_the_gate_does() -> None:
    assert set(ROLES) == {"actor", "canceller", "reader"}  # infra/modules has a file for each
    assert tuple(ROLES["canceller"]["actions"]) == ON_CONFIGURATIONS
    assert set(ROLES["reader"]["actions"]) >= set(ON_MACHINES)


def test_what_is_deployed_holds_exactly_them() -> None:
    definitions = of_type(usual(), "Microsoft.Authorization/roleDefinitions")
    deployed = [one.properties["permissions"][0]["actions"] for one in definitions]
    assert deployed == [ROLES[role]["actions"] for role in ("canceller",) * 2 + ("reader",) * 2]
    for one in definitions:
        (permission,) = one.properties["permissions"]
        assert permission["notActions"] == permission["dataActions"] == []


def test_actions_that_are_on_get_their_role_on_each_subscription_and_off_none(
    tmp_path: Path,
) -> None:
    """In a role of its own, beside the one to read."""
    infra = tmp_path / "infra"
    shutil.copytree(INFRA, infra)
    changing = ["Microsoft.Compute/virtualMachines/start/action"]
    roles = {**ROLES, "actor": {**ROLES["actor"], "actions": changing}}
    (infra / "roles.json").write_text(json.dumps(roles), encoding="utf-8")
    given = {"environmentName": "x", "location": "y", "maintenanceConfigurations": [WEEKLY, FAR]}
    made = rehearse(Bicep.read(infra / "main.bicep"), HERE, given)
    actors = [
        one.where.partition("/providers/")[0]
        for one in of_type(made, "Microsoft.Authorization/roleDefinitions")
        if one.properties["permissions"][0]["actions"] == changing
    ]
    assert actors == [HERE, ELSEWHERE]
    assert ROLES["actor"]["actions"] == []  # the project's own gate.toml has no action on


def test_every_action_is_one_that_azure_publishes() -> None:
    """Those of the roles, and all that a shipped check or action may add: see operations.json."""
    needed = {
        action
        for found in (*discover(None, plugins=()), *discover_actions(None, plugins=()))
        if isinstance(found, Definition)
        for action in found.options.needs
    }
    granted = {action for role in ROLES.values() for action in role["actions"]}
    assert needed
    assert {one for one in needed | granted if one.lower() not in PUBLISHED} == set()


def test_a_stale_file_is_found(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the hook too, before anything is deployed."""
    stale = tmp_path / "roles.json"
    stale.write_text("{}", encoding="utf-8")
    monkeypatch.setattr(tool, "FILE", stale)
    monkeypatch.setattr("sys.argv", ["role.py", "--check"])
    assert tool.main() == 1
    monkeypatch.setattr("sys.argv", ["role.py"])
    assert tool.main() == 0
    monkeypatch.setattr("sys.argv", ["role.py", "--check"])
    assert tool.main() == 0
