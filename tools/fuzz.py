"""Fuzz by coverage, with atheris: `python tools/fuzz.py [--seconds N] [--keep] [TARGET …]`.

Each target runs in a process of its own, from the corpus that is kept and from what earlier runs
found on this machine. With `--keep`, what adds coverage is added to the corpus in the repository.
Ends with 1 when a target was broken. The input is then in `build/fuzz`, and belongs into the corpus
with the mend.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.fuzz.parts import CORPUS, TARGETS, target

_ROOT = Path(__file__).parents[1]
_FOUND = _ROOT / "build" / "fuzz"
_LONGEST = 4096  # bytes of an input
# What is to be covered: ours, and what reads for us in Python.
_COVERED = ["arg_queries", "arm", "checks", "core", "handlers", "tomllib", "email", "urllib"]


def main(arguments: list[str]) -> int:
    """What the command line asks for."""
    if arguments[:1] == ["--here"]:
        _fuzz_here(arguments[1], arguments[2:])
    parser = argparse.ArgumentParser(prog="tools/fuzz.py", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--keep", action="store_true", help="add to the corpus what adds coverage")
    given = parser.parse_args(arguments)
    wanted = given.targets or list(TARGETS)
    if strange := set(wanted) - set(TARGETS):
        parser.error(f"no such target: {', '.join(sorted(strange))}")
    broken = [name for name in wanted if not _fuzz(name, given.seconds, keep=given.keep)]
    print(f"broken: {', '.join(broken)}" if broken else "no target was broken")
    return 1 if broken else 0


def _fuzz(name: str, seconds: int, *, keep: bool) -> bool:
    """Fuzz it in another process; whether it held."""
    print(f"--- {name}, {seconds} seconds", flush=True)
    kept, found = CORPUS / name, _FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    words = CORPUS.parent / "words" / f"{name}.dict"
    if _libfuzzer(
        name,
        f"-max_total_time={seconds}",
        "-print_final_stats=1",
        f"-artifact_prefix={found}-broken-",
        f"-dict={words}",
        found,
        kept,
    ):
        return False
    return not keep or _libfuzzer(name, "-set_cover_merge=1", kept, found) == 0


def _libfuzzer(name: str, *options: str | Path) -> int:
    """The exit code of libFuzzer with these options: 0 if nothing was broken."""
    limits = (f"-max_len={_LONGEST}", "-rss_limit_mb=2048", "-timeout=20")
    command = [sys.executable, __file__, "--here", name, *limits, *map(str, options)]
    return subprocess.run(command, cwd=_ROOT, check=False).returncode


def _fuzz_here(name: str, options: list[str]) -> None:
    """Hand over to libFuzzer, which ends this process."""
    atheris: Any = importlib.import_module("atheris")  # of the extra `proof`
    with atheris.instrument_imports(include=_COVERED):
        check = target(name)
    # Its first argument is how libFuzzer starts itself once more, to merge.
    atheris.Setup([f"{sys.executable} {__file__} --here {name}", *options], check)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
