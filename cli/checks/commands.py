"""`patchgate checks list | show | new | try`. The work is in modules that wait until they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json
from cli.plugins.group import (
    EventFile,
    PolicyFile,
    Scenario,
    folder_option,
    group,
    name_argument,
)

__all__ = ["app"]

_LIST = """List every check with where it comes from, what it asks about, and the policy for it.

Shipped checks, those of `my_checks` and those of installed packages (entry points
`patchgate.checks`) are listed alike.

    patchgate checks list --configuration ID --tag ring=canary

Exit codes:

- 0: every check can be asked
- 1: one cannot be loaded, or has a config that is not legal, or the policy names one there is not
- 2: the command, or the policy file, is not legal
"""

_SHOW = """Show what one check asks, the values in force for it, and which line set each of them.

    patchgate checks show machines_running

Exit codes:

- 0: it can be asked
- 1: it cannot, and why
- 2: there is no such check; or the command, or the policy file, is not legal
"""

_NEW = """Begin a check: write `my_checks/NAME.py` and its test, `tests/my_checks/test_NAME.py`.

Both work as they are. Nothing that is there is overwritten.

    patchgate checks new disk_has_room

Exit codes:

- 0: they are written
- 2: the name is not legal or taken, or this is no Functions project
"""

_TRY = """Ask one check about a run in a simulated Azure, and print all that it says.

It is asked by the app's own steps, over HTTP. Nothing leaves this machine but what the check itself
asks of the web.

    patchgate checks try disk_has_room --scenario samples/scenarios/all-is-well.toml

Exit codes:

- 0: it passed, or skipped what does not concern it
- 1: it blocks
- 2: there is no such check, it cannot be loaded, or a file is not legal; nothing was asked
- 3: something is UNKNOWN, and nothing is blocked
"""


app = group(
    "check",
    told="List the checks, look at one, begin one, try one.",
    listing=_LIST,
    showing=_SHOW,
)
Name = Annotated[str, name_argument("check")]
Folder = Annotated[Path | None, folder_option("check")]


@app.command(help=_NEW)
def new(
    *,
    name: Name,
    of_run: Annotated[
        bool, typer.Option("--run", help="Ask once about the whole run, not about each machine.")
    ] = False,
    is_async: Annotated[bool, typer.Option("--async", help="An `async def`.")] = False,
    as_json: Json = False,
) -> None:
    import checks  # noqa: PLC0415 - imports wait until they are needed
    from checks.kind import CHECKS  # noqa: PLC0415
    from cli.checks.templates import files_of  # noqa: PLC0415
    from cli.plugins.making import Made, run_new  # noqa: PLC0415

    code, test = files_of(name, of_run=of_run, is_async=is_async)
    made = Made(kind=CHECKS, name=name, code=code, test=test)
    raise typer.Exit(run_new(made, taken=checks.__all__, as_json=as_json))


@app.command("try", help=_TRY)
def try_it(
    *,
    name: Name,
    scenario: Scenario,
    policy: PolicyFile = None,
    event: EventFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    from checks.kind import CHECKS  # noqa: PLC0415
    from cli.checks.trying import run_try  # noqa: PLC0415
    from cli.plugins.site import Wanted  # noqa: PLC0415

    wanted = Wanted(kinds=(CHECKS,), folder=folder, policy=policy)
    raise typer.Exit(run_try(name, wanted, scenario=scenario, event=event, as_json=as_json))
