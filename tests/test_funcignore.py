"""What is deployed: all that the app needs, and nothing else, in both readings of .funcignore."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pathspec
import pytest

from tools.funcignore import BadFuncignore, Funcignore

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / ".funcignore").read_text(encoding="utf-8")
FUNCIGNORE = Funcignore.read(ROOT / ".funcignore")

DEPLOYED = [
    "function_app.py",
    "host.json",
    "requirements.txt",
    "gate.toml",
    "actions/builtin/__init__.py",
    "actions/builtin/start_machines.kql",
    "core/ids.py",
    "arm/session.py",
    "arg_queries/run_machines.kql",
    "arg_queries/runs.py",
    "cancel_client/client.py",
    "checks/builtin/__init__.py",
    "checks/builtin/active_alerts.kql",
    "plugins/isolation/child.py",
    "plugins/web/client.py",
    "handlers/engines/durable_functions.py",
    "my_actions/wake_the_night_shift.py",
    "my_checks/patch_pin.py",
]
LEFT_BEHIND = [
    ".ci/run",
    ".git/config",
    ".github/workflows/ci.yml",
    ".venv/bin/python",
    ".venv-proof/bin/python",
    ".venv-runtime/bin/python",
    "README.md",
    "__azurite_db_blob__.json",
    "actions/testing/fakes.py",
    "benchmarks/__main__.py",
    "build/package/function_app.py",
    "checks/testing/fakes.py",
    "checks/testing/plugin.py",
    "cli/main.py",
    "core/__pycache__/ids.pyc",
    "docs/plugins.md",
    "handlers/engines/in_memory.py",
    "infra/main.bicep",
    "local.settings.json",
    "my_checks/README.md",
    "node_modules/a/index.js",
    "plugins/testing/builders.py",
    "pyproject.toml",
    "requirements/dev.txt",
    "samples/events/pre.json",
    "simulator/app.py",
    "tests/test_funcignore.py",
    "tools/package.py",
]


def files() -> Iterator[str]:
    """Every file of the checkout, but for what tools have left there."""
    for entry in ROOT.iterdir():
        if not (entry.name.startswith((".", "node_modules")) or entry.is_file()):
            for folder, _, names in os.walk(entry):
                yield from (Path(folder, name).relative_to(ROOT).as_posix() for name in names)
    yield from (entry.name for entry in ROOT.iterdir() if entry.is_file())


@pytest.mark.parametrize("left_behind", [FUNCIGNORE.git_leaves, FUNCIGNORE.core_tools_leave])
def test_the_app_is_deployed_and_nothing_else(left_behind: Callable[[str], bool]) -> None:
    assert [path for path in DEPLOYED if left_behind(path)] == []
    assert [path for path in LEFT_BEHIND if not left_behind(path)] == []


def test_what_git_would_say_is_what_we_say_it_would() -> None:
    spec = pathspec.GitIgnoreSpec.from_lines(TEXT.splitlines())
    paths = [*files(), *DEPLOYED, *LEFT_BEHIND]
    assert len(paths) > 500
    wrong = [path for path in paths if spec.match_file(path) != FUNCIGNORE.git_leaves(path)]
    assert wrong == []


def test_a_file_that_only_one_tool_would_deploy_is_an_error(tmp_path: Path) -> None:
    """`requirements` without a slash is the beginning of requirements.txt to the Core Tools."""
    (tmp_path / ".funcignore").write_text("requirements\n*.log\n", encoding="utf-8")
    ignored = Funcignore.read(tmp_path / ".funcignore")
    assert ignored.leaves("requirements")
    with pytest.raises(BadFuncignore, match=r"requirements\.txt: only azd deploys it"):
        ignored.leaves("requirements.txt")
    with pytest.raises(BadFuncignore, match="only the Core Tools deploy it"):
        ignored.leaves("core/a.log")


@pytest.mark.parametrize("line", ["!core/", "a?c", "[ab]/", "a\\b", "two words"])
def test_a_line_that_tools_read_in_many_ways_is_refused(line: str, tmp_path: Path) -> None:
    (tmp_path / ".funcignore").write_text(f"/tests/\n{line}\n", encoding="utf-8")
    with pytest.raises(BadFuncignore, match="not read alike"):
        Funcignore.read(tmp_path / ".funcignore")
