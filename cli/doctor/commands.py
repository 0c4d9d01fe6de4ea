"""`patchgate doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Configuration, Json

__all__ = ["HELP", "doctor"]

HELP = """Is everything in place for the next run of a maintenance configuration?

Each line is ok (✓), a warning (!), or a failure (✗) with the command that mends it. Nothing is
changed. What Azure does not answer is never ok. Rights are those of the app's identity, if it can
be found; else of whoever is signed in here, which the line says. `gate.toml`, the checks, the
actions and `host.json` are those of the project that the command is called in.

    patchgate doctor --configuration ID --app https://NAME.azurewebsites.net --key "$KEY"

Exit codes:

- 0: nothing failed; there may be warnings
- 1: a failure stands, also if Azure refused or could not be asked
- 2: the command, the id or the URL is not legal
"""


def doctor(
    *,
    configuration: Configuration,
    app: Annotated[
        str | None,
        typer.Option(help="The app, to be asked itself.", metavar="URL"),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(
            help="A function key of that app. Default: PATCHGATE_APP_KEY.",
            envvar="PATCHGATE_APP_KEY",
            show_envvar=False,
            metavar="KEY",
        ),
    ] = None,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Ask."""
    from cli.doctor.running import Wanted, run_doctor  # noqa: PLC0415 - heavy

    wanted = Wanted(configuration=configuration, app=app, key=key, arm=arm, as_json=as_json)
    raise typer.Exit(run_doctor(wanted))
