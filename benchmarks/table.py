"""Figures as a plain table of at most 100 columns, and the machine that they were measured on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.figure import Figure, Series

__all__ = ["machine", "render"]

_HEAD = ("median (least-most)", "ours", "floor", "ratio", "aim")
_WIDTHS = (33, 22, 22, 6, 13)
_AIMS = {"ours": "≤ {}", "beyond": "+ ≤ {}", "ratio": "/ ≤ {}"}
_KEY = "aim: ≤ of ours, + ≤ of what ours takes beyond the floor, / ≤ of the ratio"


def machine() -> dict[str, Any]:
    """Where this was measured, as far as it matters."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "load": None if load is None else round(load, 1),
    }


def render(figures: Sequence[Figure], where: dict[str, Any]) -> str:
    """The whole table."""
    return "\n".join(_lines(figures, where))


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
                _number(figure.ratio.median),
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
    spread = f" ({_number(series.least)}-{_number(series.most)})" if len(series.values) > 1 else ""
    return f"{_number(series.median)} {unit}".rstrip() + spread


def _aim(figure: Figure) -> str:
    if figure.target is None:
        return ""
    return f"{_AIMS[figure.of].format(f'{figure.target:g}')} {'ok' if figure.met else 'MISSED'}"


def _number(value: float) -> str:
    """Three digits, as far as they count."""
    size = abs(value)
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 10 else f"{value:.2f}"
