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
    """Milliseconds. Those of the processor hardly depend on what else the machine does."""
    works = (partial(seconds_of, code) for code in (_OURS, _FLOOR, _BARE))
    ours, floor, bare = (
        tuple((1000 * clock, 1000 * processor) for clock, processor in taken)
        for taken in alternate(size.rounds, *works)
    )
    yield Figure(
        name="import",
        title="import function_app",
        unit="ms",
        ours=Series(tuple(clock for clock, _ in ours)),
        floor=Series(tuple(clock for clock, _ in floor)),
        target=1.15,
        of="ratio",
    )
    yield Figure(
        name="import-net",
        title="  without Python's own start",
        unit="ms",
        ours=Series(tuple(a - b for (a, _), (b, _) in zip(ours, bare, strict=True))),
        floor=Series(tuple(a - b for (a, _), (b, _) in zip(floor, bare, strict=True))),
    )
    yield Figure(
        name="import-cpu",
        title="  of the processor",
        unit="ms",
        ours=Series(tuple(processor for _, processor in ours)),
        floor=Series(tuple(processor for _, processor in floor)),
    )
