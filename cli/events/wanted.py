"""What the options of `add` and `edit` say, held against what may stand there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from cli.azure.event_grid_ids import Container, Function, Webhook
from cli.azure.event_grid_values import POST, PRE
from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import BadId

__all__ = ["Types", "Wanted", "container_of", "endpoint_of", "types_of"]

FUNCTION = "maintenance_event"


class Types(StrEnum):
    """Which events."""

    PRE = "pre"
    POST = "post"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The command line, as it came."""

    name: str
    configuration: str
    to: str | None = None
    function: str | None = None
    types: Types | None = None
    dead_letter: str | None = None
    arm: str | None = None
    as_json: bool = False

    @property
    def drops(self) -> bool:
        """What cannot be delivered shall be kept nowhere."""
        return self.dead_letter == "none"


def endpoint_of(wanted: Wanted) -> Function | Webhook | None:
    """Where events shall go; None if nothing is said. Leaves if it is not legal."""
    to, function = wanted.to, wanted.function
    if to is None:
        if function is not None:
            refuse("--function needs --to ID, the app that it is in", code=BAD_INPUT)
        return None
    try:
        if to.startswith("/"):
            return Function.parse(to, function or FUNCTION)
        if function is not None:
            refuse("--function is one of a function app, and --to is none", code=BAD_INPUT)
        return Webhook.parse(to)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)


def container_of(wanted: Wanted) -> Container | None:
    """Where lost events shall be kept, or leave with what it must look like."""
    if wanted.dead_letter is None or wanted.drops:
        return None
    try:
        return Container.parse(wanted.dead_letter)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)


def types_of(types: Types) -> Sequence[str]:
    """The event types, as Azure calls them."""
    return {Types.PRE: (PRE,), Types.POST: (POST,), Types.BOTH: (PRE, POST)}[types]
