"""The app in a process of its own, from the folder it is deployed in and from nothing else.

    python -I alone.py worker.py     (in that folder; a line of JSON for each request and answer)

`-I` keeps this file's folder, the environment's paths and the user's packages out of `sys.path`. Of
the installed packages only those can be imported that the folder's requirements.txt names, and
Azure's worker library, which the platform brings along.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import ModuleType
from typing import Any

HERE = Path.cwd()
PLATFORM = {"azure-functions-runtime", "azurefunctions-extensions-base"}


class Deployed(MetaPathFinder):
    """Finds what would be found, and refuses what would not be installed with the app."""

    def __init__(self) -> None:
        self.pinned = set(re.findall(r"^([\w.-]+)==", _requirements(), re.MULTILINE))
        installed = {_plain(found.name): found for found in distributions()}
        self.packages = {name: found for name, found in installed.items() if name in self.pinned}
        self._theirs = {str(found.locate_file("")) for found in installed.values()}
        allowed = [found for name, found in installed.items() if name in self.pinned | PLATFORM]
        self._files = {path for found in allowed for path in _paths(found)}

    def find_spec(
        self, name: str, path: Any, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raises `ModuleNotFoundError` for a module of a package that is not deployed."""
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.origin is None or spec.origin in self._files:
            return spec
        if any(spec.origin.startswith(f"{folder}{os.sep}") for folder in self._theirs):
            raise ModuleNotFoundError(f"{name} is not in requirements.txt", name=name)
        return spec

    def missing(self) -> list[str]:
        """The packages of requirements.txt that are not installed, though every system has them."""
        lines = re.findall(r"^([\w.-]+)==[^ ]+ \\$", _requirements(), re.MULTILINE)
        return sorted({*lines} - self.packages.keys())

    def size(self) -> int:
        """What the deployed packages take, in bytes, without what Python compiles."""
        files = (Path(path) for found in self.packages.values() for path in _paths(found))
        return sum(f.stat().st_size for f in files if f.suffix != ".pyc" and f.is_file())


class App:
    """What can be asked of the app."""

    def __init__(self, worker: ModuleType, deployed: Deployed) -> None:
        self._library, self._deployed = worker, deployed
        self._worker = worker.Worker(HERE)

    def functions(self) -> list[str]:
        """The names of what Azure would call."""
        return sorted(self._worker.functions)

    def invoke(self, function: str, data: str, client: str) -> None:
        """The function whose trigger brings this JSON, with this Durable client bound to it."""
        message = self._library.Message
        self._worker.invoke(function, message(json=data), client=message(json=client))

    def invoke_for_json(self, function: str, payload: str, client: str) -> Any:
        """An orchestrator or an activity."""
        bound = self._library.Message(json=client)
        return self._worker.invoke_for_json(function, payload, bound)

    def imported(self) -> list[str]:
        """The modules of the folder: each of them, imported. Raises what the first raises."""
        files = [path.relative_to(HERE) for path in sorted(HERE.rglob("*.py"))]
        names = [".".join(f.with_suffix("").parts).removesuffix(".__init__") for f in files]
        for name in names:
            importlib.import_module(name)
        return names

    def outside(self) -> list[str]:
        """The files of loaded modules that are neither ours, nor Python's, nor of a package."""
        known = (str(HERE), *(entry for entry in sys.path if entry))
        files = (getattr(module, "__file__", None) for module in [*sys.modules.values()])
        return sorted({file for file in files if file and not file.startswith((*known, __file__))})

    def path(self) -> list[str]:
        """Where Python looks for modules."""
        return sys.path

    def importable(self, names: list[str]) -> list[str]:
        """Which of these can be found."""
        return [name for name in names if _found(name)]

    def packages(self) -> dict[str, Any]:
        """Of requirements.txt: how many packages, of how many bytes, and which are not there."""
        return {
            "count": len(self._deployed.packages),
            "bytes": self._deployed.size(),
            "missing": self._deployed.missing(),
        }


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _requirements() -> str:
    return (HERE / "requirements.txt").read_text(encoding="utf-8")


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _paths(found: Distribution) -> list[str]:
    return [os.path.normpath(str(found.locate_file(file))) for file in found.files or ()]


def _loaded(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location("worker", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _main(worker: str) -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else is printed
    sys.path.insert(0, str(HERE))  # as the platform does
    deployed = Deployed()
    sys.meta_path[sys.meta_path.index(PathFinder)] = deployed
    app = App(_loaded(worker), deployed)
    for line in sys.stdin:
        request = json.loads(line)
        ask: Callable[..., Any] = getattr(app, request["ask"])
        try:
            answer = {"answer": ask(**request["told"])}
        except Exception:  # noqa: BLE001 - the test says it
            answer = {"failed": traceback.format_exc()}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    _main(sys.argv[1])
