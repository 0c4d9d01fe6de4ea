"""Install a compiled requirements file into a virtual environment: seconds with uv, a minute by pip.

    python tools/install.py .venv requirements/dev.txt [--project]

pip knows where this machine gets its packages from, so uv is told what pip's settings say. Whatever
uv cannot do, or cannot be told, pip does as before: both hold each package to its hash in the file.
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
_PIP = ("-m", "pip", "--disable-pip-version-check")

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
# uv's own patience with an index that does not answer is minutes, and pip is still to come.
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
        if name not in _TOLD:
            if name not in _HARMLESS:
                return None
            continue
        several = name in ("find-links",)
        told[_TOLD[name]] = (",".join if several else " ".join)(value.split())
    return told


def _rank(line: str) -> int:
    """pip's own order: a later one overrides an earlier one."""
    return 2 if line.startswith(":env:") else 0 if line.startswith("global.") else 1


def uv_lines(requirements: str) -> str:
    """The lines of a compiled file that pin uv itself, with its hashes; none if it does not."""
    found = re.search(r"^uv==.*(?:\n {4}--hash=.*)*", requirements, re.MULTILINE)
    return found[0].rstrip(" \\") + "\n" if found else ""


def _find_uv(python: Path, requirements: Path) -> Path | None:
    """uv: that of the development environment, or else what pip installs from the file."""
    lines = uv_lines(requirements.read_text(encoding="utf-8"))
    if not lines:
        uv = ROOT / ".venv" / "bin" / "uv"
        return uv if uv.exists() else None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "uv.txt"
        file.write_text(lines, encoding="utf-8")
        command = ("install", "--quiet", "--require-hashes", "--no-deps", "--requirement", file)
        done = subprocess.run([python, *_PIP, *command], check=False, capture_output=True)
    uv = python.with_name("uv")
    return uv if done.returncode == 0 and uv.exists() else None


def _with_uv(python: Path, requirements: Path, *arguments: str) -> bool:
    uv = _find_uv(python, requirements)
    command = [python, *_PIP, "config", "list"]
    listed = subprocess.run(command, check=False, capture_output=True, text=True)
    told = settings_for_uv(listed.stdout) if listed.returncode == 0 else None
    if uv is None or told is None:
        return False
    # Whichever index has it: each package is held to its hash.
    where = ["--quiet", "--no-config", "--index-strategy", "unsafe-best-match"]
    done = subprocess.run(
        [uv, "pip", "install", *where, "--python", python, *arguments],
        check=False,
        cwd=ROOT,
        env={**told, **_IMPATIENT, **os.environ},
        capture_output=True,
    )
    return done.returncode == 0


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__, usage="%(prog)s VENV FILE [--project]")
    parser.add_argument("venv", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--project", action="store_true", help="and this project, editable")
    chosen = parser.parse_args(arguments)
    python = chosen.venv.absolute() / "bin" / "python"
    steps = [["--require-hashes", "--requirement", str(chosen.file.absolute())]]
    if chosen.project:
        steps.append(["--no-deps", "--no-build-isolation", "--editable", str(ROOT)])
    for step in steps:
        if not _with_uv(python, chosen.file, *step):
            subprocess.run([python, *_PIP, "install", "--quiet", *step], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
