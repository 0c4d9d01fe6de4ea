"""Find the checks: three doors, one room.

Shipped checks, the user's own folder and the entry points of installed packages are all loaded
alike. What cannot be loaded becomes a `BrokenCheck`, which can only answer UNKNOWN.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from checks.definition import MY_CHECKS, BrokenCheck, CheckDefinition
from checks.entry_points import Plugin, installed, load_plugin
from checks.loading import Found, Homes, load_file

__all__ = ["BUILT_IN", "BrokenCheck", "discover"]

BUILT_IN = "built-in"
_SHIPPED = Path(__file__).parent / "builtin"


def discover(
    folder: Path | None, plugins: Iterable[Plugin | BrokenCheck] | None = None
) -> tuple[CheckDefinition | BrokenCheck, ...]:
    """Every check: the built-in ones, those of `folder`, and those of the plugins.

    Files whose names begin with _ are not for checks. The plugins are those that are installed,
    unless others are given. Loads the users' code. Two checks of one name break both, since nobody
    can say which is meant. Raises `OSError` if a folder cannot be read.
    """
    own = [] if folder is None else list(_files(folder))
    files = [(path, f"checks.builtin.{path.stem}", BUILT_IN) for path in _files(_SHIPPED)]
    files += [(path, f"{MY_CHECKS}.{path.stem}", MY_CHECKS) for path in own]
    points = installed() if plugins is None else tuple(plugins)
    homes = Homes(
        modules={name for _, name, _ in files},
        packages={point.package for point in points if isinstance(point, Plugin)},
    )
    found: list[Found] = [] if folder is None else list(_unread(folder))
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


def _unread(folder: Path) -> Iterator[BrokenCheck]:
    """Folders with Python files: their author may think that they are loaded."""
    for path in _entries(folder):
        if path.suffix.lower() != ".py" and path.is_dir() and any(path.rglob("*.py")):
            yield BrokenCheck(
                name=f"folder {path.name}",
                origin=f"{folder.name}/{path.name}",
                problem="checks are files, not folders: move them up, or begin the name with _",
            )


def _unambiguous(found: list[Found]) -> tuple[Found, ...]:
    count = Counter(check.name for check in found)
    return tuple(check if count[check.name] == 1 else _ambiguous(check, found) for check in found)


def _ambiguous(check: Found, found: list[Found]) -> BrokenCheck:
    places = ", ".join(
        f"{other.origin} ({other.door})" for other in found if other.name == check.name
    )
    own = f"{check.problem}; " if isinstance(check, BrokenCheck) else ""
    return BrokenCheck(
        name=check.name,
        origin=check.origin,
        problem=f"{own}several checks have this name: {places}; rename all but one",
        door=check.door,
    )
