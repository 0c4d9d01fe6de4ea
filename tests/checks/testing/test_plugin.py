"""`pytest --patchgate-contract FOLDER`, run as an author runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PLUGIN = "checks.testing.plugin"

CHECK = """
    from dataclasses import dataclass
    from checks import Context, Machine, Verdict, check, passed

    @dataclass(frozen=True)
    class Owner:
        owner: str

    @check
    def {name}(machine: Machine, ctx: Context[Owner]) -> Verdict:
        '''Every machine has an owner.'''
        return passed(owner=machine.tags.get(ctx.config.owner))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Functions project with its own checks, tests and policy."""
    root = tmp_path_factory.mktemp("project")
    files = {
        "my_checks/owned.py": CHECK.format(name="owned"),
        "my_checks/unowned.py": CHECK.format(name="unowned"),
        "my_checks/exits.py": "import sys\nsys.exit(0)",
        "my_checks/_helpers.py": "1 / 0",
        "my_checks/deeper/other.py": "1 / 0",
        "tests/test_mine.py": "def test_mine() -> None: ...",
        "gate.toml": '[checks.owned.config]\nowner = "owner"\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(textwrap.dedent(text), encoding="utf-8")
    return root


def pytest_said(project: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output."""
    command = [sys.executable, "-m", "pytest", "-v", "-p", PLUGIN, "-p", "no:cacheprovider"]
    ran = subprocess.run(
        [*command, *arguments],
        cwd=project,
        env={
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": str(ROOT),
            "COLUMNS": "200",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout


def test_every_check_of_the_folder_has_its_tests(project: Path) -> None:
    """With the config of gate.toml; what does not load, or needs a config and has none, fails."""
    code, said = pytest_said(project, "--patchgate-contract", "my_checks")
    assert code == 1
    assert "my_checks/owned.py::owned::test_no_row_is_never_fine PASSED" in said
    assert "my_checks/unowned.py::unowned::test_its_config_is_legal FAILED" in said
    assert "unowned.py, unowned: unowned (my_checks/unowned.py:9): config: owner" in said
    assert "my_checks/exits.py::file exits.py::test_it_loads FAILED" in said
    assert "my_checks/exits.py:2: cannot be imported: SystemExit: 0" in said
    assert not {"_helpers", "other.py", "test_mine", "INTERNALERROR"} & {*said.split()}
    assert "contract.py" not in said, "where the contract says it helps nobody"


def test_one_file_beside_other_tests(project: Path) -> None:
    """As many as are wanted, and what pytest is asked for besides."""
    code, said = pytest_said(project, "tests", "--patchgate-contract", "my_checks/owned.py")
    assert code == 0, said
    assert "tests/test_mine.py::test_mine PASSED" in said
    assert "13 passed" in said


def test_a_policy_that_is_not_legal_is_told(project: Path, tmp_path: Path) -> None:
    """Its configs are not in force, so nothing is proven."""
    (tmp_path / "my_checks").mkdir()
    (tmp_path / "my_checks" / "owned.py").write_bytes(
        (project / "my_checks" / "owned.py").read_bytes()
    )
    (tmp_path / "gate.toml").write_text('mode = "maybe"\n', encoding="utf-8")
    code, said = pytest_said(tmp_path, "--patchgate-contract", "my_checks")
    assert code == 2
    assert "gate.toml:1: mode: must be" in said


def test_pytest_finds_the_plugin_by_itself() -> None:
    """Where Patchgate is installed; under the name by which `-p` asks for it as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {PLUGIN: PLUGIN}
