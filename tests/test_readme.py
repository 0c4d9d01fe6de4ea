"""The README says what is so: its code loads, its tables are complete, its files are there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from actions.discovery import discover as discover_actions
from checks.discovery import discover
from core.policy.reading import CHECK_KEYS, TOP_KEYS
from core.settings import VARIABLES, Settings
from plugins.definition import Definition

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_every_check_in_the_readme_can_be_loaded(block: str, tmp_path: Path) -> None:
    """A reader who copies a block has a check, or an action, that works."""
    (tmp_path / "copied.py").write_text(block, encoding="utf-8")
    finder = discover_actions if "@action" in block else discover
    own = [found for found in finder(tmp_path, plugins=()) if found.door.startswith("my_")]
    assert [type(found) for found in own] == [Definition]


def test_the_first_check_is_six_lines_long() -> None:
    """As promised above it, not counting the file's name and blank lines."""
    lines = [line for line in BLOCKS[0].splitlines() if line and not line.startswith("#")]
    assert len(lines) <= 6


def test_the_printed_story_is_what_the_command_line_prints() -> None:
    """If this fails, run: python tools/readme.py (in the virtual environment, from the root)."""
    spec = importlib.util.spec_from_file_location("readme", ROOT / "tools" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.current(README) == README
    assert "CANCELLED, and confirmed" in README


def test_the_table_of_settings_is_complete_and_its_defaults_are_right() -> None:
    """Every variable of the app, with the value in force when it is not set."""
    rows = dict(re.findall(r"^\| `([A-Z][A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))
    assert set(rows) - {"AZURE_CLIENT_ID"} == set(VARIABLES)
    shown = {
        "PATCHGATE_CONFIGURATIONS": f"`{','.join(Settings().configurations)}`",
        "PATCHGATE_POLICY_FILE": f"`{Settings().policy_file}`",
        "PATCHGATE_CHECKS_FOLDER": f"`{Settings().checks_folder}`",
        "PATCHGATE_ACTIONS_FOLDER": f"`{Settings().actions_folder}`",
        "PATCHGATE_CANCEL_API_VERSION": f"`{Settings().cancel_api_version}`",
        "PATCHGATE_RESULTS_WAIT_MINUTES": f"`{Settings().results_wait / 60:g}`",
        "AZURE_SDK_CLOUD_CONF": f"`{Settings().cloud}`",
    }
    assert {name: rows[name] for name in shown} == shown


def test_the_table_of_the_policy_file_is_complete() -> None:
    """Every key that gate.toml may hold."""
    keys = set(re.findall(r"^\| `([a-z][A-Za-z_.]+)` \|", README, re.MULTILINE))
    check = {f"checks.NAME.{name}" for name in (*CHECK_KEYS, "config")}
    assert {*TOP_KEYS, *check} <= keys


def test_every_file_that_the_readme_names_is_there() -> None:
    """Links and sample files."""
    links = re.findall(r"\]\(((?!https?:)[^)#]+)", README)
    samples = re.findall(r"samples/[\w./-]+\.(?:json|toml)", README)
    for name in {*links, *samples}:
        assert (ROOT / name).exists(), name


def test_every_make_target_that_the_readme_names_is_there() -> None:
    """The two commands of the first screen, and any other."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^make (\w+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
