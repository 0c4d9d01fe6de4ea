"""What the app and a child say to each other: one JSON text a line.

First the app sends an `Order`. Then a child may send, in any order:
`{"hello": pid}` at first, `{"answer": [position, [outcome, …]]}` for each subject,
`{"errand": number, "of": name, "args": […], "named": {…}}` and gets `{"errand": number, …}` with a
`value` or a `problem`; `{"log": [level, text]}`; and `{"failed": why}` if it cannot ask at all.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.model import Run
from plugins.reach import Page

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = ["Order", "line_of", "lines_in", "order_adapter", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a child is to ask. `machines` are positions in the run; None asks about the run itself.

    `memory` is in megabytes, `level` the least of the log that anybody reads.
    """

    check: str
    run: Run
    told: dict[str, Any]
    machines: tuple[int, ...] | None
    now: datetime
    deadline: datetime
    speed: float
    config: dict[str, Any]
    memory: int
    level: int


@cache
def order_adapter() -> TypeAdapter[Order]:
    """Writes and reads orders."""
    from pydantic import TypeAdapter  # noqa: PLC0415 - heavy

    return TypeAdapter(Order)


def line_of(message: Mapping[str, Any]) -> bytes:
    """A message as it is sent. Raises `TypeError` or `ValueError` for what JSON cannot say."""
    return json.dumps(message, default=_written).encode() + b"\n"


def read(line: bytes) -> dict[str, Any]:
    """A message as it was sent. Raises `ValueError` or `RecursionError` for anything else."""
    message = json.loads(line, object_hook=_read)
    if not isinstance(message, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - of the other side, not of ours
    return message


def lines_in(buffer: bytearray) -> Iterator[bytes]:
    """The whole lines that have come; takes them out of the buffer."""
    while (end := buffer.find(b"\n")) >= 0:
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        yield line


def _written(value: object) -> Any:
    """What JSON has no word for, and checks may ask with or be told."""
    if isinstance(value, datetime):
        return {"$moment": value.isoformat()}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, Path):
        return {"$path": str(value.absolute())}
    if isinstance(value, Page):
        return {"$page": {name: getattr(value, name) for name in value.__slots__}}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"a {type(value).__name__} cannot be handed from one process to another")


def _read(value: dict[str, Any]) -> Any:
    if len(value) == 1:
        ((name, inner),) = value.items()
        if name in _WORDS:
            return _WORDS[name](inner)
    return value


_WORDS: Mapping[str, Any] = {
    "$moment": datetime.fromisoformat,
    "$bytes": base64.b64decode,
    "$path": Path,
    "$page": lambda fields: Page(**fields),
}
