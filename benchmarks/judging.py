"""Ten thousand machines, found and judged by two simple checks, and what that takes.

First the steps alone, as a gate takes them, with the simulator in another process. Then the whole
story on the in-memory engine, which shares its process with the simulator: until the cancel request
arrives that the very last machine causes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.processes import AzureElsewhere, answer_of, azure_elsewhere

__all__ = ["figures"]

_Taken = dict[str, float]
_STORIES = 3


def figures(size: Size) -> Iterator[Figure]:
    """Seconds, megabytes and queries."""
    yield from _steps(size)
    yield from _story(size)


def _steps(size: Size) -> Iterator[Figure]:
    with azure_elsewhere(size.machines) as azure:
        if size.warm:
            answer_of("judging_process", "floor", azure.url)
        figure = _figures(
            alternate(size.few, _judged(azure, "ours"), _judged(azure, "floor")),
            f"{size.machines:,} machines",
        )
        yield figure("cpu", "CPU", "s", target=10)
        yield figure("wall", "elapsed", "s")
        yield figure("peak", "peak memory", "MB", target=300)
        yield figure("queries", "queries", "")


def _judged(azure: AzureElsewhere, which: str) -> Callable[[], _Taken]:
    def judged() -> _Taken:
        before = azure.queries()
        taken: _Taken = answer_of("judging_process", which, azure.url)
        return {**taken, "queries": azure.queries() - before}

    return judged


def _story(size: Size) -> Iterator[Figure]:
    def told(which: str) -> Callable[[], _Taken]:
        return lambda: answer_of("story_process", which, str(size.machines))

    taken = alternate(min(size.few, _STORIES), told("ours"), told("floor"))
    figure = _figures(taken, "  whole story")
    yield figure("wall", "until cancel", "s")
    yield figure("peak", "peak memory", "MB")


def _figures(taken: Sequence[Sequence[_Taken]], title: str) -> Callable[..., Figure]:
    ours, floor = taken

    def figure(key: str, what: str, unit: str, target: float | None = None) -> Figure:
        return Figure(
            name=f"{'story' if title.startswith(' ') else 'machines'}-{key}",
            title=f"{title}: {what}",
            unit=unit,
            ours=Series(tuple(one[key] for one in ours)),
            floor=Series(tuple(one[key] for one in floor)),
            target=target,
        )

    return figure
