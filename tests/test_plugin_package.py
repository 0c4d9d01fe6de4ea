"""The sample plugin is a package that works: built, installed beside the app, listed and asked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "plugin-package"
SCENARIO = ROOT / "samples" / "scenarios" / "one-machine-says-no.toml"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A clean environment with the app and the plugin, and a project to be in."""

    python: Path
    project: Path

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run its Python there."""
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.project,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Nothing is fetched: the build backend and the app's dependencies are those of these tests."""
    folder = tmp_path_factory.mktemp("plugin")
    source = shutil.copytree(SAMPLE, folder / "source")
    wheels = folder / "wheels"
    _tool("hatchling", "build", "--target", "wheel", "--directory", wheels, folder=source)
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv" / "lib").glob("python*/site-packages")
    quiet = ("--quiet", "--no-index", "--disable-pip-version-check")
    _tool("pip", "install", *quiet, "--no-deps", "--target", site, *wheels.glob("*.whl"))
    app = f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n"
    (site / "the_app.pth").write_text(app, encoding="utf-8")
    (folder / "project" / "my_checks").mkdir(parents=True)
    (folder / "project" / "host.json").write_text("{}", encoding="utf-8")
    return Place(python=python, project=folder / "project")


def _tool(name: str, *arguments: str | Path, folder: Path | None = None) -> None:
    subprocess.run([sys.executable, "-m", name, *arguments], cwd=folder, check=True)


def test_it_is_listed_with_the_door_that_it_came_through(place: Place) -> None:
    """Beside the shipped checks, from the installed wheel."""
    ran = place.run("-m", "cli.main", "checks", "list", "--json")
    assert ran.returncode == 0, ran.stderr
    listed = {check["name"]: check for check in json.loads(ran.stdout)["checks"]}
    check = listed["has_owner"]
    assert check["door"] == "plugin patchgate-owners 1.0.0"
    assert check["origin"] == "patchgate_owners/owners.py:17"
    assert (check["scope"], check["enabled"], check["problem"]) == ("machine", True, None)
    assert listed["opt_out_tag"]["door"] == "built-in"


def test_it_is_asked_about_a_run(place: Place) -> None:
    """By the app's own steps: one machine of the scenario has an owner, five have none."""
    command = ("-m", "cli.main", "checks", "try", "has_owner", "--json", "--scenario", SCENARIO)
    ran = place.run(*command)
    assert ran.returncode == 1, ran.stderr
    outcomes = json.loads(ran.stdout)["outcomes"]
    owned = [o["machine"].rpartition("/")[2] for o in outcomes if o["status"] == "passed"]
    assert owned == ["billing-01"]
    assert [o["status"] for o in outcomes].count("blocked") == 5


def test_its_own_tests_pass(place: Place) -> None:
    """Against the installed package, and with the contract of every check."""
    ran = place.run("-m", "pytest", "-q", "-p", "no:cacheprovider", SAMPLE / "tests")
    assert ran.returncode == 0, ran.stdout
    assert "21 passed" in ran.stdout
