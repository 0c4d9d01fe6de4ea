"""`patchgate cancel`."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.options import Arm, Json
from cli.runs.commands import Run

__all__ = ["HELP", "cancel"]

HELP = """Cancel one run by hand, and prove it: as the gate does, with the same call and read-backs.

The *whole run* is cancelled, all machines of it; the schedule stays, and so do its later runs. It
asks first. Only a read-back counts as proof: it goes on until there is one, until the run starts,
or for a quarter of an hour at most.

    patchgate cancel RUN --yes --reason "the change is off, CHG0042"

Exit codes:

- 0: it is cancelled, and that is confirmed
- 1: that is not confirmed, or you said no
- 2: the command or the id is not legal; nothing was sent
- 3: Azure could not be asked how the run stands; nothing was sent
- 130: interrupted by Ctrl-C: what had been sent by then is said
"""


def cancel(
    *,
    run: Run,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    reason: Annotated[
        str, typer.Option(help="Why, for the output and the log. Azure keeps no reason.")
    ] = "by hand",
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Cancel it."""
    from cli.runs.cancelling import Wanted, run_cancel  # noqa: PLC0415 - heavy

    wanted = Wanted(run=run, yes=yes, reason=reason, arm=arm, as_json=as_json)
    raise typer.Exit(run_cancel(wanted))
