"""`python -m benchmarks`: measure, print the table, and write the figures down if asked to."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from benchmarks import (
    accepting,
    cancelling,
    catalogue,
    importing,
    isolation,
    judging,
    threads,
)
from benchmarks.figure import Figure, Size
from benchmarks.table import machine, render

_MEASURES: dict[str, Callable[[Size], Iterator[Figure]]] = {
    "cancel": cancelling.figures,
    "accept": accepting.figures,
    "machines": judging.figures,
    "catalogue": catalogue.figures,
    "threads": threads.figures,
    "isolation": isolation.figures,
    "import": importing.figures,
}
_FULL = Size(rounds=15, few=5, machines=10_000, checks=16)
_QUICK = Size(rounds=1, few=1, machines=20, checks=1)
_RESULTS = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is wanted, or everything."""
    wanted = _parser().parse_args(arguments)
    size = _QUICK if wanted.quick else _FULL
    figures: list[Figure] = []
    for name in wanted.only or _MEASURES:
        print(f"measuring: {name} …", file=sys.stderr, flush=True)
        figures.extend(_MEASURES[name](size))
    where = machine()
    print(render(figures, where))
    results = {"machine": where, "figures": [figure.as_json() for figure in figures]}
    for path in (wanted.json, _RESULTS if wanted.write else None):
        if path is not None:
            path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=_MEASURES, metavar="NAME", help=f"of {', '.join(_MEASURES)}"
    )
    parser.add_argument(
        "--quick", action="store_true", help="the smallest of each, once: no figure"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write what was measured there")
    parser.add_argument(
        "--write", action="store_true", help=f"the same to benchmarks/{_RESULTS.name}"
    )
    return parser


if __name__ == "__main__":
    main()
