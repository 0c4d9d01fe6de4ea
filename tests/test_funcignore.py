"""What is deployed: all that the app needs, and nothing else, in both readings of .funcignore."""

import re
from collections.abc import Callable
from pathlib import Path

import pathspec
import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES = [
    line
    for line in (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]

DEPLOYED = [
    "function_app.py",
    "host.json",
    "requirements.txt",
    "gate.toml",
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
    "my_checks/patch_pin.py",
]
LEFT_BEHIND = [
    ".ci/run",
    ".git/config",
    ".venv/bin/python",
    ".venv-proof/bin/python",
    ".venv-runtime/bin/python",
    "README.md",
    "benchmarks/__main__.py",
    "checks/testing/fakes.py",
    "checks/testing/plugin.py",
    "cli/main.py",
    "core/__pycache__/ids.pyc",
    "docs/plugins.md",
    "infra/main.bicep",
    "local.settings.json",
    "node_modules/a/index.js",
    "pyproject.toml",
    "requirements/dev.txt",
    "samples/events/pre.json",
    "simulator/app.py",
    "tests/test_funcignore.py",
]


def _as_git_reads_it(path: str) -> bool:
    return pathspec.GitIgnoreSpec.from_lines(LINES).match_file(path)


def _as_core_tools_read_it(path: str) -> bool:
    """As Azure's Core Tools do: a line is the beginning of a path, `*` at least one letter."""
    patterns = [
        re.escape(line.lstrip("/")).replace(r"\*\*", ".+").replace(r"\*", "[^/]+") for line in LINES
    ]
    return any(re.match(pattern, path) for pattern in patterns)


@pytest.mark.parametrize("left_behind", [_as_git_reads_it, _as_core_tools_read_it])
def test_the_app_is_deployed_and_nothing_else(left_behind: Callable[[str], bool]) -> None:
    assert [path for path in DEPLOYED if left_behind(path)] == []
    assert [path for path in LEFT_BEHIND if not left_behind(path)] == []
