"""docs/proof/hostile.md names the tests that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "proof" / "hostile.md").read_text(encoding="utf-8")
_ITSELF = "test_index.py"


def _named() -> dict[str, set[str]]:
    """Each file of the page with its tests."""
    found: dict[str, set[str]] = {}
    for line in _PAGE.splitlines():
        for file in re.findall(r"`(tests/[\w/]+\.py)`", line):
            found.setdefault(file, set()).update(re.findall(r"`(test_\w+)`", line))
    return found


def _tests_in(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    functions = (node.name for node in tree.body if isinstance(node, ast.FunctionDef))
    return {name for name in functions if name.startswith("test_")}


def test_every_test_that_the_page_names_is_there() -> None:
    """So the page cannot claim what nobody tests."""
    missing = {file: names - _tests_in(_ROOT / file) for file, names in _named().items()}
    assert {file: names for file, names in missing.items() if names} == {}
    assert sum(map(len, _named().values())) > 50


def test_every_hostile_test_is_on_the_page() -> None:
    """So it is the place to look for an attack."""
    named = _named()
    here = sorted(Path(__file__).parent.glob("test_*.py"))
    missing = {
        file.name: _tests_in(file) - named.get(f"tests/hostile/{file.name}", set())
        for file in here
        if file.name != _ITSELF
    }
    assert {file: names for file, names in missing.items() if names} == {}
