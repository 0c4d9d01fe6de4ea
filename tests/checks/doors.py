"""What comes through the doors: files in a folder, and packages that are installed."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

from checks.discovery import discover
from plugins.definition import Broken, Definition
from plugins.discovery import BUILT_IN

GOOD = """
    from checks import Machine, Verdict, check, passed

    @check
    def {name}(machine: Machine) -> Verdict:
        return passed()
"""


def good(name: str) -> str:
    """A file with one check."""
    return GOOD.format(name=name)


def written(folder: Path, files: Mapping[str, str]) -> None:
    """These files, by their names without `.py`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")


def found(folder: Path, **files: str) -> dict[str, Definition | Broken]:
    """All but the healthy shipped checks, from these files."""
    written(folder, files)
    return {
        check.name: check
        for check in discover(folder)
        if check.door != BUILT_IN or isinstance(check, Broken)
    }


def broken(folder: Path, name: str, **files: str) -> Broken:
    """The check of that name, which cannot be loaded."""
    check_found = found(folder, **files)[name]
    assert isinstance(check_found, Broken)
    return check_found


def install(
    folder: Path, points: Mapping[str, str], name: str = "acme-checks", **files: str
) -> None:
    """A distribution with these entry points and modules, as an installer leaves it in a folder."""
    written(folder, files)
    info = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", "utf-8")
    lines = "".join(f"{point} = {value}\n" for point, value in points.items())
    (info / "entry_points.txt").write_text(f"[patchgate.checks]\n{lines}", "utf-8")
