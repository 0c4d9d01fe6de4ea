"""Install a compiled requirements file into a virtual environment: in seconds by uv, or by pip.

    python tools/install.py .venv requirements/dev.txt [--project]

pip knows where this machine gets its packages from, so uv is told what pip's settings say. Whatever
uv cannot do, or cannot be told, pip does: both hold each package to its hash in the file.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["settings_for_uv", "uv_lines"]

ROOT = Path(__file__).resolve().parent.parent

# What pip calls it → what uv calls it.
_TOLD = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
}
# Nothing of these changes which packages are found: the file pins them all.
_HARMLESS = {
    "break-system-packages",
    "cache-dir",
    "constraint",
    "default-timeout",
    "disable-pip-version-check",
    "no-cache-dir",
    "no-input",
    "no-warn-script-location",
    "progress-bar",
    "quiet",
    "require-virtualenv",
    "retries",
    "root-user-action",
    "timeout",
}
# uv would wait for minutes for an index that does not answer, and pip is still to come.
_IMPATIENT = {"UV_HTTP_TIMEOUT": "15", "UV_HTTP_RETRIES": "1"}
_SETTING = re.compile(r"(?:[\w-]+|:env:)\.([\w-]+)=(.+)")


def settings_for_uv(listed: str) -> dict[str, str] | None:
    """Environment variables that tell uv what `pip config list` has printed.

    None if there is something that uv cannot be told.
    """
    told: dict[str, str] = {}
    for line in sorted(listed.splitlines(), key=_rank):
        setting = _SETTING.fullmatch(line.strip())
        if setting is None:
            return None
        name, value = setting[1], str(ast.literal_eval(setting[2]))
        if name in _TOLD:
            between = "," if name == "find-links" else " "
            told[_TOLD[name]] = between.join(value.split())
        elif name not in _HARMLESS:
            return None
    return told


def _rank(line: str) -> int:
    """Where pip looks first comes last, and so overrides."""
    return 2 if line.startswith(":env:") else 0 if line.startswith("global.") else 1


def uv_lines(requirements: str) -> str:
    """The lines of a compiled file that pin uv itself, with its hashes; none if it does not."""
    found = re.search(r"^uv==.*(?:\n {4}--hash=.*)*", requirements, re.MULTILINE)
    return found[0].rstrip(" \\") + "\n" if found else ""


def main(arguments: list[str]) -> None:
    """Install; what pip says is shown, and what uv says is not, since pip then tries the same."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("venv", type=Path, help="a virtual environment that has pip")
    parser.add_argument("file", type=Path, help="of requirements, with hashes")
    parser.add_argument("--project", action="store_true", help="and this project, editable")
    chosen = parser.parse_args(arguments)
    python, file = chosen.venv.absolute() / "bin" / "python", chosen.file.absolute()
    steps = [["--require-hashes", "--requirement", str(file)]]
    if chosen.project:
        steps.append(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    uv, told = _uv_for(python, file), _told(python)
    for step in steps:
        if uv is None or told is None or not _with_uv(uv, told, python, *step):
            subprocess.run(_pip(python, "install", "--quiet", *step), check=True)


def _pip(python: Path, *arguments: str) -> list[str]:
    return [str(python), "-m", "pip", "--disable-pip-version-check", *arguments]


def _uv_for(python: Path, requirements: Path) -> Path | None:
    """What pip installs from the file, or, if that has none, the development environment's."""
    lines = uv_lines(requirements.read_text(encoding="utf-8"))
    if not lines:
        uv = ROOT / ".venv" / "bin" / "uv"
        return uv if uv.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "uv.txt"
        file.write_text(lines, encoding="utf-8")
        words = ("install", "--quiet", "--require-hashes", "--no-deps", "--requirement", str(file))
        done = subprocess.run(_pip(python, *words), check=False, capture_output=True)
    uv = python.with_name("uv")
    return uv if done.returncode == 0 and uv.exists() else None


def _told(python: Path) -> dict[str, str] | None:
    words = _pip(python, "config", "list")
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    return settings_for_uv(done.stdout) if done.returncode == 0 else None


def _with_uv(uv: Path, told: dict[str, str], python: Path, *step: str) -> bool:
    # Whichever index has it: each package is held to its hash.
    where = ["--no-config", "--index-strategy", "unsafe-best-match", "--python", str(python)]
    done = subprocess.run(
        [uv, "pip", "install", *where, *step],
        check=False,
        cwd=ROOT,
        env={**told, **_IMPATIENT, **os.environ},
        capture_output=True,
    )
    return done.returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
