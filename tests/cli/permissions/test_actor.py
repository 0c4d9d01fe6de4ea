"""The third role: to change machines, as the actions that are on do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.permissions.test_permissions import OTHER, run


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of its own."""
    (tmp_path / "host.json").write_text("{}", encoding="utf-8")
    (tmp_path / "my_checks").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_action_that_is_on_brings_its_needs_and_the_others_do_not(project: Path) -> None:
    """In a role of their own: the reader goes on reading only."""
    (project / "gate.toml").write_text("[actions.start_machines]\n", encoding="utf-8")
    role = json.loads(run("--role", "actor", "--subscription", OTHER).stdout)
    assert "Microsoft.Compute/virtualMachines/start/action" in role["Actions"]
    assert "Microsoft.Resources/tags/write" not in role["Actions"]
    assert role["AssignableScopes"] == [f"/subscriptions/{OTHER}"]
    told = json.loads(run("--json").stdout)
    assert [one["Name"] for one in told] == [
        "Patchgate Canceller",
        "Patchgate Reader",
        "Patchgate Actor",
    ]
    assert all(action.endswith("/read") for action in told[1]["Actions"])


def test_without_an_action_there_is_no_such_role(project: Path) -> None:
    assert len(json.loads(run("--json").stdout)) == 2
    refused = run("--role", "actor")
    assert refused.exit_code == 2
    assert "no action is on" in refused.stderr
