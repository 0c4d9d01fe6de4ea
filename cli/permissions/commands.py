"""`patchgate permissions`: the roles, printed for `az` or Bicep, or held against an identity."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.options import Arm, Json

__all__ = ["HELP", "permissions"]

HELP = """The least that the app's identity must be allowed to do, as custom roles.

*Patchgate Canceller* is for the resource group of the maintenance configurations, *Patchgate
Reader* for the subscriptions of the machines. What they hold follows from what the gate does, and
from what the checks that are on declare (`needs`). *Patchgate Actor*, for the machines too, is what
the actions that are on declare; without one there is no such role.

    patchgate permissions --configuration ID --role canceller > canceller.json
    az role definition create --role-definition @canceller.json
    patchgate permissions --configuration ID --compare --principal OBJECT_ID

Exit codes:

- 0: the roles are printed; with `--compare`, the identity has all of it
- 1: it lacks something, which is named
- 2: the command, an id, or the policy file is not legal
- 3: Azure refused to say, or could not be asked
"""


class Chosen(StrEnum):
    """One of the roles."""

    CANCELLER = "canceller"
    READER = "reader"
    ACTOR = "actor"


Configuration = Annotated[
    str | None,
    typer.Option(
        help="A maintenance configuration: its resource group is where runs are cancelled, and the"
        " policy for it says which checks are on. Default: placeholders, and all that may be on.",
        metavar="ID",
    ),
]


def permissions(
    *,
    configuration: Configuration = None,
    subscription: Annotated[
        list[str] | None,
        typer.Option(help="A subscription with machines. Repeat it. Default: the configuration's."),
    ] = None,
    role: Annotated[
        Chosen | None, typer.Option(help="Print only this role, ready for a file.")
    ] = None,
    bicep: Annotated[bool, typer.Option("--bicep", help="Print Bicep instead of JSON.")] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Hold the roles against what an identity has.")
    ] = False,
    principal: Annotated[
        str | None,
        typer.Option(
            help="The object id of the app's identity. Default: whoever is signed in here.",
            metavar="OBJECT_ID",
        ),
    ] = None,
    arm: Arm = None,
    as_json: Json = False,
) -> None:
    """Print the roles, or compare them."""
    from cli.permissions.running import Wanted, run_permissions  # noqa: PLC0415 - heavy

    wanted = Wanted(
        configuration=configuration,
        subscriptions=tuple(subscription or ()),
        only=None if role is None else role.value,
        bicep=bicep,
        compare=compare,
        principal=principal,
        arm=arm,
        as_json=as_json,
    )
    raise typer.Exit(run_permissions(wanted))
