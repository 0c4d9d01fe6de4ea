"""The docs say what is so: what they tell to type is typed, and pages that are made are current."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from checks.discovery import discover
from plugins.api import Options
from plugins.definition import Definition
from plugins.doc import KNOWN, paragraphs

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "docs" / "writing-a-check.md").read_text(encoding="utf-8")
SHIPPED = [found for found in discover(None, plugins=()) if isinstance(found, Definition)]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of the guide; `says` is what it must print, for a command."""

    language: str
    text: str
    says: tuple[str, ...] = ()


def blocks() -> Iterator[Block]:
    """The blocks in order, each command with the text that follows it."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    for (language, text), (following, said) in zip(found, [*found[1:], ("", "")], strict=True):
        if language != "text":
            says = tuple(said.splitlines()) if following == "text" else ()
            yield Block(language=language, text=text, says=says)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project, and an environment in which Patchgate is installed."""
    root = tmp_path / "project"
    (root / "my_checks").mkdir(parents=True)
    (root / "my_checks" / "__init__.py").touch()
    (root / "host.json").write_text("{}", encoding="utf-8")
    venv.create(tmp_path / "venv", with_pip=False)
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    app = f"{sysconfig.get_paths()['purelib']}\n{ROOT}\n"
    (site / "the_app.pth").write_text(app, encoding="utf-8")
    command = tmp_path / "venv" / "bin" / "patchgate"
    python = tmp_path / "venv" / "bin" / "python"
    command.write_text(f"#!{python}\nfrom cli.main import app\napp()\n", encoding="utf-8")
    command.chmod(0o755)
    return root


def test_what_the_guide_tells_to_write_and_type_works(project: Path) -> None:
    """From the first file to the installed package, in order, in one go."""
    for block in blocks():
        if block.language == "sh":
            _type(block, project)
        else:
            _write(block, project)


def _write(block: Block, project: Path) -> None:
    """Its first line says into which file."""
    name = re.match(r"# ([\w./-]+\.(?:py|toml))\n", block.text)
    assert name is not None, block.text
    path = project / name[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _type(block: Block, project: Path) -> None:
    environment = {
        **os.environ,
        "PATH": f"{project.parent / 'venv' / 'bin'}:{os.environ['PATH']}",
        "PYTEST_ADDOPTS": "-p checks.testing.plugin -p no:cacheprovider",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # the others' cost a second each time
        "COLUMNS": "80",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # read as the option's value: no isolation
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    ran = subprocess.run(
        ["bash", "-e", "-c", block.text],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    is_blocked = any("BLOCKED" in line for line in block.says)
    assert ran.returncode == int(is_blocked), ran.stdout + ran.stderr
    lines = [line.rstrip() for line in ran.stdout.splitlines()]
    for said in block.says:
        assert any(line.startswith(said) for line in lines), f"{said!r} is not in:\n{ran.stdout}"


def test_the_guide_names_every_option() -> None:
    """In a table, with its default."""
    table = GUIDE[GUIDE.index("## 5.") : GUIDE.index("## 6.")]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for cell in first for name in re.findall(r"\w+", cell)} == {*vars_of(Options)}


def vars_of(kind: type[Options]) -> tuple[str, ...]:
    """The names of its fields."""
    return tuple(kind.__dataclass_fields__)


# docs/checks.md


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script that writes the page."""
    spec = importlib.util.spec_from_file_location("check_docs", ROOT / "tools" / "check_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_shipped_checks_is_what_their_code_says(tool: ModuleType) -> None:
    """If this fails, run: python tools/check_docs.py (in the virtual environment)."""
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page()


@pytest.mark.parametrize("found", SHIPPED, ids=lambda found: found.name)
def test_a_shipped_check_is_documented(found: Definition, tool: ModuleType) -> None:
    """What it asks, blocks, cannot tell and skips, of whom, and every key of its config."""
    heads = [head for head, _ in paragraphs(found.doc)]
    assert heads[0] == ""
    assert {"Asks", "Blocks when", "UNKNOWN when", "Skipped when", "Rights"} <= set(heads)
    assert set(heads) <= {"", *KNOWN}
    assert tool.undocumented(found) == []


def test_every_file_that_the_docs_name_is_there() -> None:
    """Links of both pages."""
    for page in ("writing-a-check.md", "checks.md"):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        for name in set(re.findall(r"\]\(((?!https?:|#)[^)#]+)", text)):
            assert (ROOT / "docs" / name).exists(), name
