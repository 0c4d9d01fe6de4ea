"""`patchgate preview`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Configuration, Json

__all__ = ["HELP", "preview"]

HELP = """The next run of a maintenance configuration, before its event exists.

Its machines as far as assignments and dynamic scopes tell, and what the checks that are in force
would say of them *now*: each is asked once, by the app's own steps, as whoever is signed in here.
Which actions would be done first is told; none is done. Nothing is cancelled, and nothing is
written. What cannot be known before the run is said.

    patchgate preview --configuration ID

Exit codes:

- 0: as it looks now, the run would go ahead
- 1: as it looks now, it would be cancelled; or it has no next run
- 2: the command, the id or the policy file is not legal
- 3: Azure refused, or could not be asked
"""


def preview(
    *,
    configuration: Configuration,
    timeout: Annotated[
        int, typer.Option(min=5, max=600, help="Seconds that the checks get, all together.")
    ] = 60,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Preview it."""
    from cli.preview.running import Wanted, run_preview  # noqa: PLC0415 - heavy

    wanted = Wanted(configuration=configuration, timeout=timeout, arm=arm, as_json=as_json)
    raise typer.Exit(run_preview(wanted))
