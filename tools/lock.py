"""Compile the requirements files from `pyproject.toml`, each package with its hashes: `make lock`.

Keeps the versions that are pinned already; with `--upgrade` takes the newest that are allowed.
The first lines of each file carry a digest of the dependency tables it was compiled from, so that a
test can tell without a network whether it is up to date.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

__all__ = ["COMPILED", "ROOT", "digest_line"]

ROOT = Path(__file__).resolve().parent.parent

# file → how it is compiled. The later ones keep to the versions of the first: what is tested is
# what is deployed.
COMPILED: dict[str, list[str]] = {
    "requirements.txt": ["--python-version", "3.11"],
    "requirements/dev.txt": [
        *("--python-version", "3.11", "--extra", "dev"),
        *("--constraints", "requirements.txt"),
    ],
    "requirements/proof.txt": [
        *("--python-version", "3.11", "--extra", "proof"),
        *("--constraints", "requirements.txt", "--constraints", "requirements/dev.txt"),
    ],
    "requirements/runtime.txt": [
        *("--python-version", "3.13", "--extra", "runtime"),
        *("--constraints", "requirements.txt", "--constraints", "requirements/dev.txt"),
    ],
}


def digest_line(pyproject: str) -> str:
    """The comment line that ties a compiled file to the dependency tables of `pyproject`."""
    project = tomllib.loads(pyproject)["project"]
    tables = [project[key] for key in ("requires-python", "dependencies", "optional-dependencies")]
    text = json.dumps(tables, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"# Compiled from pyproject.toml, whose dependency tables have sha256:{digest}"


def main(arguments: list[str]) -> None:
    line = digest_line((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name, options in COMPILED.items():
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
            *("--universal", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
            *("--no-emit-package", "patchgate", "--output-file", name, *options, *arguments),
        ]
        header = {"UV_CUSTOM_COMPILE_COMMAND": "make lock"}
        subprocess.run(command, check=True, cwd=ROOT, env=os.environ | header)
        path = ROOT / name
        path.write_text(f"{line}\n{path.read_text(encoding='utf-8')}", encoding="utf-8")
        print(f"{name} is compiled")


if __name__ == "__main__":
    main(sys.argv[1:])
