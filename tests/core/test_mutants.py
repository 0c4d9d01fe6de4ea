"""What docs/proof says of mutants is about the code as it is; `make mutants` tries them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.mutants import PAGE, explained
from tools.mutants_page import KINDS, Excuse
from tools.mutants_tree import GROUPS, ROOT, undecorated

EXCUSES = explained()


def lines_of(excuse: Excuse) -> list[str]:
    """Those of the function's module."""
    parts = excuse.of.split(".")
    paths = [Path(ROOT, *parts[:length]).with_suffix(".py") for length in range(2, len(parts))]
    (path,) = [path for path in paths if path.is_file()]
    return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("excuse", EXCUSES, ids=lambda excuse: f"{excuse.of}: {excuse.old[:20]}")
def test_each_reason_is_about_lines_that_are_there(excuse: Excuse) -> None:
    """And is written on the page, among those of its kind."""
    assert set(excuse.old.splitlines()) <= set(lines_of(excuse))
    assert excuse.new
    assert excuse.kind in KINDS
    page = PAGE.read_text(encoding="utf-8")
    assert f"`{excuse.of}`: {excuse.because}" in page


def test_every_module_is_in_one_group() -> None:
    """So none is left out, and none counts twice."""
    held = [module for group in GROUPS.values() for module in group.modules]
    holders = [path for pattern in held for path in ROOT.glob(pattern)]
    assert len(set(holders)) == len(holders)
    for folder in ("core", "cancel_client"):
        for module in ROOT.glob(f"{folder}/**/*.py"):
            assert module in holders or "def " not in module.read_text(encoding="utf-8"), module


def test_the_tests_of_each_group_are_there() -> None:
    """Or nothing would be tried at all."""
    named = [test for group in GROUPS.values() for test in group.tests]
    assert all((ROOT / test).exists() for test in named)


def test_properties_are_spelled_so_that_they_can_be_changed() -> None:
    """And stay what they are."""
    source = '''\
class A:
    @property
    def one(self) -> int:
        """One."""
        return 1

    @classmethod
    def make(cls) -> "A":
        return cls()
'''
    namespace: dict[str, type] = {}
    text = undecorated(source)
    exec(text, namespace)  # noqa: S102 - the text is right above
    assert "@property" not in text
    assert namespace["A"]().one == namespace["A"]().of_one() == 1
