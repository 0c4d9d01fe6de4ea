"""Finding checks: what cannot be loaded is neither a crash nor a silence."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from checks.discovery import discover
from plugins.definition import Broken, Definition
from plugins.discovery import BUILT_IN
from tests.checks.doors import broken, found, good

SHIPPED = {
    path.stem
    for path in (Path(__file__).parents[2] / "checks" / "builtin").glob("*.py")
    if not path.name.startswith("_")
}


def test_the_shipped_checks_are_there() -> None:
    """One in each file, named as the file; and all are in order."""
    shipped = discover(None)
    assert {c.name for c in shipped} == SHIPPED
    assert {c.door for c in shipped} == {BUILT_IN}
    assert [c for c in shipped if isinstance(c, Broken)] == []
    assert all(c.title.endswith(".") for c in shipped if isinstance(c, Definition))


def test_a_file_in_the_folder_is_in_force(tmp_path: Path) -> None:
    """Nothing else has to be done; it is known where it came from."""
    (check,) = found(tmp_path, mine=good("disk_space")).values()
    assert isinstance(check, Definition)
    assert check.name == "disk_space"
    assert check.origin == f"{tmp_path.name}/mine.py:4"
    assert check.door == "my_checks"


def test_a_file_may_hold_several_checks(tmp_path: Path) -> None:
    """And helpers, which are not checks."""
    both = good("one") + good("two") + "\n    def helper(): ...\n"
    assert set(found(tmp_path, mine=both)) == {"one", "two"}


def test_a_second_name_for_a_check_is_no_second_check(tmp_path: Path) -> None:
    """It is the same function."""
    (check,) = found(tmp_path, mine=good("one") + "\n    alias = one\n").values()
    assert isinstance(check, Definition)


@pytest.mark.parametrize("name", ["_helpers", "__init__"])
def test_files_that_begin_with_an_underscore_are_skipped(tmp_path: Path, name: str) -> None:
    """They are for what several checks share."""
    assert found(tmp_path, **{name: "raise RuntimeError"}) == {}


def test_other_files_are_not_looked_at(tmp_path: Path) -> None:
    """A README, a configuration, a compiled file."""
    (tmp_path / "README.md").write_text("# Mine")
    (tmp_path / "old.py.bak").write_text("raise RuntimeError")
    assert found(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("import no_such_module_anywhere", 1, ["ModuleNotFoundError", "no_such_module_anywhere"]),
        ("import sys\nsys.exit(0)", 2, ["SystemExit"]),
        ("x = 1\n\nraise SystemExit", 3, ["SystemExit"]),
        ("x = 1\ndef f(:\n    pass", 2, ["SyntaxError"]),
        ("x = 1\ncompile('\\n\\n\\n(', 'other.py', 'exec')", 2, ["SyntaxError"]),
        ("x = 1\n\n1 / 0", 3, ["ZeroDivisionError"]),
        ("class Odd(BaseException): ...\nraise Odd('gone')", 2, ["Odd", "gone"]),
        (
            "from checks import check\n@check(severity=1)\ndef f(): ...",
            2,
            ["TypeError", "severity"],
        ),
        ("raise RuntimeError('a\\nb' * 1000)", 1, ["RuntimeError"]),
        (
            "class Sulky(Exception):\n    def __str__(self): raise ValueError\nraise Sulky",
            3,
            ["Sulky"],
        ),
    ],
)
def test_a_file_that_cannot_be_imported_is_a_broken_check(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    """Its name is no check's, so that no policy can switch it off; its neighbours are loaded."""
    checks = found(tmp_path, bad=text, fine=good("fine"))
    assert set(checks) == {"file bad.py", "fine"}
    bad = checks["file bad.py"]
    assert isinstance(bad, Broken)
    assert bad.origin == f"{tmp_path.name}/bad.py:{line}"
    assert all(word in bad.problem for word in words)
    assert "\n" not in bad.problem
    assert isinstance(checks["fine"], Definition)


def test_a_file_that_is_no_text_is_a_broken_check(tmp_path: Path) -> None:
    """Bytes, or a folder with the name of a file."""
    (tmp_path / "binary.py").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "folder.py").mkdir()
    checks = found(tmp_path)
    assert set(checks) == {"file binary.py", "file folder.py"}
    assert all(isinstance(c, Broken) for c in checks.values())


def test_an_illegal_check_is_broken_and_its_neighbours_are_not(tmp_path: Path) -> None:
    """Under its own name, with the legal forms."""
    text = good("fine") + "\n    @check\n    def bad(machine) -> Verdict: ...\n"
    checks = found(tmp_path, mine=text)
    bad = checks["bad"]
    assert isinstance(bad, Broken)
    assert bad.origin == f"{tmp_path.name}/mine.py:8"
    assert "legal forms" in bad.problem
    assert isinstance(checks["fine"], Definition)


