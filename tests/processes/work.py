"""What a hub hands out, and for how long."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

__all__ = ["DURABLE", "LEASES", "Delivery", "Handed", "Kind"]

_HOST = json.loads((Path(__file__).parents[2] / "host.json").read_text(encoding="utf-8"))
DURABLE = _HOST["extensions"]["durableTask"]

Kind = Literal["replay", "task", "delivery"]


def _lease(setting: str) -> timedelta:
    """How long a message stays invisible, unless the host that has it renews that.

    Source: https://learn.microsoft.com/azure/azure-functions/durable/durable-functions-host-json-settings
    """
    text = DURABLE["storageProvider"].get(setting, "00:05:00")
    hours, minutes, seconds = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


LEASES: dict[Kind, timedelta] = {
    "replay": _lease("controlQueueVisibilityTimeout"),
    "task": _lease("workItemQueueVisibilityTimeout"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """Work for a worker. The `token` tells this hand-out from another one of the same item."""

    item: str
    token: int
    kind: Kind
    function: str
    payload: Any


@dataclass(slots=True, kw_only=True)
class Delivery:
    """An event that Event Grid delivers until somebody takes it; each attempt by its time."""

    envelope: Any
    attempts: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    taken: datetime | None = None
