"""`patchgate runs list | show | machines`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Json

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="List maintenance runs, look at one, and at its machines.",
    rich_markup_mode="markdown",
)

Run = Annotated[
    str,
    typer.Argument(
        help="The id of the run: what its events call the correlation id.", metavar="RUN"
    ),
]

_LIST = """List runs, the latest first: start, status, machines, and who cancelled them.

    patchgate runs list --configuration ID --days 90

Exit codes:

- 0: they are listed
- 1: there is none to be seen
- 2: the command or an id is not legal
- 3: Azure refused, or could not be asked
"""

_SHOW = """Show one run: how it stands, how much time is left, and for a cancelled one who did it.

    patchgate runs show RUN

A run is cancelled by the user, through the cancellation API, or by the system: because it could not
deliver the pre event, or because the schedule was changed less than 40 minutes before the start.
Azure's own message stands beside it.

Exit codes:

- 0: it is shown
- 1: there is no row of it to be seen
- 2: the command or the id is not legal
- 3: Azure refused, or could not be asked
"""

_MACHINES = """List the machines of one run: how each stands, and what was installed on it.

    patchgate runs machines RUN --json

Exit codes:

- 0: they are all listed
- 1: none can be seen, or some cannot: which ones, and the right that is missing
- 2: the command or the id is not legal
- 3: Azure refused, or could not be asked
"""


@app.command("list", help=_LIST)
def list_them(
    *,
    configuration: Annotated[
        str | None,
        typer.Option(help="Only those of this maintenance configuration.", metavar="ID"),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=365, help="How far back. What lies ahead is always listed.")
    ] = 30,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    from cli.runs.listing import run_list  # noqa: PLC0415 - imports wait until they are needed

    raise typer.Exit(run_list(configuration, days, arm, as_json=as_json))


@app.command(help=_SHOW)
def show(*, run: Run, arm: Arm = None, as_json: Json = False) -> None:
    from cli.runs.showing import run_show  # noqa: PLC0415

    raise typer.Exit(run_show(run, arm, as_json=as_json))


@app.command(help=_MACHINES)
def machines(*, run: Run, arm: Arm = None, as_json: Json = False) -> None:
    from cli.runs.machines import run_machines  # noqa: PLC0415

    raise typer.Exit(run_machines(run, arm, as_json=as_json))