@pytest.mark.parametrize(
    "options",
    ["timeout='5'", "name=5", "name='Bad Name'", "advisory='no'", "on_unknown='?'", "needs=5"],
)
def test_an_illegal_option_is_a_broken_check(tmp_path: Path, options: str) -> None:
    """Whatever the author wrote there."""
    text = good("x").replace("@check", f"@check({options})")
    (check,) = found(tmp_path, mine=text).values()
    assert isinstance(check, Broken)


def test_two_checks_of_one_name_break_both(tmp_path: Path) -> None:
    """Nobody can say which is meant; the problem names both places."""
    bad = broken(tmp_path, "twin", one=good("twin"), two=good("twin"))
    checks = [c for c in discover(tmp_path) if c.name == "twin"]
    assert len(checks) == 2
    assert all(isinstance(c, Broken) for c in checks)
    assert "one.py:4" in bad.problem
    assert "two.py:4" in bad.problem
    assert "rename" in bad.problem


def test_a_check_with_the_name_of_a_shipped_one_breaks_both(tmp_path: Path) -> None:
    """Overriding a shipped check by accident would be a silence."""
    bad = broken(tmp_path, "opt_out_tag", mine=good("opt_out_tag"))
    assert "opt_out_tag.py" in bad.problem
    assert "(built-in)" in bad.problem
    assert "mine.py" in bad.problem
    assert "(my_checks)" in bad.problem


def test_a_broken_file_and_a_check_of_its_name_are_two(tmp_path: Path) -> None:
    """The check is asked, and the file's problem stays in sight."""
    checks = found(tmp_path, twin="1 / 0", other=good("twin"))
    assert isinstance(checks["twin"], Definition)
    broken = checks["file twin.py"]
    assert isinstance(broken, Broken)
    assert "ZeroDivisionError" in broken.problem


_LOST = {
    "a second definition of its name": """
        @check
        def mine(machine: Machine) -> Verdict:
            return passed()
        @check
        def mine(machine: Machine) -> Verdict:
            return passed()
    """,
    "a decorator that hides it": """
        def hiding(function):
            return lambda machine: function(machine)
        @hiding
        @check
        def mine(machine: Machine) -> Verdict:
            return passed()
    """,
    "a class": """
        class Checks:
            @check
            def mine(machine: Machine) -> Verdict:
                return passed()
    """,
    "a list": """
        def make():
            @check
            def mine(machine: Machine) -> Verdict:
                return passed()
            return mine
        ALL = [make()]
    """,
}


@pytest.mark.parametrize("text", _LOST.values(), ids=_LOST.keys())
def test_a_check_that_is_marked_and_then_lost_is_broken(tmp_path: Path, text: str) -> None:
    """Whoever wrote @check means to be asked: a required check does not vanish in silence."""
    head = "from checks import Machine, Verdict, check, passed\n"
    checks = found(tmp_path, odd=head + textwrap.dedent(text), fine=good("fine"))
    assert isinstance(checks["mine"], Broken)
    assert isinstance(checks["fine"], Definition)


def test_a_check_made_by_a_helper_is_the_files_own(tmp_path: Path) -> None:
    """A file whose name begins with _ may hold what makes checks."""
    (tmp_path / "_factory.py").write_text(
        textwrap.dedent(
            """
            from checks import Machine, Verdict, check, passed
            def make():
                @check(name="made")
                def anything(machine: Machine) -> Verdict:
                    return passed()
                return anything
            """
        ),
        encoding="utf-8",
    )
    using = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nimport _factory\n"
    using += "made = _factory.make()\nsys.path.pop(0)\n"
    assert isinstance(found(tmp_path, using=using)["made"], Definition)


def test_a_folder_of_files_is_told(tmp_path: Path) -> None:
    """Its author may think that they are loaded; a name that begins with _ says otherwise."""
    for name in ("deeper", "_helpers"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.py").write_text(good("mine"), encoding="utf-8")
    checks = found(tmp_path)
    assert set(checks) == {"folder deeper"}
    assert isinstance(checks["folder deeper"], Broken)


def test_a_check_that_another_file_imports_is_collected_once(tmp_path: Path) -> None:
    """It belongs to where it was written."""
    importing = "from my_checks.a_first import disk_space\nuse = disk_space\n"
    (check,) = found(tmp_path, a_first=good("disk_space"), b_second=importing).values()
    assert isinstance(check, Definition)
    assert check.origin == f"{tmp_path.name}/a_first.py:4"


def test_objects_that_cannot_be_looked_at_do_not_harm(tmp_path: Path) -> None:
    """Proxies of web frameworks are such."""
    text = (
        good("fine")
        + """
    class Proxy:
        def __getattribute__(self, name):
            raise RuntimeError("not bound")

    proxy = Proxy()
"""
    )
    assert isinstance(found(tmp_path, mine=text)["fine"], Definition)
