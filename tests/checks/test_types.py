"""A type checker finds an author's slips before a run does: `mypy --strict` on small checks."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections import defaultdict
from pathlib import Path

import pytest

from cli.checks.templates import files_of

ROOT = Path(__file__).parents[2]
HEAD = """
from collections.abc import Mapping
from dataclasses import dataclass

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped


@dataclass(frozen=True, kw_only=True)
class Limits:
    most: int = 5


"""

LEGAL = {
    "about a machine": """
        @check
        def mine(machine: Machine) -> Verdict:
            return blocked("tagged", tag="patch") if machine.tags.get("patch") else passed()
    """,
    "about a run": """
        @check
        def mine(run: Run) -> Verdict:
            return skipped("empty") if not run.machines else passed(machines=len(run.machines))
    """,
    "about each machine of a run": """
        @check
        def mine(run: Run) -> Mapping[str, Verdict]:
            return {machine.id: passed() for machine in run.machines}
    """,
    "a dictionary": """
        @check
        def mine(run: Run) -> dict[str, Verdict]:
            return {machine.id: passed() for machine in run.machines}
    """,
    "a mapping in which some cannot be told": """
        @check
        def mine(run: Run) -> Mapping[str, Verdict | CannotTell]:
            return {machine.id: CannotTell("no row") for machine in run.machines}
    """,
    "one verdict or a mapping": """
        @check
        def mine(run: Run) -> Verdict | Mapping[str, Verdict | CannotTell]:
            return skipped("it is Sunday") if run.start.weekday() == 6 else {}
    """,
    "a plain context": """
        @check
        def mine(machine: Machine, ctx: Context) -> Verdict:
            ctx.log.info("asked at %s, until %s", ctx.now, ctx.deadline)
            return passed(of=len(ctx.run.machines))
    """,
    "a context with a config": """
        @check
        def mine(run: Run, ctx: Context[Limits]) -> Verdict:
            most: int = ctx.config.most
            return blocked("too many") if len(run.machines) > most else passed()
    """,
    "what a check may ask": """
        @check
        def mine(run: Run, ctx: Context[Limits]) -> Mapping[str, Verdict]:
            rows = ctx.graph.ask("resources | where name =~ {name} | project id", name=run.name)
            whole = ctx.arm.get(run.configuration_id, api_version="2023-04-01")
            status: int = ctx.web.fetch("https://example.com/health").status
            return {str(row["id"]): passed(status=status, kind=str(whole["type"])) for row in rows}
    """,
    "async": """
        @check
        async def mine(machine: Machine) -> Verdict:
            return passed()
    """,
    "async with a mapping": """
        @check
        async def mine(run: Run, ctx: Context[Limits]) -> Mapping[str, Verdict | CannotTell]:
            return {}
    """,
    "every option": """
        @check(
            name="other",
            when="after",
            enabled=False,
            timeout=30,
            patience=120.0,
            every=10,
            on_unknown="proceed",
            advisory=True,
            isolation="process",
            memory=256,
            needs=("Microsoft.Compute/virtualMachines/read",),
        )
        def mine(machine: Machine) -> Verdict:
            return passed()
    """,
    "a marked check is still that function": """
        @check
        def mine(machine: Machine) -> Verdict:
            return passed()

        verdict: Verdict = mine(Machine(id="/m", name="m"))
    """,
}

# What `patchgate checks new` writes
BEGUN = {
    f"begun_{of_run}_{is_async}".lower(): {"of_run": of_run, "is_async": is_async}
    for of_run in (False, True)
    for is_async in (False, True)
}

# What is wrong → (the code, the line of the slip, a word of mypy's about it)
SLIPS = {
    "no return": (
        """
        @check
        def mine(machine: Machine) -> None:
            passed()
        """,
        "Callable[[Machine], None]",
    ),
    "a branch without a return": (
        """
        @check
        def mine(machine: Machine) -> Verdict:
            if machine.tags:
                return passed()
        """,
        "Missing return statement",
    ),
    "no type of the answer": (
        """
        @check
        def mine(machine: Machine):
            return passed()
        """,
        "missing a return type annotation",
    ),
    "a bool": (
        """
        @check
        def mine(machine: Machine) -> bool:
            return True
        """,
        "Callable[[Machine], bool]",
    ),
    "a bool where a verdict is promised": (
        """
        @check
        def mine(machine: Machine) -> Verdict:
            return bool(machine.tags)
        """,
        "Incompatible return value type",
    ),
    "an async bool": (
        """
        @check
        async def mine(machine: Machine) -> bool:
            return True
        """,
        "Coroutine[Any, Any, bool]",
    ),
    "perhaps nothing": (
        """
        @check
        def mine(machine: Machine) -> Verdict | None:
            return None
        """,
        "Verdict | None",
    ),
    "a wrong first parameter": (
        """
        @check
        def mine(machine: str) -> Verdict:
            return passed()
        """,
        "Callable[[str], Verdict]",
    ),
    "a list of machines": (
        """
        @check
        def mine(machines: list[Machine]) -> Verdict:
            return passed()
        """,
        "Callable[[list[Machine]], Verdict]",
    ),
    "no parameter": (
        """
        @check
        def mine() -> Verdict:
            return passed()
        """,
        "Callable[[], Verdict]",
    ),
    "a wrong second parameter": (
        """
        @check
        def mine(machine: Machine, limit: int) -> Verdict:
            return passed()
        """,
        "Callable[[Machine, int], Verdict]",
    ),
    "a mapping from a check of a machine": (
        """
        @check
        def mine(machine: Machine) -> Mapping[str, Verdict]:
            return {machine.id: passed()}
        """,
        "Callable[[Machine], Mapping[str, Verdict]]",
    ),
    "a mapping of bools": (
        """
        @check
        def mine(run: Run) -> Mapping[str, bool]:
            return {machine.id: True for machine in run.machines}
        """,
        "Mapping[str, bool]",
    ),
    "a bool in a mapping of verdicts": (
        """
        @check
        def mine(run: Run) -> Mapping[str, Verdict]:
            return {machine.id: True for machine in run.machines}
        """,
        "expected type",
    ),
    "a mapping by machines": (
        """
        @check
        def mine(run: Run) -> Mapping[Machine, Verdict]:
            return {machine: passed() for machine in run.machines}
        """,
        "Mapping[Machine, Verdict]",
    ),
    "a misspelled option": (
        """
        @check(timout=30)
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "timout",
    ),
    "an option of the wrong type": (
        """
        @check(timeout="30")
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "No overload variant",
    ),
    "an option with a wrong word": (
        """
        @check(on_unknown="ignore")
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "No overload variant",
    ),
    "a moment that there is not": (
        """
        @check(when="during")
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "No overload variant",
    ),
    "needs that are one text": (
        """
        @check(needs="Microsoft.Compute/virtualMachines/read")
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "No overload variant",
    ),
    "an option by its place": (
        """
        @check("mine")
        def mine(machine: Machine) -> Verdict:
            return passed()
        """,
        "No overload variant",
    ),
    "a slip under options": (
        """
        @check(timeout=30)
        def mine(machine: Machine) -> bool:
            return True
        """,
        "Callable[[Machine], bool]",
    ),
    "an objection without a reason": (
        """
        @check
        def mine(machine: Machine) -> Verdict:
            return blocked()
        """,
        "[call-arg]",
    ),
    "evidence that is no plain value": (
        """
        @check
        def mine(machine: Machine) -> Verdict:
            return passed(tags=machine.tags)
        """,
        'incompatible type "Tags"',
    ),
    "a key that the config has not": (
        """
        @check
        def mine(machine: Machine, ctx: Context[Limits]) -> Verdict:
            return passed(most=ctx.config.least)
        """,
        '"Limits" has no attribute "least"',
    ),
    "a config where there is none": (
        """
        @check
        def mine(machine: Machine, ctx: Context) -> Verdict:
            return passed(most=ctx.config.most)
        """,
        '"None" has no attribute "most"',
    ),
    "a machine that is changed": (
        """
        @check
        def mine(machine: Machine) -> Verdict:
            machine.name = "other"
            return passed()
        """,
        "read-only",
    ),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What mypy says of each, all of them in one go."""
    folder = tmp_path_factory.mktemp("snippets")
    texts = LEGAL | {name: text for name, (text, _) in SLIPS.items()}
    for name, text in texts.items():
        path = folder / f"{_module(name)}.py"
        path.write_text(HEAD + textwrap.dedent(text), encoding="utf-8")
    for name, options in BEGUN.items():
        (folder / f"{name}.py").write_text(files_of(name, **options)[0], encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-site-packages"]
    command += ["--no-error-summary", "--follow-imports=silent", "--cache-dir", str(folder / "c")]
    asked = subprocess.run(
        [*command, "."],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stderr == ""
    lines: dict[str, list[str]] = defaultdict(list)
    for line in asked.stdout.splitlines():
        lines[line.partition(".py:")[0]].append(line)
    return lines


def _module(name: str) -> str:
    return name.replace(" ", "_")


@pytest.mark.parametrize("name", LEGAL)
def test_every_legal_form_is_accepted(name: str, said: dict[str, list[str]]) -> None:
    """Also in the strictest mode: a plain `Context` needs no parameter."""
    assert said.get(_module(name), []) == []


@pytest.mark.parametrize("name", BEGUN)
def test_a_check_that_is_begun_with_the_command_is_accepted(
    name: str, said: dict[str, list[str]]
) -> None:
    """Its author starts from types that are right."""
    assert said.get(name, []) == []


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_rejected(name: str, said: dict[str, list[str]]) -> None:
    """With words that tell which it is."""
    errors = [line for line in said.get(_module(name), []) if " error: " in line]
    assert any(SLIPS[name][1] in line for line in errors), said.get(_module(name))


def test_mypy_was_asked_about_all_of_them(said: dict[str, list[str]]) -> None:
    """And speaks of nothing else, such as our own files."""
    assert set(said) == {_module(name) for name in SLIPS}
