"""azd's hooks: run in a shell, with an `az` and a `patchgate` that write down what they are told.

PowerShell is not to be had here: that the two .ps1 files ask for the same is held by their words.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from tests.infra.bicep import INFRA
from tests.infra.world import FAR, WEEKLY

ROOT = INFRA.parent
AZD = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))
# What is called is written down; a file that says how often it is still to fail.
_TOOL = """#!/bin/sh
echo "$(basename "$0") $*" >> calls
[ -n "${PATCHGATE_APP_KEY:-}" ] && echo "key $PATCHGATE_APP_KEY" >> keys
case "$*" in *"keys list"*) echo secret-key ;; esac
for refused in fails/*; do
  [ -e "$refused" ] || continue
  case "$(basename "$0") $*" in *"$(basename "$refused")"*)
    left=$(cat "$refused")
    [ "$left" -gt 0 ] || continue
    echo $((left - 1)) > "$refused"
    exit 1 ;;
  esac
done
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A checkout with the hooks, and tools that only write down."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def fail(self, words: str, times: int = 99) -> None:
        """Calls with these words fail, so often."""
        (self.root / "fails" / words).write_text(str(times), encoding="utf-8")

    def run(self, hook: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a hook to its end."""
        return subprocess.run(
            ["sh", f"infra/hooks/{hook}.sh"],
            cwd=self.root,
            env={**os.environ, **self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def calls(self) -> list[str]:
        """What was called, in order."""
        path = self.root / "calls"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copytree(INFRA / "hooks", tmp_path / "infra" / "hooks")
    (tmp_path / "fails").mkdir()
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("az", "patchgate", "python"):
        (tools / name).write_text(_TOOL, encoding="utf-8")
        (tools / name).chmod(0o755)
    return Project(
        root=tmp_path,
        environment={
            "PATH": f"{tools}:{os.environ['PATH']}",
            "SUBSCRIBE_PAUSE": "0",
            "SUBSCRIBE_TRIES": "3",
            "AZURE_SUBSCRIPTION_ID": "sub",
            "AZURE_LOCATION": "westeurope",
            "AZURE_ENV_NAME": "prod",
            "RESOURCE_GROUP_NAME": "rg-prod",
            "FUNCTION_APP_NAME": "func",
            "FUNCTION_APP_URL": "https://func.azurewebsites.net",
            "MAINTENANCE_CONFIGURATIONS": f"{WEEKLY},{FAR}",
        },
    )


def test_what_the_deployment_needs_is_looked_for_before_it(project: Project) -> None:
    ran = project.run("check")
    assert ran.returncode == 0, ran.stderr
    assert project.calls() == [
        "az account show --output none",
        "python tools/role.py --check",
        f"az resource show --ids {WEEKLY} --output none",
        f"az resource show --ids {FAR} --output none",
    ]


@pytest.mark.parametrize(
    ("words", "environment", "expected"),
    [
        ("account show", {}, "az login"),
        ("role.py", {}, "the roles are not those that the checks need"),
        ("nothing", {"MAINTENANCE_CONFIGURATIONS": ""}, "azd env set MAINTENANCE_CONFIGURATIONS"),
        ("nothing", {"MAINTENANCE_CONFIGURATIONS": "weekly"}, "'weekly' is not the id of"),
        ("resource show", {}, "you may not read it"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_deployed(
    project: Project, words: str, environment: dict[str, str], expected: str
) -> None:
    project.fail(words)
    ran = project.run("check", **environment)
    assert ran.returncode == 1
    assert expected in ran.stderr
    assert ran.stderr.startswith("patchgate: ")


def test_events_are_subscribed_to_when_the_function_is_there_and_doctor_is_asked(
    project: Project,
) -> None:
    """In that order: Event Grid asks the function for its consent."""
    project.fail("function show", 2)
    ran = project.run("subscribe")
    assert ran.returncode == 0, ran.stderr
    calls = project.calls()
    assert [call.split(" --")[0] for call in calls] == [
        *["az functionapp function show"] * 3,
        "az deployment sub create",
        "az functionapp keys list",
        "patchgate doctor",
        "patchgate doctor",
    ]
    assert "--parameters infra/subscriptions.bicepparam" in calls[3]
    assert [re.findall(r"--configuration (\S+)", call) for call in calls[5:]] == [[WEEKLY], [FAR]]
    assert all("--app https://func.azurewebsites.net" in call for call in calls[5:])


def test_the_key_of_the_app_is_on_no_command_line(project: Project) -> None:
    """There every process of the machine could read it."""
    ran = project.run("subscribe")
    assert not [call for call in project.calls() if "secret-key" in call]
    assert "secret-key" not in ran.stdout + ran.stderr
    keys = (project.root / "keys").read_text(encoding="utf-8").splitlines()
    assert keys == ["key secret-key"] * 2


def test_without_the_function_nothing_is_subscribed_to(project: Project) -> None:
    project.fail("function show")
    ran = project.run("subscribe")
    assert ran.returncode == 1
    assert "no function maintenance_event" in ran.stderr
    assert not [call for call in project.calls() if "deployment" in call]


def test_a_deployment_that_fails_ends_it(project: Project) -> None:
    project.fail("deployment sub create")
    assert project.run("subscribe").returncode != 0
    assert not [call for call in project.calls() if "doctor" in call]


def test_new_rights_are_waited_for_and_what_stays_wrong_fails(project: Project) -> None:
    """Each configuration is asked about, whatever the others say."""
    project.fail(FAR.rpartition("/")[2], 2)
    assert project.run("subscribe").returncode == 0
    project.fail("weekly-prod")
    ran = project.run("subscribe")
    assert ran.returncode == 1
    assert [call for call in project.calls() if "doctor" in call][-1].count(FAR) == 1


def test_azd_finds_its_hooks_and_the_app() -> None:
    hooks = {
        (name, system): ROOT / said["run"]
        for name, systems in AZD["hooks"].items()
        for system, said in systems.items()
    }
    assert set(hooks) == {
        (name, system) for name in ("preprovision", "postdeploy") for system in ("posix", "windows")
    }
    assert all(path.is_file() for path in hooks.values())
    assert all(os.access(path, os.X_OK) for path in hooks.values() if path.suffix == ".sh")
    assert (ROOT / AZD["infra"]["path"] / f"{AZD['infra']['module']}.bicep").is_file()
    assert list(AZD["services"]) == ["app"]


@pytest.mark.parametrize("hook", ["check", "subscribe"])
def test_both_shells_ask_for_the_same(hook: str) -> None:
    """The same commands of az and patchgate with the same options, and the same reasons."""
    texts = [(INFRA / "hooks" / f"{hook}.{end}").read_text("utf-8") for end in ("sh", "ps1")]
    for pattern in (r"\baz (?:[a-z]+ )*[a-z]+", r"(?<=[ '])--[a-z-]+", r"role\.py", r"infra/\S+"):
        asked = [set(re.findall(pattern, text)) for text in texts]
        assert asked[0] == asked[1]
    for reason in ("nobody is signed in", "is not the id of", "no function", "asking again"):
        assert len({reason in text for text in texts}) == 1
