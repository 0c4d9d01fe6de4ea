"""`patchgate actions new NAME`: an action and its test, and both are good at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from actions.discovery import discover
from cli.actions.templates import files_of
from plugins.definition import Definition
from tests.cli.actions.commands import actions
from tests.cli.checks.commands import project
from tests.cli.published import hold

ROOT = Path(__file__).parents[3]
KINDS = {"of_machine": [], "of_run": ["--run"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, and the command line in a folder of it."""
    root = project(tmp_path / "site", {"docs/x.md": "", "world.toml": '[[machines]]\nname = "a"\n'})
    monkeypatch.chdir(root / "docs")
    return root


def test_both_kinds_pass_their_own_tests_and_have_an_undo(here: Path) -> None:
    """In one go of pytest, as their author would run it."""
    for name, options in KINDS.items():
        ran = actions("new", name, *options)
        assert ran.code == 0, ran.err
        assert f"written: my_actions/{name}.py" in ran.out
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests"],
        cwd=here,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout
    found = {one.name: one for one in discover(here / "my_actions", plugins=())}
    made = [found[name] for name in KINDS]
    assert [m.scope for m in made if isinstance(m, Definition)] == ["machine", "run"]
    assert all(m.undo for m in made if isinstance(m, Definition))


def test_json_names_every_file_that_is_written_and_what_to_do_next(here: Path) -> None:
    """The package is written once, with the first of them."""
    told = [json.loads(actions("new", name, "--json").out) for name in ("first", "second")]
    for one in told:
        hold(one, "actions-new")
    assert told[0] == {
        "name": "first",
        "project": str(here),
        "files": [
            "my_actions/first.py",
            "tests/my_actions/test_first.py",
            "my_actions/__init__.py",
        ],
        "next": [
            "python -m pytest tests/my_actions/test_first.py",
            "patchgate actions show first",
        ],
    }
    assert told[1]["files"] == ["my_actions/second.py", "tests/my_actions/test_second.py"]
    written = {path.relative_to(here).as_posix() for path in here.rglob("*.py")}
    assert written == {path for one in told for path in one["files"]}


def test_what_is_written_acts_on_the_simulated_azure(here: Path) -> None:
    """The tag is set, and gone afterwards."""
    actions("new", "mark")
    ran = actions("try", "mark", "--scenario", here / "world.toml", "--undo")
    assert ran.code == 0, ran.out
    assert "✓ 1 done" in ran.out
    assert "✓ 1 put back" in ran.out


def test_what_is_written_is_well_laid_out(tmp_path: Path) -> None:
    """By the rules of this project."""
    for name, options in KINDS.items():
        for kind, text in zip(("", "test_"), files_of(name, of_run=bool(options)), strict=True):
            (tmp_path / f"{kind}{name}.py").write_text(text, encoding="utf-8")
    command = ["ruff", "format", "--check", "--isolated", "--line-length", "100", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Wake", "an action's name is a lower-case word"),
        ("done", "means something else in Python, or in an action"),
        ("start_machines", "there is an action named start_machines already: builtin/"),
    ],
)
def test_a_name_that_will_not_do_is_2(here: Path, name: str, words: str) -> None:
    """And nothing is written."""
    ran = actions("new", name)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert list(here.rglob("*.py")) == []
