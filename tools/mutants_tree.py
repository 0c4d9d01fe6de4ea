"""The copies of the project in which mutmut works: one for each group of modules, with its tests.

mutmut leaves alone what is decorated, so a copy has its properties spelled
`name = property(of_name)`, and does without caches. All else is there as it is.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["GROUPS", "ROOT", "Group", "prepare", "undecorated"]

ROOT = Path(__file__).parents[1]
FEW = 25  # examples of each property, the same ones every time: there are thousands of mutants
_OPTIONS = [
    *("-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:schemathesis", "-p", "no:anyio"),
    "--hypothesis-profile=ci",
]
# Everything of ours is imported once more in the process of each mutant.
_AFRESH = """
import sys

def pytest_configure():
    for name in [*sys.modules]:
        if name.partition(".")[0] in {ours}:
            del sys.modules[name]
"""
_EXAMPLES = re.compile(r"max_examples=\d+")
_LEFT_OUT = ("build", "dist", "node_modules", "__pycache__", ".*", "*.egg-info", "mutants")
_TABLE = """
[tool.mutmut]
source_paths = ["core", "cancel_client"]
only_mutate = {modules}
also_copy = {others}
pytest_add_cli_args = {options}
pytest_add_cli_args_test_selection = {tests}
timeout_multiplier = 2.0
timeout_constant = 30.0
use_git_change_detection = false
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Modules, and the tests that must notice whatever is changed in them.

    `imported`: what runs at import is mutated as well, so each mutant is imported for itself.
    """

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    imported: bool = False


_POLICY = "tests/core/policy"
GROUPS = {
    "decide": Group(
        modules=("core/decide.py",),
        tests=("tests/core/test_decide.py", "tests/core/test_reasons.py"),
    ),
    "timeline": Group(modules=("core/timeline.py",), tests=("tests/core/test_timeline.py",)),
    "cancel_client": Group(modules=("cancel_client/*.py",), tests=("tests/cancel_client",)),
    "ids": Group(
        modules=("core/ids.py",),
        tests=(
            "tests/core/test_ids.py",
            "tests/core/test_paths.py",
            "tests/core/test_refusals.py",
        ),
    ),
    "kql": Group(modules=("core/kql.py",), tests=("tests/core/test_kql.py",)),
    "masking": Group(
        modules=("core/masking.py", "core/errors.py"),
        tests=("tests/core/test_masking.py", "tests/core/test_errors.py"),
    ),
    "report": Group(
        modules=("core/report.py", "core/notice.py"),
        tests=("tests/core/test_report.py", "tests/core/test_notice.py"),
    ),
    "model": Group(
        modules=("core/model.py", "core/wire.py"),
        tests=("tests/core/test_model.py", "tests/core/test_wire.py"),
    ),
    "blocks": Group(
        modules=tuple(f"core/policy/{name}.py" for name in ("file", "match", "values")),
        tests=tuple(
            f"{_POLICY}/test_{name}.py" for name in ("file", "in_doubt", "match", "values")
        ),
    ),
    "reading": Group(
        modules=tuple(f"core/policy/{name}.py" for name in ("reading", "toml", "lines")),
        tests=tuple(f"{_POLICY}/test_{name}.py" for name in ("reading", "sentences", "lines")),
    ),
    "schema": Group(modules=("core/policy/schema.py",), tests=(f"{_POLICY}/test_schema.py",)),
    "keys": Group(
        modules=("core/policy/keys.py",),
        tests=tuple(f"{_POLICY}/test_{name}.py" for name in ("reading", "sentences", "schema")),
        imported=True,
    ),
    "rights": Group(modules=("core/rights.py",), tests=("tests/core/test_rights.py",)),
    "settings": Group(
        modules=("core/settings.py",), tests=("tests/core/test_settings.py",), imported=True
    ),
    "measures": Group(modules=("core/measures.py",), tests=("tests/core/test_measures.py",)),
    "clock": Group(modules=("core/clock.py",), tests=("tests/core/test_clock.py",)),
}


def prepare(tree: Path, group: Group) -> None:
    """A copy of the project in which mutmut works, with its table for this group."""
    left_out = shutil.ignore_patterns(*_LEFT_OUT)
    shutil.copytree(ROOT, tree, ignore=left_out, dirs_exist_ok=True)
    ours = [path.name for path in sorted(tree.iterdir()) if path.is_dir()]
    if group.imported:
        (tree / "conftest.py").write_text(_AFRESH.format(ours=ours), encoding="utf-8")
    others = [
        path.name
        for path in sorted(tree.iterdir())
        if path.name not in ("pyproject.toml", "mutants")
    ]
    table = _TABLE.format(
        modules=json.dumps(group.modules),
        others=json.dumps(others),
        tests=json.dumps(group.tests),
        options=json.dumps(_OPTIONS),
    )
    with (tree / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(table)
    for test in (tree / "tests").rglob("test_*.py"):
        text = test.read_text(encoding="utf-8")
        test.write_text(_EXAMPLES.sub(f"max_examples={FEW}", text), encoding="utf-8")
    for pattern in group.modules:
        for module in tree.glob(pattern):
            module.write_text(undecorated(module.read_text(encoding="utf-8")), encoding="utf-8")


def undecorated(source: str) -> str:
    """The same without `@property` and `@cache`, so that mutmut changes what stood under them."""
    lines = source.splitlines()
    for node in sorted(_decorated(ast.parse(source)), key=lambda node: -node.lineno):
        if _decorators(node) == ["property"]:
            indent = " " * node.col_offset
            lines.insert(node.end_lineno or 0, f"{indent}{node.name} = property(of_{node.name})")
            head = lines[node.lineno - 1]
            lines[node.lineno - 1] = head.replace(f"def {node.name}(", f"def of_{node.name}(", 1)
        del lines[node.decorator_list[0].lineno - 1]
    return "\n".join(lines) + "\n"


def _decorated(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and _decorators(node) in (["property"], ["cache"]):
            yield node


def _decorators(node: ast.FunctionDef) -> list[str]:
    return [ast.unparse(decorator) for decorator in node.decorator_list]
