"""What a scenario file can say about event subscriptions that are there from the beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from simulator.scenario_types import STRICT, Name
from simulator.templates import problems_in

__all__ = ["EventSubscriptionRules"]

_Number = Annotated[int, Field(ge=0, le=1_000_000)]
_FUNCTION = (
    "/subscriptions/{subscription}/resourceGroups/rg-patchgate/providers/Microsoft.Web/sites"
    "/patchgate/functions/maintenance_event"
)


def _function() -> dict[str, Any]:
    return {"endpointType": "AzureFunction", "properties": {"resourceId": _FUNCTION}}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSubscriptionRules:
    """An event subscription of the run's configuration, whose system topic is there with it.

    `destination` is as the published API has it: a function unless said otherwise. `types`: none
    subscribes to all. The counts are what Azure Monitor shows of it, all of them two hours ago.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Name = "gate"
    types: tuple[Literal["pre", "post"], ...] = ("pre", "post")
    destination: dict[str, Any] = field(default_factory=_function)
    properties: dict[str, Any] = field(default_factory=dict)
    matched: _Number = 0
    delivered: _Number = 0
    failed: _Number = 0
    dropped: _Number = 0
    dead_lettered: _Number = 0

    def __post_init__(self) -> None:
        said = {"destination": self.destination, "properties": self.properties}
        problems = [
            p for key, value in said.items() for p in problems_in(value, key, machine=False)
        ]
        if problems:
            raise ValueError("\n".join(problems))
