"""Values to JSON and back, wherever they cross a border: a step's input, its answer, a report.

What comes back is validated, so a story never goes on with half a value.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter

from core.model import Batch, Machine

__all__ = ["dump", "load", "pack", "pack_memories", "unpack", "unpack_memories"]

T = TypeVar("T")


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dump(value: Any) -> Any:
    """`value` (a frozen dataclass of the core) as plain JSON types."""
    kind: Any = type(value)
    return _adapter(kind).dump_python(value, mode="json")


def load(kind: type[T], json: object) -> T:
    """The value of type `kind` that `dump` wrote. Raises `pydantic.ValidationError`."""
    wanted: Any = kind
    value: T = _adapter(wanted).validate_python(json)
    return value


def pack(machines: Sequence[Machine]) -> Batch:
    """Machines as one compressed text.

    A story hands machines on and never reads them: packed, ten thousand weigh about as much as two
    hundred, and replaying the story does not parse them again.
    """
    json = _adapter(tuple[Machine, ...]).dump_json(tuple(machines), exclude_defaults=True)
    return Batch(count=len(machines), packed=base64.b85encode(zlib.compress(json, 6)).decode())


def unpack(batches: Sequence[Batch]) -> tuple[Machine, ...]:
    """The machines of the batches, in order."""
    adapter = _adapter(tuple[Machine, ...])
    return tuple(
        machine
        for batch in batches
        for machine in adapter.validate_json(zlib.decompress(base64.b85decode(batch.packed)))
    )


def pack_memories(memories: Mapping[str, Mapping[str, Any]]) -> str:
    """What an action remembers, by machine id ("" for the run), as one compressed text."""
    json = _adapter(dict[str, Any]).dump_json(dict(memories))
    return base64.b85encode(zlib.compress(json, 6)).decode()


def unpack_memories(packed: str) -> dict[str, dict[str, Any]]:
    """What `pack_memories` packed. Raises `pydantic.ValidationError` for anything else."""
    adapter = _adapter(dict[str, dict[str, Any]])
    memories: dict[str, dict[str, Any]] = adapter.validate_json(
        zlib.decompress(base64.b85decode(packed))
    )
    return memories
