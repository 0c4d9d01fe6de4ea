"""Find the checks: shipped ones and the user's own come through the same door.

What cannot be loaded becomes a `BrokenCheck`, which can only answer UNKNOWN: neither a crash that
stops the gate nor a silence that lets a run pass.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from checks.api import mark_of
from checks.definition import CheckDefinition, define
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
    """Every check: the built-in ones, then those of `folder` (files that begin with _ are not).

    Loads the users' code. Two checks of one name break both, since nobody can say which is meant.
    """
    found: list[CheckDefinition | BrokenCheck] = []
    for path in _files(BUILTIN):
        found.extend(_load(path, f"checks.builtin.{path.stem}"))
    for path in _files(folder) if folder else ():
        found.extend(_load(path, f"my_checks.{path.stem}"))
    return _unambiguous(found)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.glob("*.py") if not p.name.startswith("_"))


def _load(path: Path, module_name: str) -> Iterator[CheckDefinition | BrokenCheck]:
    try:
        module = _import(path, module_name)
        marked = _marked(module)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - users' code: SystemExit too
        sys.modules.pop(module_name, None)
        yield BrokenCheck(
            name=path.stem,
            origin=_line_of(error, path),
            problem=f"cannot be imported: {type(error).__name__}: {shorten(text_of(error), 300)}",
        )
        return
    if not marked:
        yield BrokenCheck(
            name=path.stem,
            origin=f"{path.parent.name}/{path.name}:1",
            problem="defines no check: mark one with @check, or begin the file's name with _",
        )
    for function in marked:
        if getattr(function, "__module__", None) != module.__name__:
            continue  # imported: it belongs to where it was written
        try:
            yield define(function)
        except BadCheck as error:
            yield BrokenCheck(name=error.name or path.stem, origin=error.origin, problem=error.why)


def _import(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadCheck(path.stem, str(path), "is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that annotations and pickling find their module
    spec.loader.exec_module(module)
    return module


def _marked(module: ModuleType) -> list[object]:
    """Every check that the module knows, once: a second name is no second check."""
    marked = [value for value in vars(module).values() if mark_of(value) is not None]
    return list({id(value): value for value in marked}.values())


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
