"""Find the checks, or the actions: three doors, one room.

What is shipped, the user's own folder and the entry points of installed packages are all loaded
alike. What cannot be loaded becomes a `Broken`, which can only answer UNKNOWN.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from plugins.definition import Broken
from plugins.entry_points import Plugin, installed, load_plugin
from plugins.kinds import Kind
from plugins.loading import Found, Homes, load_file

__all__ = ["BUILT_IN", "discover"]

BUILT_IN = "built-in"


def discover(
    kind: Kind, folder: Path | None, plugins: Iterable[Plugin | Broken] | None = None
) -> tuple[Found, ...]:
    """All of that kind: the built-in ones, those of `folder`, and those of the plugins.

    Files whose names begin with _ are not looked at. The plugins are those that are installed,
    unless others are given. Loads the users' code. Two of one name break both, since nobody can
    say which is meant. Raises `OSError` if a folder cannot be read.
    """
    own = [] if folder is None else list(_files(folder))
    files = [(path, f"{kind.package}.{path.stem}", BUILT_IN) for path in _files(kind.shipped)]
    files += [(path, f"{kind.own}.{path.stem}", kind.own) for path in own]
    points = installed(kind) if plugins is None else tuple(plugins)
    homes = Homes(
        kind=kind,
        modules={name for _, name, _ in files},
        packages={point.package for point in points if isinstance(point, Plugin)},
    )
    found: list[Found] = [] if folder is None else list(_unread(kind, folder))
    for path, name, door in files:
        found.extend(load_file(path, name, door, homes))
    for point in points:
        found.extend(load_plugin(point, homes) if isinstance(point, Plugin) else (point,))
    return _unambiguous(found)


def _entries(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:  # unlike a glob it says when it cannot read
        return sorted(Path(e.path) for e in entries if not e.name.startswith(("_", ".")))


def _files(folder: Path) -> list[Path]:
    return [path for path in _entries(folder) if path.suffix.lower() == ".py"]


def _unread(kind: Kind, folder: Path) -> Iterator[Broken]:
    """Folders with Python files: their author may think that they are loaded."""
    for path in _entries(folder):
        if path.suffix.lower() != ".py" and path.is_dir() and any(path.rglob("*.py")):
            yield Broken(
                name=f"folder {path.name}",
                origin=f"{folder.name}/{path.name}",
                problem=f"{kind}s are files, not folders: move them up, or begin the name with _",
                door=kind.own,
            )


def _unambiguous(found: list[Found]) -> tuple[Found, ...]:
    count = Counter(one.name for one in found)
    return tuple(one if count[one.name] == 1 else _ambiguous(one, found) for one in found)


def _ambiguous(one: Found, found: list[Found]) -> Broken:
    places = ", ".join(
        f"{other.origin} ({other.door})" for other in found if other.name == one.name
    )
    own = f"{one.problem}; " if isinstance(one, Broken) else ""
    return Broken(
        name=one.name,
        origin=one.origin,
        problem=f"{own}several have this name: {places}; rename all but one",
        door=one.door,
    )
