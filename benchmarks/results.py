"""What was measured, as JSON: benchmarks/results.json is what the docs show.

Every entry says when and on what it was measured, so that a part can be measured anew. A point that
is `unfinished` tells what one run had taken when it was looked at, and gives way to the next.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure, Series
from benchmarks.side_by_side import LATENCY, Point

__all__ = ["RESULTS", "figure_json", "merged", "point_json", "read", "write"]

RESULTS = Path(__file__).parent / "results.json"
_DIGITS = 4

Json = dict[str, Any]


def read(path: Path = RESULTS) -> Json:
    """What was measured before; nothing if there is no such file."""
    if not path.exists():
        return {"figures": [], "side_by_side": {"latency_ms": LATENCY, "points": []}}
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def write(results: Json, path: Path = RESULTS) -> None:
    """Whole or not at all: the file is replaced once the new one is complete."""
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def merged(known: Json, figures: Sequence[Json], points: Sequence[Json]) -> Json:
    """What is known, with what was measured in place of the same measured before."""
    side = known["side_by_side"]
    everything = _replaced(side["points"], points, "machines", "way")
    return {
        "figures": _replaced(known["figures"], figures, "name"),
        "side_by_side": {
            **side,
            "points": sorted(everything, key=lambda one: (one["machines"], one["way"])),
        },
    }


def _replaced(known: Sequence[Json], fresh: Sequence[Json], *key: str) -> list[Json]:
    """In the order that is known; what nobody has measured before comes at the end."""
    entries = {tuple(entry[part] for part in key): entry for entry in known}
    entries.update({tuple(entry[part] for part in key): entry for entry in fresh})
    return list(entries.values())


def figure_json(figure: Figure, measured: Json) -> Json:
    """One figure: `aim` is the most that is aimed at, and `reached` what is held to it."""
    aim = None
    if figure.target is not None:
        reached: Series = getattr(figure, figure.of)
        aim = {"of": figure.of, "most": figure.target, "reached": _short(reached.median)}
    return {
        "name": figure.name,
        "figure": figure.title.strip(),
        "unit": figure.unit,
        **_spread(figure.ours),
        "floor": _spread(figure.floor),
        "ratio": _spread(figure.ratio) if math.isfinite(figure.ratio.most) else None,
        "repeats": len(figure.ours.values),
        "aim": aim,
        "met": figure.met,
        "measured": measured,
    }


def point_json(point: Point, measured: Json) -> Json:
    """One way with so many machines."""
    return {
        "machines": point.machines,
        "way": point.way,
        "calls": sum(point.calls.values()),
        "calls_by_kind": point.calls,
        "seconds": _spread(point.seconds),
        "cpu_seconds": _spread(point.cpu),
        "peak_megabytes": _spread(point.megabytes),
        "repeats": len(point.seconds.values),
        "measured": measured,
    }


def _spread(series: Series) -> Json:
    return {
        "median": _short(series.median),
        "min": _short(series.least),
        "max": _short(series.most),
    }


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
