"""`patchgate timeline`: of a start, of an event's run, or of a configuration's next runs."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Json

__all__ = ["HELP", "timeline"]

HELP = """The times that matter of a run, drawn, in UTC and in local time.

Give the start of a run, the file of its event, or a maintenance configuration: then its next runs
are listed, and the first of them is drawn.

    patchgate timeline 2026-11-28T03:00Z
    patchgate timeline samples/events/pre.eventgrid.json --zone "W. Europe Standard Time"
    patchgate timeline --configuration ID --count 10

Exit codes:

- 0: it is shown
- 1: the configuration has no further run, or its window cannot be understood
- 2: the command, the start, the file or the id is not legal
- 3: Azure refused, or could not be asked
"""


def timeline(
    *,
    of: Annotated[
        str | None,
        typer.Argument(
            help="A start, such as 2026-11-28T03:00Z (without an offset it is local time), or the"
            " file of an event.",
            metavar="START|EVENT.json",
        ),
    ] = None,
    configuration: Annotated[
        str | None,
        typer.Option(help="The id of a maintenance configuration instead.", metavar="ID"),
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=100, help="How many of its next runs are listed.")
    ] = 5,
    zone: Annotated[
        str | None,
        typer.Option(
            help="What local time is: a name of Windows or of IANA. Default: this machine's, and"
            " for a configuration its own.",
        ),
    ] = None,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Show it."""
    from cli.timeline.running import Wanted, run_timeline  # noqa: PLC0415 - heavy

    wanted = Wanted(
        of=of, configuration=configuration, count=count, zone=zone, arm=arm, as_json=as_json
    )
    raise typer.Exit(run_timeline(wanted))
