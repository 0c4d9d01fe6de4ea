"""`patchgate checks new NAME`: a check to begin with, and its test."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

import checks
from cli.checks.site import BAD_INPUT, Wanted, open_site
from cli.checks.templates import files_of
from cli.output import console, refuse
from core.errors import shorten

__all__ = ["run_new"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def run_new(name: str, *, of_run: bool, is_async: bool) -> int:
    """Write both files and answer the exit code."""
    root = _root(Path.cwd())
    _legal(name, root)
    code, test = files_of(name, of_run=of_run, is_async=is_async)
    check = root / "my_checks" / f"{name}.py"
    tested = root / "tests" / "my_checks" / f"test_{name}.py"
    for path in (check, tested):
        if path.exists():
            refuse(f"{path} is there already, and nothing is overwritten", code=BAD_INPUT)
    package = check.parent / "__init__.py"  # so that tests can import from my_checks
    if not package.exists():
        _write(package, '"""Your checks: every file here is loaded."""\n')
    _write(check, code)
    _write(tested, test)
    _tell(name, [path.relative_to(root) for path in (check, tested)])
    return 0


def _root(here: Path) -> Path:
    root = next((p for p in (here, *here.parents) if (p / "host.json").is_file()), None)
    if root is None:
        refuse(f"{here} is in no Functions project: there is no host.json", code=BAD_INPUT)
    return root


def _legal(name: str, root: Path) -> None:
    """A name of a check, of a function, of a file, and of nobody else."""
    if not _NAME.fullmatch(name):
        why = "a check's name is a lower-case word of letters, digits and _"
        refuse(f"{shorten(name, 60)!r}: {why}", code=BAD_INPUT)
    if keyword.iskeyword(name) or name in checks.__all__:
        refuse(f"{name!r} means something else in Python, or in a check", code=BAD_INPUT)
    folder = root / "my_checks"
    known = open_site(Wanted(checks=folder if folder.is_dir() else None)).checks
    if name in known:
        refuse(f"there is a check named {name} already: {known[name].origin}", code=BAD_INPUT)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}", code=BAD_INPUT)


def _tell(name: str, paths: list[Path]) -> None:
    screen = console()
    for path in paths:
        screen.print(f"written: {path.as_posix()}", soft_wrap=True)
    screen.print(f"test it: python -m pytest {paths[1].as_posix()}", soft_wrap=True)
    screen.print(f"see it:  patchgate checks show {name}", soft_wrap=True)
