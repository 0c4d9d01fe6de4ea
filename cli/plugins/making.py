"""`patchgate checks new NAME` and `patchgate actions new NAME`: one to begin with, and its test."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cli.exit_codes import BAD_INPUT
from cli.output import console, refuse
from cli.plugins.site import Wanted, open_site
from core.errors import shorten
from plugins.kinds import Kind

__all__ = ["Made", "run_new"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The text of a file of that kind, and of its test."""

    kind: Kind
    name: str
    code: str
    test: str


def run_new(made: Made, *, taken: Collection[str]) -> int:
    """Write both files and answer the exit code; `taken` are words that authors import."""
    kind, name = made.kind, made.name
    root = _root(Path.cwd())
    _legal(kind, name, root, taken)
    own = root / kind.own / f"{name}.py"
    tested = root / "tests" / kind.own / f"test_{name}.py"
    for path in (own, tested):
        if path.exists():
            refuse(f"{path} is there already, and nothing is overwritten", code=BAD_INPUT)
    package = own.parent / "__init__.py"  # so that tests can import from it
    if not package.exists():
        _write(package, f'"""Your {kind}s: every file here is loaded."""\n')
    _write(own, made.code)
    _write(tested, made.test)
    _tell(made, [path.relative_to(root) for path in (own, tested)])
    return 0


def _root(here: Path) -> Path:
    root = next((p for p in (here, *here.parents) if (p / "host.json").is_file()), None)
    if root is None:
        refuse(f"{here} is in no Functions project: there is no host.json", code=BAD_INPUT)
    return root


def _legal(kind: Kind, name: str, root: Path, taken: Collection[str]) -> None:
    """A name of a check or an action, of a function, of a file, and of nobody else."""
    article = "an" if kind.word == "action" else "a"
    if not _NAME.fullmatch(name):
        why = f"{article} {kind}'s name is a lower-case word of letters, digits and _"
        refuse(f"{shorten(name, 60)!r}: {why}", code=BAD_INPUT)
    if keyword.iskeyword(name) or name in taken:
        refuse(f"{name!r} means something else in Python, or in {article} {kind}", code=BAD_INPUT)
    folder = root / kind.own
    wanted = Wanted(kinds=(kind,), folder=folder if folder.is_dir() else None)
    known = open_site(wanted).found[kind.table]
    if name in known:
        why = f"there is {article} {kind} named {name} already: {known[name].origin}"
        refuse(why, code=BAD_INPUT)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}", code=BAD_INPUT)


def _tell(made: Made, paths: list[Path]) -> None:
    screen = console()
    for path in paths:
        screen.print(f"written: {path.as_posix()}", soft_wrap=True)
    screen.print(f"test it: python -m pytest {paths[1].as_posix()}", soft_wrap=True)
    screen.print(f"see it:  patchgate {made.kind.table} show {made.name}", soft_wrap=True)
