"""The docs say what is so: what they tell to type is typed, and pages that are made are current."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from actions.kind import ACTIONS
from checks.kind import CHECKS
from plugins.api import Options
from plugins.definition import Definition
from plugins.discovery import discover
from plugins.doc import KNOWN, paragraphs
from tools.check_docs import PAGES, undocumented

ROOT = Path(__file__).parents[1]
GUIDES = ("writing-a-check.md", "writing-an-action.md")
SHIPPED = [
    found
    for kind in (CHECKS, ACTIONS)
    for found in discover(kind, None, plugins=())
    if isinstance(found, Definition)
]
# The paragraphs that a docstring must have besides its title.
HEADS = {
    CHECKS.word: {"Asks", "Blocks when", "UNKNOWN when", "Skipped when", "Rights"},
    ACTIONS.word: {"Changes", "Remembers", "Undo", "Fails when", "UNKNOWN when", "Rights"},
}


@dataclass(frozen=True, kw_only=True)
class Block:
    """A block of the guide; `says` is what it must print, for a command."""

    language: str
    text: str
    says: tuple[str, ...] = ()


def text_of(guide: str) -> str:
    """The page."""
    return (ROOT / "docs" / guide).read_text(encoding="utf-8")


def blocks(guide: str) -> Iterator[Block]:
    """The blocks in order, each command with the text that follows it."""
    found = re.findall(r"^```(\w+)\n(.*?)^```$", text_of(guide), re.MULTILINE | re.DOTALL)
    for (language, text), (following, said) in zip(found, [*found[1:], ("", "")], strict=True):
        if language != "text":
            says = tuple(said.splitlines()) if following == "text" else ()
            yield Block(language=language, text=text, says=says)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty project, and an environment in which Patchgate is installed."""
    root = tmp_path / "project"
    for kind in (CHECKS, ACTIONS):
        (root / kind.own).mkdir(parents=True)
        (root / kind.own / "__init__.py").touch()
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


@pytest.mark.parametrize("guide", GUIDES)
def test_what_a_guide_tells_to_write_and_type_works(guide: str, project: Path) -> None:
    """From the first file to the end, in order, in one go."""
    for block in blocks(guide):
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


@pytest.mark.parametrize(("guide", "others"), [*zip(GUIDES, ({"undo"}, set()), strict=True)])
def test_a_guide_names_every_option(guide: str, others: set[str]) -> None:
    """In a table, with its default; but those that are for the other kind."""
    text = text_of(guide)
    table = text[text.index("## 5.") : text.index("## 6.")]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = {name for cell in first for name in re.findall(r"\w+", cell)}
    assert named == {*vars_of(Options)} - others


def vars_of(kind: type[Options]) -> tuple[str, ...]:
    """The names of its fields."""
    return tuple(kind.__dataclass_fields__)


# docs/checks.md and docs/actions.md


@pytest.mark.parametrize("word", HEADS)
def test_the_page_of_what_is_shipped_is_what_its_code_says(word: str) -> None:
    """If this fails, run: python tools/check_docs.py (in the virtual environment)."""
    (page,) = (page for page in PAGES if page.kind.word == word)
    assert page.file.read_text(encoding="utf-8") == page.current()


@pytest.mark.parametrize("found", SHIPPED, ids=lambda found: found.name)
def test_what_is_shipped_is_documented(found: Definition) -> None:
    """What it asks or changes, when it does not pass, as whom, and every key of its config."""
    heads = [head for head, _ in paragraphs(found.doc)]
    assert heads[0] == ""
    assert HEADS[found.kind.word] <= set(heads)
    assert set(heads) <= {"", *KNOWN}
    assert undocumented(found) == []


@pytest.mark.parametrize("page", [*GUIDES, "checks.md", "actions.md"])
def test_every_file_that_the_docs_name_is_there(page: str) -> None:
    for name in set(re.findall(r"\]\(((?!https?:|#)[^)#]+)", text_of(page))):
        assert (ROOT / "docs" / name).exists(), name
