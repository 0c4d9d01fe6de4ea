"""`patchgate checks list | show | new | try`. The work is in the modules beside this one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.options import Json

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="List the checks, look at one, begin one, try one.",
    rich_markup_mode="markdown",
)

Name = Annotated[str, typer.Argument(help="The check's name.", metavar="NAME")]
Folder = Annotated[
    Path | None,
    typer.Option(
        exists=True, file_okay=False, help="A folder of checks. Default: the project's my_checks."
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="The site's policy. Default: the project's gate.toml.",
    ),
]
Configuration = Annotated[
    str | None,
    typer.Option(
        help="The id of a maintenance configuration: its `[[for]]` blocks are in force as well.",
        metavar="ID",
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", help="A tag of that configuration, if blocks go by them: NAME=VALUE."),
]

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


@app.command("list", help=_LIST)
def list_them(
    *,
    as_json: Json = False,
    checks: Folder = None,
    policy: PolicyFile = None,
    configuration: Configuration = None,
    tag: Tags = None,
) -> None:
    from cli.checks.listing import run_list  # noqa: PLC0415 - imports wait until they are needed
    from cli.checks.site import Wanted  # noqa: PLC0415

    wanted = Wanted(checks=checks, policy=policy, configuration=configuration, tags=tag or ())
    raise typer.Exit(run_list(wanted, as_json=as_json))


@app.command(help=_SHOW)
def show(
    *,
    name: Name,
    checks: Folder = None,
    policy: PolicyFile = None,
    configuration: Configuration = None,
    tag: Tags = None,
) -> None:
    from cli.checks.showing import run_show  # noqa: PLC0415
    from cli.checks.site import Wanted  # noqa: PLC0415

    wanted = Wanted(checks=checks, policy=policy, configuration=configuration, tags=tag or ())
    raise typer.Exit(run_show(name, wanted))


@app.command(help=_NEW)
def new(
    *,
    name: Name,
    of_run: Annotated[
        bool, typer.Option("--run", help="Ask once about the whole run, not about each machine.")
    ] = False,
    is_async: Annotated[bool, typer.Option("--async", help="An `async def`.")] = False,
) -> None:
    from cli.checks.making import run_new  # noqa: PLC0415

    raise typer.Exit(run_new(name, of_run=of_run, is_async=is_async))


@app.command("try", help=_TRY)
def try_it(
    *,
    name: Name,
    scenario: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="What Azure is like: a TOML file as in samples/scenarios.",
        ),
    ],
    policy: PolicyFile = None,
    event: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The run's pre or post event. Default: samples/events, moved to now.",
        ),
    ] = None,
    checks: Folder = None,
    as_json: Json = False,
) -> None:
    from cli.checks.site import Wanted  # noqa: PLC0415
    from cli.checks.trying import run_try  # noqa: PLC0415

    wanted = Wanted(checks=checks, policy=policy)
    raise typer.Exit(run_try(name, wanted, scenario=scenario, event=event, as_json=as_json))
