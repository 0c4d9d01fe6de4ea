"""docs/proof/mutation.md: how many mutants the tests notice, and why the others are no gap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["KINDS", "LEAST", "Excuse", "Mutant", "page"]

LEAST = 0.95  # of all mutants
_HEAD = f"""# Mutation testing

<!-- Written by `make mutants` (tools/mutants.py). The reasons are in mutants.toml, beside it. -->

[mutmut](https://mutmut.readthedocs.io) changes one thing at a time in `core/` and `cancel_client/`,
and the module's own tests must notice. `make mutants` does it all again and writes this page; it
fails for a survivor without a reason here, for a reason without a survivor, and below {LEAST:.0%}.

| module | mutants | killed | endless | survive | noticed |
|---|---|---|---|---|---|
"""
_TAIL = """
*Killed*: a test fails. *Endless*: the tests do not end any more, which is noticed as well. Each
property is tried with few examples, the same ones every time, so that the verdicts are too.

Not changed are what stands outside of functions (patterns, tables, the fields of classes), what an
f-string says between its braces, annotations, and defaults of parameters that are no plain value.
The properties and cached functions, which mutmut leaves alone because they are decorated, are
spelled in the copy in a way that it takes.
"""
KINDS = {
    "same": "The same in another spelling",
    "speed": "Only slower",
    "unreachable": "Never reached with a value that makes a difference",
    "words": "Words that no test holds to the letter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change, and what came of it. `of` is the function, `old` and `new` its changed lines."""

    module: str
    of: str
    verdict: str
    old: str = ""
    new: str = ""

    @property
    def alive(self) -> bool:
        """No test noticed it."""
        return self.verdict not in ("killed", "timeout", "not tried")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excuse:
    """Why a change of that function's lines goes unnoticed, and rightly so."""

    of: str
    old: str
    new: tuple[str, ...]
    kind: str
    because: str

    def covers(self, mutant: Mutant) -> bool:
        """It is about that one."""
        return (mutant.of, mutant.old) == (self.of, self.old) and mutant.new in self.new


def page(mutants: Iterable[Mutant], excuses: Iterable[Excuse]) -> str:
    """The page, figures first."""
    mutants, excuses = list(mutants), list(excuses)
    tried = [mutant for mutant in mutants if mutant.verdict != "not tried"]
    modules = sorted({mutant.module for mutant in tried})
    rows = [_row(f"`{name}`", [m for m in tried if m.module == name]) for name in modules]
    parts = [_HEAD, *rows, _row("**all**", tried)]
    if left := len(mutants) - len(tried):
        parts.append(f"\n{left} more have not been tried: the run was stopped before its end.\n")
    parts.append(_TAIL)
    for kind, title in KINDS.items():
        of_kind = [excuse for excuse in excuses if excuse.kind == kind]
        if of_kind:
            parts += [f"\n## {title}\n", *map(_paragraph, of_kind)]
    return "".join(parts)


def _row(name: str, mutants: list[Mutant]) -> str:
    verdicts = Counter(mutant.verdict for mutant in mutants)
    alive = sum(mutant.alive for mutant in mutants)
    share = (len(mutants) - alive) / len(mutants)
    cells = (name, len(mutants), verdicts["killed"], verdicts["timeout"], alive, f"{share:.1%}")
    return f"| {' | '.join(map(str, cells))} |\n"


def _paragraph(excuse: Excuse) -> str:
    lines = [f"- {line}" for line in excuse.old.splitlines()]
    lines += [f"+ {line}" for new in excuse.new for line in new.splitlines()]
    diff = "\n".join(lines)
    return f"\n`{excuse.of}`: {excuse.because}\n\n```diff\n{diff}\n```\n"
