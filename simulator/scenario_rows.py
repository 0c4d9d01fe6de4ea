"""What a scenario file can say about further rows of Resource Graph, and about web servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field

from simulator.scenario_types import STRICT, HttpStatus, Seconds, SubscriptionRef, hint
from simulator.table_names import TABLES
from simulator.templates import problems_in

__all__ = ["ExtraRow", "Site"]

_TEXTS = ("id", "name", "resource_group", "location", "kind", "managed_by", "tags", "properties")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraRow:
    """A row of any table, beside those that the scenario's machines have.

    Its texts may have braces: see `simulator.templates`. `machine` is the name of a machine of the
    scenario, from which it takes its subscription, group and location. Without an `id` one is made
    from the machine, the type and the name. `lag`: seconds after the simulator began until it can
    be seen.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    table: str
    type: Annotated[str, Field(pattern=r"^[A-Za-z0-9.]+(/[A-Za-z0-9.]+)+$")]
    id: str | None = None
    name: str | None = None
    machine: str | None = None
    subscription: SubscriptionRef | None = None
    resource_group: str | None = None
    location: str | None = None
    kind: str = ""
    managed_by: str = ""
    tags: dict[str, str] | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    sku: dict[str, Any] | None = None
    identity: dict[str, Any] | None = None
    zones: tuple[str, ...] | None = None
    lag: Seconds = 0.0

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ValueError("\n".join(problems))

    def _problems(self) -> Iterator[str]:
        if self.table not in TABLES:
            yield f"table: there is no {self.table!r}{hint(self.table, TABLES)}"
        for key in ("properties", "sku", "identity"):
            if not _is_json(getattr(self, key)):
                yield f"{key}: nan and inf are no numbers that JSON has"
        for key in _TEXTS:
            yield from problems_in(getattr(self, key), key, machine=self.machine is not None)


def _is_json(value: object) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A page of a web server that the simulator plays: `http://NAME.simulator` and its path.

    `method` None is any. `redirect` sends the `Location` header, with `status` or else a 302.
    `delay` is in seconds of the story's time.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")]
    path: Annotated[str, Field(pattern=r"^/")] = "/"
    method: Annotated[str, Field(pattern=r"^[A-Z]+$")] | None = None
    status: HttpStatus = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: Seconds = 0.0
    redirect: str | None = None
