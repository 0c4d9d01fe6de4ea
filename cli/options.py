"""Options that commands share."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.exit_codes import BAD_INPUT
from cli.output import refuse
from core.errors import BadId
from core.ids import ConfigurationId, RunId

__all__ = ["Arm", "Configuration", "Json", "configuration_in", "run_in"]

Arm = Annotated[
    str | None,
    typer.Option(
        help="A simulator on this machine instead of Azure: see `patchgate simulator`.",
        metavar="URL",
    ),
]
Configuration = Annotated[
    str, typer.Option(help="The id of the maintenance configuration.", metavar="ID")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]


def configuration_in(text: str) -> ConfigurationId:
    """The id that was given, or leave with what it must look like."""
    try:
        return ConfigurationId.parse(text)
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)


def run_in(text: str) -> RunId:
    """The id of a run (an event's correlation id), or leave with what it must look like."""
    try:
        return RunId.parse(text, "run id")
    except BadId as error:
        refuse(str(error), code=BAD_INPUT)
