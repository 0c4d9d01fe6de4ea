"""`patchgate drill`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Configuration, Json

__all__ = ["HELP", "drill"]

HELP = """Send the app a pre event for a run that does not exist, and see what it makes of it.

The run is named as one of a drill, which the app judges like any other: the checks that are in
force are really asked. It has no machines, so it would be cancelled; but no cancel call is ever
sent for it. In place of the call, the app tries all that the call needs, as its own identity: a
token, the run's own path, and the right to cancel. No run is touched.

Without `--app` and keys, the app is found through the configuration's event subscription and asked
for its keys, which takes the right to list them.

    patchgate drill --configuration ID

Exit codes:

- 0: the event was delivered and judged, and the cancel call was reached
- 1: something of that was not; the line says what, and what mends it
- 2: the command, an id, the URL or a key is not legal, or the configuration is of another scope
- 3: Azure or the app refused, or could not be asked; no event was sent
- 130: interrupted
"""


def drill(
    *,
    configuration: Configuration,
    app: Annotated[
        str | None,
        typer.Option(help="The app. Default: where the pre events go to.", metavar="URL"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="A function key of the app. Default: PATCHGATE_APP_KEY, or what Azure tells.",
            envvar="PATCHGATE_APP_KEY",
            show_envvar=False,
            metavar="KEY",
        ),
    ] = None,
    event_key: Annotated[
        str | None,
        typer.Option(
            help="The system key eventgrid_extension of the app. Default: PATCHGATE_EVENT_KEY, or"
            " what Azure tells.",
            envvar="PATCHGATE_EVENT_KEY",
            show_envvar=False,
            metavar="KEY",
        ),
    ] = None,
    minutes: Annotated[
        int, typer.Option(min=1, max=25, help="What the machines and the checks get, at the most.")
    ] = 1,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Drill."""
    from cli.drill.running import Wanted, run_drill  # noqa: PLC0415 - heavy

    wanted = Wanted(
        configuration=configuration,
        app=app,
        key=key,
        event_key=event_key,
        minutes=minutes,
        arm=arm,
        as_json=as_json,
    )
    raise typer.Exit(run_drill(wanted))
