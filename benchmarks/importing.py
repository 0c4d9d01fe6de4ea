"""What importing `function_app` adds to importing the two libraries of the host.

Whole processes, for that is what a cold start is; and the same without Python's own start.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.processes import seconds_of

__all__ = ["figures"]

_OURS = "import function_app"
_FLOOR = "import azure.functions, azure.durable_functions"
_BARE = "pass"


def figures(size: Size) -> Iterator[Figure]:
    """Milliseconds."""
    ours, floor, bare = (
        tuple(1000 * seconds for seconds in taken)
        for taken in alternate(
            size.rounds, *(partial(seconds_of, code) for code in (_OURS, _FLOOR, _BARE))
        )
    )
    yield Figure(
        name="import",
        title="import function_app",
        unit="ms",
        ours=Series(ours),
        floor=Series(floor),
        target=1.15,
        of="ratio",
    )
    yield Figure(
        name="import-net",
        title="  without Python's own start",
        unit="ms",
        ours=Series(tuple(a - b for a, b in zip(ours, bare, strict=True))),
        floor=Series(tuple(a - b for a, b in zip(floor, bare, strict=True))),
    )
