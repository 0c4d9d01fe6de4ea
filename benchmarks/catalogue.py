"""All shipped checks at once: what they take together, and how many queries each of them makes.

The pages of a check are those of a gate that asks it alone, without those that find the machines.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.processes import AzureElsewhere, answer_of, azure_elsewhere
from benchmarks.sample import ROOT

__all__ = ["figures", "furthest"]

_POLICY = "benchmarks/catalogue.toml"
_PAGE = 1000
_NOBODY = "(none)"


def figures(size: Size) -> Iterator[Figure]:
    """Seconds, megabytes and queries."""
    with azure_elsewhere(size.machines) as azure:
        if size.warm:
            answer_of("judging_process", "ours", azure.url, _POLICY)
        yield from _together(size, azure)
        yield from _each(size, azure)


def _together(size: Size, azure: AzureElsewhere) -> Iterator[Figure]:
    def judged(*arguments: str) -> Callable[[], dict[str, float]]:
        return lambda: answer_of("judging_process", *arguments)

    ours, floor = alternate(
        size.few, judged("ours", azure.url, _POLICY), judged("floor", azure.url)
    )
    for key, what, unit, target in (
        ("wall", "elapsed", "s", None),
        ("cpu", "CPU", "s", None),
        ("peak", "peak memory", "MB", 400),
    ):
        yield Figure(
            name=f"catalogue-{key}",
            title=f"{len(_names())} checks: {what}",
            unit=unit,
            ours=Series(tuple(one[key] for one in ours)),
            floor=Series(tuple(one[key] for one in floor)),
            target=target,
        )


def _each(size: Size, azure: AzureElsewhere) -> Iterator[Figure]:
    """The check that goes the furthest beyond its floor: N/1000 pages for each of its queries."""
    finding = _asked(azure, _NOBODY)
    pages = -(-size.machines // _PAGE)
    found = []
    for name in _names()[: size.checks]:
        asked, firsts = _asked(azure, name)
        found.append((asked - finding[0], (firsts - finding[1]) * pages))
    ours, floor = furthest(found)
    yield Figure(
        name="catalogue-pages",
        title="  pages of one check, at worst",
        unit="",
        ours=Series((float(ours),)),
        floor=Series((float(floor),)),
        target=5,
        of="beyond",
    )


def furthest(found: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The pages and the floor of the check that goes the furthest beyond its floor.

    Of several that go as far, it is the one with the most pages: not one that asks nothing.
    """
    return max(found, key=lambda one: (one[0] - one[1], one[0]))


def _asked(azure: AzureElsewhere, only: str) -> tuple[int, int]:
    before = azure.pages()
    answer_of("judging_process", "ours", azure.url, _POLICY, only)
    after = azure.pages()
    return after[0] - before[0], after[1] - before[1]


def _names() -> list[str]:
    policy = tomllib.loads((ROOT / _POLICY).read_text(encoding="utf-8"))
    return sorted(policy["checks"])
