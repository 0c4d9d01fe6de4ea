"""`patchgate actions …` in this process, in a project of the test's own."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from cli.main import app
from tests.cli.checks.commands import Ran

# It changes nothing but a list of its own, so that a test sees in which order it is asked.
ACTION = '''
from actions import Context, Machine, Result, action, done, failed, nothing_to_do


def put_back(machine: Machine, ctx: Context) -> Result:
    """It is as it was."""
    return done(f"was {ctx.memory['power']}")


@action(undo=put_back, needs=("Microsoft.Compute/virtualMachines/start/action",))
def wake(machine: Machine, ctx: Context) -> Result:
    """Every machine is awake."""
    if machine.power == "running":
        return nothing_to_do("it is awake")
    print("about to wake")
    ctx.remember(power=machine.power)
    if machine.name.startswith("dead"):
        return failed("it does not wake")
    return done("woken")
'''
LAST = '''
from actions import Run, Result, action, done, Context


@action(when="after")
def wave(run: Run, ctx: Context) -> Result:
    """Whoever looks is waved to."""
    return done(run.ended.status)
'''


def actions(*arguments: str | Path) -> Ran:
    """Run `patchgate actions` in this process, on a screen of 100 characters."""
    result = CliRunner().invoke(app, ["actions", *map(str, arguments)], env={"COLUMNS": "100"})
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)
