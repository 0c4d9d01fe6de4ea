"""The third door: checks of installed packages come in as their neighbours do."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.discovery import discover
from checks.kind import CHECKS
from plugins.definition import Broken, Definition
from plugins.discovery import BUILT_IN
from plugins.entry_points import Plugin, installed, load_plugin
from plugins.loading import Homes
from tests.checks.doors import found, good, install

Found = Definition | Broken


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; what was imported from it is forgotten."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


def plugins() -> dict[str, Found]:
    """What is there besides the shipped checks."""
    return {check.name: check for check in discover(None) if check.door != BUILT_IN}


def test_a_module_of_an_installed_package_is_in_force(site: Path) -> None:
    """Installing it is all; it is known which package it came with, and from where."""
    install(site, {"disks": "acme_disks"}, acme_disks=good("disk_space"))
    (check,) = plugins().values()
    assert isinstance(check, Definition)
    assert check.name == "disk_space"
    assert check.door == "plugin acme-checks 1.2"
    assert check.origin == "site-packages/acme_disks.py:4"


def test_a_function_of_a_module_comes_alone(site: Path) -> None:
    """`module:function` chooses one of several."""
    install(site, {"one": "acme_two:one"}, acme_two=good("one") + good("two"))
    assert set(plugins()) == {"one"}


def test_a_package_may_hand_on_what_its_modules_hold(site: Path) -> None:
    """The entry point names the package, the checks lie deeper."""
    package = "from acme_deep.inner import disk_space\n"
    (site / "acme_deep").mkdir()
    (site / "acme_deep" / "inner.py").write_text(textwrap.dedent(good("disk_space")), "utf-8")
    (site / "acme_deep" / "__init__.py").write_text(package, "utf-8")
    install(site, {"deep": "acme_deep"})
    (check,) = plugins().values()
    assert isinstance(check, Definition)
    assert check.origin == "acme_deep/inner.py:4"


def test_a_check_behind_two_entry_points_is_one(site: Path) -> None:
    """It is the same function."""
    install(site, {"a": "acme_twice", "b": "acme_twice:twice"}, acme_twice=good("twice"))
    assert isinstance(plugins()["twice"], Definition)


def test_nothing_changes_when_it_is_looked_for_again(site: Path) -> None:
    """Although the module has been imported by then."""
    text = good("one") + good("one")
    install(site, {"a": "acme_again", "b": "acme_lost"}, acme_again=good("x"), acme_lost=text)
    first = plugins()
    assert set(first) == {"x", "one"}
    assert isinstance(first["one"], Broken), "a check that is marked and lost"
    assert plugins() == first


def test_a_check_that_my_own_file_imports_from_a_package_is_the_packages(
    site: Path, tmp_path: Path
) -> None:
    """It is collected once, where it was written."""
    install(site, {"disks": "acme_home"}, acme_home=good("disk_space"))
    checks = found(tmp_path / "mine", use="    from acme_home import disk_space\n" + good("mine"))
    assert {name: check.door for name, check in checks.items()} == {
        "disk_space": "plugin acme-checks 1.2",
        "mine": "my_checks",
    }


def test_a_name_that_two_doors_bring_breaks_both(site: Path, tmp_path: Path) -> None:
    """And the problem names both doors."""
    install(site, {"twin": "acme_twin"}, acme_twin=good("twin"))
    twins = [c for c in discover(_folder(tmp_path, twin=good("twin"))) if c.name == "twin"]
    assert {c.door for c in twins} == {"my_checks", "plugin acme-checks 1.2"}
    for twin in twins:
        assert isinstance(twin, Broken)
        assert "acme_twin.py:4 (plugin acme-checks 1.2)" in twin.problem
        assert "twin.py:4 (my_checks)" in twin.problem


def _folder(tmp_path: Path, **files: str) -> Path:
    found(tmp_path / "mine", **files)
    return tmp_path / "mine"


@pytest.mark.parametrize(
    ("value", "text", "words"),
    [
        ("no_such_module_anywhere", "", ["ModuleNotFoundError", "no_such_module_anywhere"]),
        ("acme_bad:no_such", "x = 1", ["AttributeError", "no_such"]),
        ("acme_bad", "import sys\nsys.exit(3)", ["SystemExit"]),
        ("acme_bad", "1 / 0", ["ZeroDivisionError"]),
        ("acme_bad", "def f(:", ["SyntaxError"]),
        ("acme_bad", "x = 1", ["holds no check"]),
        ("acme_bad:x", "x = 1", ["holds no check"]),
        ("acme_bad:x", "def x(): ...", ["holds no check"]),
        ("acme bad", "", ["not legal"]),
        ("acme_bad:", "", ["not legal"]),
        ("../acme", "", ["not legal"]),
        ("acme_bad [extra]", "", ["not legal"]),
    ],
)
def test_an_entry_point_that_brings_no_check_is_a_broken_check(
    site: Path, value: str, text: str, words: list[str]
) -> None:
    """With the package, the cause and the legal forms; its name is none that a policy could say."""
    install(site, {"bad": value}, acme_bad=text)
    (check,) = plugins().values()
    assert isinstance(check, Broken)
    assert check.name == "plugin acme-checks bad"
    assert check.origin == f"acme-checks 1.2: {value}"
    assert check.door == "plugin acme-checks 1.2"
    assert "legal values: a module, or module:function" in check.problem
    assert all(word in check.problem for word in words)


def test_an_illegal_check_of_a_package_is_broken_and_its_neighbours_are_not(site: Path) -> None:
    """Under its own name, with its line and the legal forms."""
    text = good("fine") + "\n    @check\n    def bad(machine) -> Verdict: ...\n"
    install(site, {"mixed": "acme_mixed"}, acme_mixed=text)
    checks = plugins()
    bad = checks["bad"]
    assert isinstance(bad, Broken)
    assert bad.origin == "site-packages/acme_mixed.py:8"
    assert bad.door == "plugin acme-checks 1.2"
    assert "legal forms" in bad.problem
    assert isinstance(checks["fine"], Definition)


@given(st.text(max_size=30))
def test_no_value_of_an_entry_point_raises(value: str) -> None:
    """Whatever stands there is a check, or a broken one."""
    plugin = Plugin(name="a", value=value, distribution="d", version="3")
    assert all(c.door == "plugin d 3" for c in load_plugin(plugin, Homes(kind=CHECKS)))


def test_a_package_that_stays_away_keeps_nobody_else_out(site: Path) -> None:
    """Entry points are loaded one by one, in a fixed order."""
    install(site, {"z": "acme_fine"}, name="zeta", acme_fine=good("fine"))
    install(site, {"a": "acme_exits"}, name="alpha", acme_exits="raise SystemExit")
    assert list(plugins()) == ["plugin alpha a", "fine"]


def test_metadata_that_cannot_be_read_is_a_broken_check(site: Path) -> None:
    """Nobody knows which checks are missing then."""
    install(site, {"a": "acme_odd"}, acme_odd=good("x"))
    (entry_points,) = site.glob("*.dist-info/entry_points.txt")
    entry_points.write_bytes(b"[patchgate.checks]\n\xff\xfe = x\n")
    (problem,) = installed(CHECKS)
    assert isinstance(problem, Broken)
    assert "cannot be listed: UnicodeDecodeError" in problem.problem
    assert plugins() == {"plugins": problem}


def test_plugins_may_be_given(site: Path) -> None:
    """To look at checks without those that happen to be installed, or at one package alone."""
    install(site, {"a": "acme_given"}, acme_given=good("given"))
    assert {c.door for c in discover(None, plugins=())} == {BUILT_IN}
    plugin = Plugin(name="a", value="acme_given", distribution="d", version="3")
    assert [c.name for c in discover(None, plugins=[plugin]) if c.door == "plugin d 3"] == ["given"]
