"""Build what is deployed, exactly: `make package` makes build/package and build/patchgate.zip.

Refuses when something is missing that the app needs at run time, and when something would be inside
that nobody should publish: a test, a page for people, a secret. The archive is the same, byte for
byte, wherever it is made from the same files.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tools.funcignore import BadFuncignore, Funcignore
from tools.lock import ROOT, digest_line
from tools.package_rules import unwanted

__all__ = ["Package", "Refused", "build"]

_NEEDED = ("function_app.py", "host.json", "requirements.txt")
# Of the folders that are deployed, what is for authors and for the command line.
_SPARED = (
    *("actions/testing/", "checks/testing/", "plugins/testing/"),
    "handlers/engines/in_memory.py",
)


class Refused(Exception):
    """Nothing was built. The message has a line for each reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What was built. Sizes are in bytes."""

    folder: Path
    archive: Path
    files: tuple[str, ...]
    size: int
    archive_size: int
    sha256: str


def build(root: Path, into: Path) -> Package:
    """Copy what is deployed of `root` to `into`/package, and pack it into `into`/patchgate.zip.

    Replaces what was built there before. Raises `Refused`, `OSError`.
    """
    files = _deployed(root)
    problems = [*_missing(root, files), *_stale(root), *unwanted(root, files)]
    if problems:
        raise Refused("\n".join(problems))
    folder, archive = into / "package", into / "patchgate.zip"
    _clear(folder)
    for file in files:
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / file, target)
    _pack(folder, files, archive)
    return Package(
        folder=folder,
        archive=archive,
        files=files,
        size=sum((folder / file).stat().st_size for file in files),
        archive_size=archive.stat().st_size,
        sha256=hashlib.sha256(archive.read_bytes()).hexdigest(),
    )


def _deployed(root: Path) -> tuple[str, ...]:
    try:
        ignored = Funcignore.read(root / ".funcignore")
        return tuple(sorted(_walk(root, "", ignored)))
    except BadFuncignore as error:
        raise Refused(str(error)) from error


def _walk(root: Path, below: str, ignored: Funcignore) -> Iterator[str]:
    with os.scandir(root / below) as entries:
        for entry in entries:
            path = below + entry.name
            if entry.is_dir(follow_symlinks=False):
                if not ignored.leaves(f"{path}/"):
                    yield from _walk(root, f"{path}/", ignored)
            elif not ignored.leaves(path):
                yield path


def _missing(root: Path, files: tuple[str, ...]) -> Iterator[str]:
    """What the app needs: its files, its folders in whole, and every module of ours it imports."""
    inside = set(files)
    # Without gate.toml the defaults would be in force, so one that is there must come along.
    for file in (*_NEEDED, *(["gate.toml"] if (root / "gate.toml").exists() else [])):
        if file not in inside:
            yield f"{file} is missing"
    for folder in sorted({PurePosixPath(file).parts[0] for file in files if "/" in file}):
        yield from (f"{file} is left behind" for file in _whole(root, folder) if file not in inside)
    for file in files:
        if file.endswith(".py"):
            for needed in _imported(root, file):
                if needed not in inside:
                    yield f"{needed} is left behind, and {file} imports it"


def _whole(root: Path, folder: str) -> Iterator[str]:
    """The code and the queries of a folder: most are found by looking, and not by an import."""
    for path in sorted((root / folder).rglob("*")):
        file = path.relative_to(root).as_posix()
        if path.suffix in {".py", ".kql"} and not file.startswith(_SPARED):
            yield file


def _imported(root: Path, file: str) -> Iterator[str]:
    tree = ast.parse((root / file).read_bytes(), filename=file)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from _ours(root, (alias.name for alias in node.names))
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from _ours(root, (node.module, *names))


def _ours(root: Path, modules: Iterable[str]) -> Iterator[str]:
    """The files of the modules that are in the checkout; others are of packages, or no modules."""
    for module in modules:
        base = module.replace(".", "/")
        yield from (f for f in (f"{base}.py", f"{base}/__init__.py") if (root / f).is_file())


def _stale(root: Path) -> Iterator[str]:
    """Requirements of another day would install other packages than those that were tested."""
    compiled = root / "requirements.txt"
    if compiled.is_file():
        first = compiled.read_text(encoding="utf-8").partition("\n")[0]
        if first != digest_line((root / "pyproject.toml").read_text(encoding="utf-8")):
            yield "requirements.txt is not compiled from pyproject.toml as it is: run make lock"


def _clear(folder: Path) -> None:
    """Take away an earlier package, and nothing else."""
    if folder.exists():
        if any(folder.iterdir()) and not (folder / "function_app.py").is_file():
            raise Refused(f"{folder} holds something that is no package: take it away first")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _pack(folder: Path, files: tuple[str, ...], archive: Path) -> None:
    """Sorted, of one time, and stored as they are: compressors of other versions pack otherwise."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for file in files:
            entry = zipfile.ZipInfo(file, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # a Unix file, rw-r--r--
            packed.writestr(entry, (folder / file).read_bytes())


def main(arguments: list[str]) -> int:
    """Build, and say what came of it; 1 when it was refused."""
    parser = argparse.ArgumentParser(prog="make package", description="Build what is deployed.")
    parser.add_argument("--into", type=Path, default=ROOT / "build", metavar="FOLDER")
    into = parser.parse_args(arguments).into
    try:
        package = build(ROOT, into)
    except Refused as error:
        print(f"No package was built:\n{error}", file=sys.stderr)
        return 1
    print(f"{package.folder}: {len(package.files)} files, {package.size / 1e6:.2f} MB")
    print(f"{package.archive}: {package.archive_size / 1e6:.2f} MB, sha256 {package.sha256}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
