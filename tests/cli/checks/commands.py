"""`patchgate checks …` in this process, in a project of the test's own."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from cli.main import app

WEEKLY = (
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/g/providers"
    "/Microsoft.Maintenance/maintenanceConfigurations/weekly-prod"
)
CHECK = '''
from dataclasses import dataclass

from checks import Context, Machine, Verdict, blocked, check, passed


@dataclass(frozen=True)
class Limit:
    """What it goes by."""

    most: int = 5
    token: str = "t0p-s3cret"


print("a check may print")


@check(timeout=30, patience=60, needs=("Microsoft.Compute/virtualMachines/read",))
def mine(machine: Machine, ctx: Context[Limit]) -> Verdict:
    """No name is long.

    Blocks when: the name is longer than `most`.
    """
    ctx.log.info("looked at %s", machine.name)
    print("asked")
    if len(machine.name) > ctx.config.most:
        return blocked("long name", length=len(machine.name))
    return passed(length=len(machine.name))
'''


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


def checks(*arguments: str | Path) -> Ran:
    """Run `patchgate checks` in this process."""
    result = CliRunner().invoke(app, ["checks", *map(str, arguments)])
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


def project(root: Path, files: dict[str, str]) -> Path:
    """A Functions project with these files."""
    for name, text in {"host.json": "{}", **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    (root / "my_checks").mkdir(exist_ok=True)
    return root
