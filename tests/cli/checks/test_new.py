"""`patchgate checks new NAME`: a check and its test, and both pass at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from checks.discovery import discover
from cli.checks.templates import files_of
from plugins.definition import Definition
from tests.cli.checks.commands import checks, project
from tests.cli.published import hold

ROOT = Path(__file__).parents[3]
KINDS = {
    "of_machine": [],
    "of_run": ["--run"],
    "of_machine_async": ["--async"],
    "of_run_async": ["--run", "--async"],
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and the command line in a folder of it."""
    root = project(tmp_path / "site", {"docs/x.md": ""})
    monkeypatch.chdir(root / "docs")
    return root


def test_every_kind_passes_its_own_test_and_the_contract(here: Path) -> None:
    """All four in one go of pytest, as their author would run it."""
    for name, options in KINDS.items():
        ran = checks("new", name, *options)
        assert ran.code == 0, ran.err
        assert f"written: my_checks/{name}.py" in ran.out
        assert f"python -m pytest tests/my_checks/test_{name}.py" in ran.out
    command = [sys.executable, "-m", "pytest", "-q", "-p", "checks.testing.plugin"]
    done = subprocess.run(
        [*command, "tests", "--patchgate-contract", "my_checks"],
        cwd=here,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "108 passed" in done.stdout
    found = {check.name: check for check in discover(here / "my_checks", plugins=())}
    made = [found[name] for name in KINDS]
    assert [c.scope for c in made if isinstance(c, Definition)] == [
        "machine",
        "run",
        "machine",
        "run",
    ]
    assert [c.is_async for c in made if isinstance(c, Definition)] == [
        False,
        False,
        True,
        True,
    ]


def test_json_names_every_file_that_is_written_and_what_to_do_next(here: Path) -> None:
    """The package is written once, with the first of them."""
    told = [json.loads(checks("new", name, "--json").out) for name in ("first", "second")]
    for one in told:
        hold(one, "checks-new")
    assert told[0] == {
        "name": "first",
        "project": str(here),
        "files": [
            "my_checks/first.py",
            "tests/my_checks/test_first.py",
            "my_checks/__init__.py",
        ],
        "next": [
            "python -m pytest tests/my_checks/test_first.py",
            "patchgate checks show first",
        ],
    }
    assert told[1]["files"] == ["my_checks/second.py", "tests/my_checks/test_second.py"]
    written = {path.relative_to(here).as_posix() for path in here.rglob("*.py")}
    assert written == {path for one in told for path in one["files"]}


@pytest.mark.parametrize("of_run", [False, True])
@pytest.mark.parametrize("is_async", [False, True])
def test_what_is_written_is_well_laid_out(tmp_path: Path, *, of_run: bool, is_async: bool) -> None:
    """By the rules of this project."""
    for name, text in zip(
        ("a_check", "test_it"), files_of("a_check", of_run=of_run, is_async=is_async), strict=True
    ):
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    command = ["ruff", "format", "--check", "--isolated", "--line-length", "100", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Disk", "lower-case word"),
        ("disk-space", "lower-case word"),
        ("../disk", "lower-case word"),
        ("class", "means something else"),
        ("passed", "means something else"),
        ("opt_out_tag", "there is a check named opt_out_tag already: builtin/opt_out_tag.py"),
    ],
)
def test_a_name_that_will_not_do_is_2(here: Path, name: str, words: str) -> None:
    """And nothing is written."""
    ran = checks("new", name)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert [path.name for path in here.rglob("*.py")] == []


@pytest.mark.parametrize("taken", ["my_checks/mine.py", "tests/my_checks/test_mine.py"])
def test_nothing_is_overwritten(here: Path, taken: str) -> None:
    """Neither a check nor a test."""
    project(here, {taken: "# mine"})
    ran = checks("new", "mine")
    assert ran.code == 2
    assert "nothing is overwritten" in ran.err
    assert [path.read_text() for path in here.rglob("*mine.py")] == ["# mine"]


def test_outside_a_project_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Least of all into Patchgate itself."""
    monkeypatch.chdir(tmp_path)
    ran = checks("new", "mine")
    assert ran.code == 2
    assert "no Functions project" in ran.err
    assert list(tmp_path.iterdir()) == []
