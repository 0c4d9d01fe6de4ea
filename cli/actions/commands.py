"""`patchgate actions list | show | new | try`. The work is in modules that wait until they run."""

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

_LIST = """List every action in the order of doing, with where it comes from and the policy for it.

Shipped actions, those of `my_actions` and those of installed packages (entry points
`patchgate.actions`) are listed alike. They are done in the order in which `gate.toml` names them;
what they change is put back in reverse, by those that have an undo.

    patchgate actions list --configuration ID --tag ring=canary

Exit codes:

- 0: every action can be done
- 1: one cannot be loaded, or has a config that is not legal, or the policy names one there is not
- 2: the command, or the policy file, is not legal
"""

_SHOW = """Show what one action does, how it is put back, and which line set each value in force.

    patchgate actions show start_machines

Exit codes:

- 0: it can be done
- 1: it cannot, and why
- 2: there is no such action; or the command, or the policy file, is not legal
"""

_NEW = """Begin an action: `my_actions/NAME.py` and its test, `tests/my_actions/test_NAME.py`.

Both work as they are. Nothing that is there is overwritten.

    patchgate actions new mark_machines

Exit codes:

- 0: they are written
- 2: the name is not legal or taken, or this is no Functions project
"""

_TRY = """Do one action to a run in a simulated Azure, and print how it went.

It is planned, remembered and done by the app's own steps, over HTTP; with `--undo`, what it changed
is put back when the window has ended. Nothing leaves this machine but what the action itself asks
of the web.

    patchgate actions try start_machines --scenario night.toml --undo

Exit codes:

- 0: it is done, or there was nothing to do; with `--undo`, it is put back as well
- 1: something failed
- 2: there is no such action, it cannot be loaded, or a file is not legal; nothing was done
- 3: something is UNKNOWN, and nothing failed
"""


app = group(
    "action",
    told="List the actions, look at one, begin one, try one.",
    listing=_LIST,
    showing=_SHOW,
)
Name = Annotated[str, name_argument("action")]
Folder = Annotated[Path | None, folder_option("action")]


@app.command(help=_NEW)
def new(
    *,
    name: Name,
    of_run: Annotated[
        bool, typer.Option("--run", help="Do it once for the whole run, not to each machine.")
    ] = False,
    as_json: Json = False,
) -> None:
    import actions  # noqa: PLC0415 - imports wait until they are needed
    from actions.kind import ACTIONS  # noqa: PLC0415
    from cli.actions.templates import files_of  # noqa: PLC0415
    from cli.plugins.making import Made, run_new  # noqa: PLC0415

    code, test = files_of(name, of_run=of_run)
    made = Made(kind=ACTIONS, name=name, code=code, test=test)
    raise typer.Exit(run_new(made, taken=actions.__all__, as_json=as_json))


@app.command("try", help=_TRY)
def try_it(
    *,
    name: Name,
    scenario: Scenario,
    undo: Annotated[bool, typer.Option("--undo", help="Put back what it has changed.")] = False,
    policy: PolicyFile = None,
    event: EventFile = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    from actions.kind import ACTIONS  # noqa: PLC0415
    from cli.actions.trying import Wished, run_try  # noqa: PLC0415
    from cli.plugins.site import Wanted  # noqa: PLC0415

    wanted = Wanted(kinds=(ACTIONS,), folder=folder, policy=policy)
    wished = Wished(scenario=scenario, event=event, undo=undo, as_json=as_json)
    raise typer.Exit(run_try(name, wanted, wished))
