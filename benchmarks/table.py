"""Figures as a plain table of at most 100 columns, and the machine that they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from benchmarks.figure import Figure, Series
from benchmarks.side_by_side import Point

__all__ = ["machine", "number", "render", "side_by_side"]

_HEAD = ("median (least-most)", "ours", "floor", "ratio", "aim")
_WIDTHS = (33, 22, 22, 6, 13)
_AIMS = {"ours": "≤ {}", "beyond": "+ ≤ {}", "ratio": "/ ≤ {}"}
_KEY = "aim: ≤ of ours, + ≤ of what ours takes beyond the floor, / ≤ of the ratio"


def machine() -> dict[str, Any]:
    """When and on what this is measured, as far as it matters; `load` is what others do besides."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": None if load is None else round(load, 1),
    }


def render(figures: Sequence[Figure], where: dict[str, Any]) -> str:
    """The whole table."""
    return "\n".join(_lines(figures, where))


def side_by_side(points: Sequence[Point]) -> str:
    """The points of the two ways, one a line."""
    return "\n".join(
        f"{point.machines:>9,} machines, {point.way}: {sum(point.calls.values()):,} calls,"
        f" {_told(point.seconds, 's')}, CPU {_told(point.cpu, 's')},"
        f" {number(point.megabytes.most)} MB"
        for point in points
    )


def _lines(figures: Sequence[Figure], where: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Python {where['python']}, {where['system']} {where['processor']}, "
        f"{where['cores']} cores, load {where['load']} at the end"
    )
    yield ""
    yield _line(_HEAD)
    for figure in figures:
        yield _line(
            (
                figure.title,
                _told(figure.ours, figure.unit),
                _told(figure.floor, figure.unit),
                number(figure.ratio.median),
                _aim(figure),
            )
        )
    yield ""
    yield _KEY


def _line(cells: Sequence[str]) -> str:
    first, *others = cells
    wide, *widths = _WIDTHS
    numbers = (f"{cell:>{width}}" for cell, width in zip(others, widths, strict=True))
    return f"{first:<{wide}} {' '.join(numbers)}".rstrip()


def _told(series: Series, unit: str) -> str:
    if unit == "ms" and series.median < 0.1:
        return _told(Series(tuple(1000 * value for value in series.values)), "µs")
    spread = f" ({number(series.least)}-{number(series.most)})" if len(series.values) > 1 else ""
    return f"{number(series.median)} {unit}".rstrip() + spread


def _aim(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{_AIMS[figure.of].format(f'{figure.target:g}')} {'ok' if figure.met else 'MISSED'}"


def number(value: float) -> str:
    """Three digits, as far as they count."""
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
