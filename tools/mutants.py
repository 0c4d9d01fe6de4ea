"""Mutation testing of core/ and cancel_client/: what the tests let pass, and why that is no gap.

mutmut changes one thing at a time in a copy of the tree (tools/mutants_tree.py), and the module's
own tests must notice. What survives needs a sentence in docs/proof/mutants.toml, and all of it is
written to docs/proof/mutation.md. Fails for a survivor that nobody has explained, for an
explanation of none, and below the share that must be killed.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tools.mutants_page import LEAST, Excuse, Mutant, page
from tools.mutants_tree import GROUPS, ROOT, Group, prepare

EXPLAINED = ROOT / "docs" / "proof" / "mutants.toml"
PAGE = ROOT / "docs" / "proof" / "mutation.md"

# Exit codes of a mutant's tests: the last are pytest's for a failed test, and for tests that could
# not be collected because the import failed.
_WORDS: dict[int | None, str] = {
    None: "not tried",
    0: "survived",
    5: "no tests",
    33: "no tests",
    **dict.fromkeys((1, 2, 3, 4), "killed"),
}
_TIMEOUTS = (24, 36, 152, 255, -24, -9)
_ALIVE = ("survived", "no tests")
_WORDS |= dict.fromkeys(_TIMEOUTS, "timeout")


def main() -> int:
    """Run the groups that were named, or all; write the page if it was all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="all, if none is named")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "mutants")
    parser.add_argument("--children", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--again", action="store_true", help="only what changed, and what survived")
    parser.add_argument("--read", action="store_true", help="only read what an earlier run found")
    given = parser.parse_args()
    names = given.groups or list(GROUPS)
    mutants: list[Mutant] = []
    for name in names:
        tree = given.work / name
        if not given.read:
            if not given.again:
                shutil.rmtree(tree, ignore_errors=True)
            prepare(tree, GROUPS[name])
            _mutmut(tree, GROUPS[name], given.children)
        mutants += _found(tree)
    excuses = explained()
    if len(names) == len(GROUPS):
        PAGE.write_text(page(mutants, excuses), encoding="utf-8")
    return _judged(mutants, excuses, whole=len(names) == len(GROUPS))


def _mutmut(tree: Path, group: Group, children: int) -> None:
    """Let it run. Raises `SystemExit` with what it said if it failed."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", f"--max-children={children}"]
    before = _alive(tree)
    if group.imported:
        # It notes which test comes to which function, and sees what runs at import in none.
        subprocess.run([*command, "no such mutant"], cwd=tree, check=False, capture_output=True)
        _every_test_bears_on_everything(tree / "mutants" / "mutmut-stats.json")
    _checked(command, tree)
    if again := before & _alive(tree):
        _checked([*command, *sorted(again)], tree)


def _checked(command: list[str], tree: Path) -> None:
    done = subprocess.run(command, cwd=tree, check=False, text=True, capture_output=True)
    if done.returncode:
        sys.exit(f"mutmut failed in {tree}:\n{done.stdout[-4000:]}\n{done.stderr}")


def _alive(tree: Path) -> set[str]:
    return {name for _, name, verdict in _verdicts(tree) if verdict in _ALIVE}


def _every_test_bears_on_everything(notes: Path) -> None:
    noted = json.loads(notes.read_text(encoding="utf-8"))
    tests = list(noted["duration_by_test"])
    by_function = dict.fromkeys(noted["function_hashes"], tests)
    notes.write_text(
        json.dumps({**noted, "tests_by_mangled_function_name": by_function}), encoding="utf-8"
    )


def _verdicts(tree: Path) -> Iterator[tuple[Path, str, str]]:
    """Module, name and verdict of each mutant so far."""
    found = tree / "mutants"
    for meta in sorted(found.rglob("*.meta")):
        module = meta.relative_to(found).with_suffix("")
        codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
        for name, code in codes.items():
            yield module, name, _WORDS.get(code, f"exit code {code}")


def _found(tree: Path) -> list[Mutant]:
    verdicts = list(_verdicts(tree))
    with contextlib.chdir(tree):
        return [_mutant(*verdict) for verdict in verdicts]


def _mutant(module: Path, name: str, verdict: str) -> Mutant:
    path, _, mangled = name.partition("__mutmut_")[0].rpartition(".")
    names = mangled.split("ǁ")[1:] or [mangled.removeprefix("x_")]
    mutant = Mutant(
        module=str(module),
        of=".".join([path, *(part.removeprefix("of_") for part in names)]),
        verdict=verdict,
    )
    if not mutant.alive:
        return mutant
    diffs = importlib.import_module("mutmut.mutation.diff_apply")  # comes with `make mutants` only
    diff = diffs.get_diff_for_mutant(name, path=module).splitlines()
    old, new = ("\n".join(_lines(diff, sign)) for sign in "-+")
    return replace(mutant, old=old, new=new)


def _lines(diff: list[str], sign: str) -> Iterator[str]:
    for line in diff:
        if line.startswith(sign) and not line.startswith(sign * 3):
            yield line[1:].strip()


def explained() -> tuple[Excuse, ...]:
    """The reasons that docs/proof/mutants.toml has."""
    table = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return tuple(
        Excuse(**{**entry, "new": tuple(entry["new"])}) for entry in table.get("mutant", ())
    )


def _judged(mutants: Iterable[Mutant], excuses: Iterable[Excuse], *, whole: bool) -> int:
    """0 if all is explained and enough is killed, else 1; says what is not."""
    mutants, excuses = list(mutants), list(excuses)
    alive = [mutant for mutant in mutants if mutant.alive]
    wrong = [m for m in alive if not any(excuse.covers(m) for excuse in excuses)]
    for mutant in wrong:
        print(f"{mutant.verdict}, unexplained: {mutant.of}\n  - {mutant.old}\n  + {mutant.new}")
    stale = [e for e in excuses if whole and not any(e.covers(mutant) for mutant in alive)]
    for excuse in stale:
        print(f"explained, but nothing like it survives: {excuse.of}\n  - {excuse.old}")
    tried = sum(mutant.verdict != "not tried" for mutant in mutants)
    share = 1 - len(alive) / max(tried, 1)
    print(
        f"{tried} of {len(mutants)} mutants tried, {share:.1%} noticed,"
        f" {len(alive)} survive, {len(wrong)} unexplained"
    )
    return int(bool(wrong or stale) or tried < len(mutants) or share < LEAST)


if __name__ == "__main__":
    sys.exit(main())
