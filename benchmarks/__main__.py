"""`python -m benchmarks`: measure, print, and write down what docs/speed.md shows."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import (
    accepting,
    cancelling,
    catalogue,
    importing,
    isolation,
    judging,
    page,
    picture,
    results,
    starting,
    threads,
)
from benchmarks.figure import Figure, Size
from benchmarks.side_by_side import SIZES, WAYS, Plan, Point, points
from benchmarks.table import machine, render, side_by_side

_MEASURES: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "cancel": cancelling.figures,
    "accept": accepting.figures,
    "machines": judging.figures,
    "catalogue": catalogue.figures,
    "threads": threads.figures,
    "isolation": isolation.figures,
    "import": importing.figures,
    "starting": starting.figures,
}
_SIDE_BY_SIDE = "side-by-side"
_ALL = (*_MEASURES, _SIDE_BY_SIDE)
_FULL = Size(rounds=15, few=5, machines=10_000, checks=16)
_QUICK = Size(rounds=1, few=1, machines=20, checks=1)
_QUICK_PLAN = Plan(sizes=(2,), latency=1, repeats=1)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is wanted, or everything that does not take minutes; then write it down.

    What is not measured keeps the figure and the date that it has in results.json.
    """
    wanted = _parser().parse_args(arguments)
    if wanted.draw:
        _show()
        return
    figures, reached = _measured(wanted)
    where = machine()
    if figures:
        print(render(figures, where))
    if reached:
        print(side_by_side(reached))
    if wanted.quick and wanted.json is None:
        return
    _write(wanted.json, figures, reached, where)
    if wanted.json is None:
        _show()


def _measured(wanted: argparse.Namespace) -> tuple[list[Figure], list[Point]]:
    figures: list[Figure] = []
    reached: list[Point] = []
    for name in wanted.only or _ALL:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        if name == _SIDE_BY_SIDE:
            reached.extend(points(_plan(wanted)))
        else:
            figures.extend(_MEASURES[name](_QUICK if wanted.quick else _FULL))
    return figures, reached


def _plan(wanted: argparse.Namespace) -> Plan:
    if wanted.quick:
        return _QUICK_PLAN
    return Plan(
        sizes=wanted.sizes or SIZES,
        ways=wanted.ways or tuple(WAYS),
        long=wanted.long,
        repeats=wanted.repeats,
    )


def _write(
    file: Path | None, figures: Sequence[Figure], reached: Sequence[Point], where: dict[str, Any]
) -> None:
    path = file or results.RESULTS
    known = results.read(path)
    fresh = [results.figure_json(figure, where) for figure in figures]
    beside = [results.point_json(point, where) for point in reached]
    results.write(results.merged(known, fresh, beside), path)


def _show() -> None:
    known = results.read()
    page.write(known)
    picture.draw(known)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=_ALL, metavar="NAME", help=f"of {', '.join(_ALL)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="the smallest of each, once: no figure, not written"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write to this file, and leave the docs alone"
    )
    parser.add_argument(
        "--draw", action="store_true", help="measure nothing: the page and the picture alone"
    )
    side = parser.add_argument_group("side by side")
    side.add_argument("--sizes", nargs="+", type=int, metavar="N", help="so many machines")
    side.add_argument("--ways", nargs="+", choices=WAYS, metavar="WAY", help=", ".join(WAYS))
    side.add_argument(
        "--long", action="store_true", help="the tutorial's way at its slowest too: 100 minutes"
    )
    side.add_argument("--repeats", type=int, metavar="N", help="how often, instead of the usual")
    return parser


if __name__ == "__main__":
    main()
