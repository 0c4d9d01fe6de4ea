"""Find the checks: shipped ones and the user's own come through the same door.

What cannot be loaded becomes a `BrokenCheck`, which can only answer UNKNOWN: neither a crash that
stops the gate nor a silence that lets a run pass.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from checks.api import mark_of, marked
from checks.definition import CheckDefinition, define, origin_of
from core.errors import BadCheck, shorten, text_of

__all__ = ["BrokenCheck", "discover"]

BUILTIN = Path(__file__).parent / "builtin"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenCheck:
    """A check that is there and cannot be asked; `problem` says why and what would be legal."""

    name: str
    origin: str
    problem: str


def discover(folder: Path | None) -> tuple[CheckDefinition | BrokenCheck, ...]:
    """Every check: the built-in ones, then those of `folder` (names that begin with _ are not).

    Loads the users' code. Two checks of one name break both, since nobody can say which is meant.
    Raises `OSError` if a folder cannot be read.
    """
    files = {f"checks.builtin.{path.stem}": path for path in _files(BUILTIN)}
    found: list[CheckDefinition | BrokenCheck] = []
    if folder is not None:
        files |= {f"my_checks.{path.stem}": path for path in _files(folder)}
        found.extend(_unread(folder))
    for name, path in files.items():
        found.extend(_load(path, name, files.keys()))
    return _unambiguous(found)


def _entries(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:  # unlike a glob it says when it cannot read
        return sorted(Path(e.path) for e in entries if not e.name.startswith(("_", ".")))


def _files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.suffix.lower() == ".py"]


def _unread(folder: Path) -> Iterator[BrokenCheck]:
    """Folders with Python files: their author may think that they are loaded."""
    for path in _entries(folder):
        if path.suffix.lower() != ".py" and path.is_dir() and any(path.rglob("*.py")):
            yield BrokenCheck(
                name=f"folder {path.name}",
                origin=f"{folder.name}/{path.name}",
                problem="checks are files, not folders: move them up, or begin the name with _",
            )


def _load(
    path: Path, name: str, all_names: Collection[str]
) -> Iterator[CheckDefinition | BrokenCheck]:
    # A broken file is no check that a policy could switch off, so it has a name of another form.
    file, before = f"file {path.name}", len(marked)
    try:
        module = _import(path, name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - users' code: SystemExit too
        sys.modules.pop(name, None)
        problem = f"cannot be imported: {type(error).__name__}: {shorten(text_of(error), 300)}"
        yield BrokenCheck(name=file, origin=_line_of(error, path), problem=problem)
        return
    known = _known(module)
    own = [check for check in known if _is_home(check, name, all_names)]
    lost = [
        check
        for check in marked[before:]
        if _is_home(check, name, all_names) and not any(check is one for one in own)
    ]
    if not known and not lost:
        problem = "defines no check: mark one with @check, or begin the file's name with _"
        yield BrokenCheck(name=file, origin=f"{path.parent.name}/{path.name}:1", problem=problem)
    for check in own:
        try:
            yield define(check)
        except BadCheck as error:
            yield BrokenCheck(name=error.name or file, origin=error.origin, problem=error.why)
    for check in lost:
        yield BrokenCheck(
            name=str(getattr(check, "__name__", file)),
            origin=origin_of(check),
            problem="marked with @check and then lost: another definition has its name, or a "
            "decorator, a class or a list hides it; a check is a function of its module",
        )


def _is_home(check: object, name: str, all_names: Collection[str]) -> bool:
    """The check belongs to this file: no other file of checks has written it."""
    home = getattr(check, "__module__", None)
    return home == name or home not in all_names


def _import(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadCheck(path.stem, str(path), "is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that annotations and pickling find their module
    spec.loader.exec_module(module)
    return module


def _known(module: ModuleType) -> list[object]:
    """Every check that the module knows, once: a second name is no second check."""
    known = [value for value in vars(module).values() if mark_of(value) is not None]
    return list({id(value): value for value in known}.values())


def _line_of(error: BaseException, path: Path) -> str:
    """Where in the user's file the import failed, as `file:line`."""
    where = f"{path.parent.name}/{path.name}"
    if isinstance(error, SyntaxError):
        return f"{where}:{error.lineno or 1}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"{where}:{lines[-1] if lines else 1}"


def _unambiguous(
    found: list[CheckDefinition | BrokenCheck],
) -> tuple[CheckDefinition | BrokenCheck, ...]:
    count = Counter(check.name for check in found)
    return tuple(check if count[check.name] == 1 else _ambiguous(check, found) for check in found)


def _ambiguous(
    check: CheckDefinition | BrokenCheck, found: list[CheckDefinition | BrokenCheck]
) -> BrokenCheck:
    places = ", ".join(other.origin for other in found if other.name == check.name)
    own = f"{check.problem}; " if isinstance(check, BrokenCheck) else ""
    return BrokenCheck(
        name=check.name,
        origin=check.origin,
        problem=f"{own}several checks have this name: {places}; rename all but one",
    )
