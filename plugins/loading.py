"""Load a file or a module of checks or actions, and see what it holds.

Users' code runs here. Whatever goes wrong is a `Broken`, with where and why.
"""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from core.errors import BadPlugin, shorten, text_of
from plugins.api import Word, mark_of, marked
from plugins.definition import Broken, Definition, define, origin_of
from plugins.kinds import Kind

__all__ = ["Found", "Homes", "found_in", "known_in", "load_file", "place_of", "told"]

Found = Definition | Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Who wrote which check (or action), so that each is collected once, where it was written.

    `modules` are the files of them by the names of their modules, and `packages` the top-level
    packages of plugins, in which one may lie deeper than the entry point. What is in neither, a
    helper that makes checks, belongs to whoever has it first; `seen` are those collected.
    """

    kind: Kind
    modules: Collection[str] = ()
    packages: Collection[str] = ()
    seen: set[int] = field(default_factory=set)

    def is_own(self, one: object, module: str) -> bool:
        """It belongs to that module: nobody else has written it."""
        owner = self._owner(str(getattr(one, "__module__", "")))
        return owner is None or owner == self._owner(module)

    def _owner(self, module: str) -> str | None:
        if module in self.modules:
            return module
        package = module.partition(".")[0]
        return package if package in self.packages else None


def load_file(path: Path, name: str, door: str, homes: Homes) -> Iterator[Found]:
    """All in a file, which is loaded afresh as the module of that name."""
    # A broken file is none that a policy could switch off, so it has a name of another form.
    word, file = homes.kind.word, f"file {path.name}"
    before = len(marked(word))
    try:
        module = _import(path, name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - users' code: SystemExit too
        sys.modules.pop(name, None)
        where = _line_of(error, path)
        yield Broken(name=file, origin=where, problem=told(error), door=door)
        return
    known = known_in(module, word)
    found = list(found_in(name, known, marked(word)[before:], homes=homes, door=door))
    if not known and not found:
        problem = f"defines no {word}: mark one with @{word}, or begin the file's name with _"
        yield Broken(name=file, origin=f"{place_of(path)}:1", problem=problem, door=door)
    yield from found


def found_in(
    module: str, known: Sequence[object], made: Sequence[object], *, homes: Homes, door: str
) -> Iterator[Found]:
    """The module's own: those that it knows, and those of its making that are lost."""
    for one in (*known, *made):
        if homes.is_own(one, module) and id(one) not in homes.seen:
            homes.seen.add(id(one))
            is_known = any(one is other for other in known)
            yield (_defined if is_known else _hidden)(homes.kind, one, door)


def _defined(kind: Kind, one: object, door: str) -> Found:
    try:
        return define(kind, one, door=door)
    except BadPlugin as error:
        name = error.name or "(without a name)"
        return Broken(name=name, origin=error.origin, problem=error.why, door=door)


def _hidden(kind: Kind, one: object, door: str) -> Broken:
    article = "an" if kind.word == "action" else "a"
    return Broken(
        name=str(getattr(one, "__name__", "(without a name)")),
        origin=origin_of(one),
        problem=f"marked with @{kind} and then lost: another definition has its name, or a "
        f"decorator, a class or a list hides it; {article} {kind} is a function of its module",
        door=door,
    )


def told(error: BaseException) -> str:
    """Why something could not be imported, on one line."""
    return f"cannot be imported: {type(error).__name__}: {shorten(text_of(error), 300)}"


def place_of(path: Path) -> str:
    """A file with its folder: enough to find it, and the same on every machine."""
    return f"{path.parent.name}/{path.name}"


def _import(path: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise BadPlugin(path.stem, str(path), "is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that annotations and pickling find their module
    spec.loader.exec_module(module)
    return module


def known_in(module: ModuleType, word: Word) -> list[object]:
    """All that the module knows, each once: a second name is no second check."""
    known = [value for value in vars(module).values() if mark_of(value, word) is not None]
    return list({id(value): value for value in known}.values())


def _line_of(error: BaseException, path: Path) -> str:
    """Where in the user's file the import failed, as `file:line`."""
    where = place_of(path)
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return f"{where}:{error.lineno or 1}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(path)]
    return f"{where}:{lines[-1] if lines else 1}"
