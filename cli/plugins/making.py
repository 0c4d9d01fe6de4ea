"""`patchgate checks new NAME` and `patchgate actions new NAME`: one to begin with, and its test."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import typer

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


def run_new(made: Made, *, taken: Collection[str], as_json: bool) -> int:
    """Write both files and answer the exit code; `taken` are words that authors import."""
    kind, name = made.kind, made.name
    root = _root(Path.cwd())
    _legal(kind, name, root, taken)
    own = root / kind.own / f"{name}.py"
    tested = root / "tests" / kind.own / f"test_{name}.py"
    for path in (own, tested):
        if path.exists():
            refuse(f"{path} is there already, and nothing is overwritten", code=BAD_INPUT)
    texts = {own: made.code, tested: made.test}
    package = own.parent / "__init__.py"  # so that tests can import from it
    if not package.exists():
        texts[package] = f'"""Your {kind}s: every file here is loaded."""\n'
    for path, text in texts.items():
        _write(path, text)
    _tell(made, root, [path.relative_to(root).as_posix() for path in texts], as_json=as_json)
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


def _tell(made: Made, root: Path, paths: list[str], *, as_json: bool) -> None:
    """The one's own file comes first, then its test."""
    own, tested = paths[:2]
    test, see = f"python -m pytest {tested}", f"patchgate {made.kind.table} show {made.name}"
    if as_json:
        told = {"name": made.name, "project": str(root), "files": paths, "next": [test, see]}
        typer.echo(json.dumps(told, indent=2))
        return
    screen = console()
    for line in (f"written: {own}", f"written: {tested}", f"test it: {test}", f"see it:  {see}"):
        screen.print(line, soft_wrap=True)
