"""docs/images/side-by-side.png: how time, calls and memory grow with the machines of a run.

Drawn with matplotlib, which comes with the extra `proof`. Everybody can tell the two colours apart
(https://jfly.uni-koeln.de/color/), and the two markers.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.page import lasted
from benchmarks.sample import ROOT
from benchmarks.side_by_side import BUDGET

__all__ = ["PICTURE", "draw"]

PICTURE = ROOT / "docs" / "images" / "side-by-side.png"
_MISSING = "no picture: matplotlib is missing. It comes with the extra: pip install -e '.[proof]'"

Json = dict[str, Any]
Axes = Any  # matplotlib's: it is not there where types are checked
Ticks = dict[float, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One way in one panel; `open`: its last value is one that was still growing."""

    machines: list[int]
    values: list[float]
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a label stands: so many points of type off the line's `at`-th point."""

    at: int
    off: tuple[float, float]
    align: str = "center"


_LOOKS = {
    "patchgate": {"color": "#0072B2", "marker": "o"},
    "tutorial": {"color": "#D55E00", "marker": "s"},
}
_NAMES = {"patchgate": "Patchgate", "tutorial": "one call\nper VM"}
_INK, _FAINT = "#24292f", "#d0d7de"
_SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
}
_MINUTE, _HOUR = 60.0, 3600.0
_TIMES: Ticks = {
    0.1: "0.1 s",
    1: "1 s",
    10: "10 s",
    _MINUTE: "1 min",
    10 * _MINUTE: "10 min",
    _HOUR: "1 h",
}
_COUNTS: Ticks = {10.0**power: f"{10**power:,}" for power in range(6)}
_MEGABYTES: Ticks = {10: "10 MB", 100: "100 MB", 1_000: "1 GB"}
_MACHINES: Ticks = {10: "10", 100: "100", 1_000: "1 k", 10_000: "10 k", 100_000: "100 k"}


def draw(results: Json, path: Path = PICTURE) -> None:
    """Draw it anew. Says so, and draws nothing, if matplotlib is not installed."""
    if importlib.util.find_spec("matplotlib") is None:
        print(_MISSING, file=sys.stderr)
        return
    mpl = importlib.import_module("matplotlib")
    mpl.use("Agg")  # no screen
    pyplot = importlib.import_module("matplotlib.pyplot")
    points = results["side_by_side"]["points"]
    with mpl.rc_context(_SETTINGS):
        figure, panels = pyplot.subplots(1, 3, figsize=(11, 4.1))
        _time(panels[0], points)
        _calls(panels[1], points)
        _memory(panels[2], points)
        figure.text(0.5, 0.015, "VMs in the run", ha="center", color=_INK)
        figure.tight_layout(rect=(0, 0.045, 1, 1), w_pad=2.2)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Without the date and the version the same figures make the same file.
        figure.savefig(path, dpi=160, metadata={"Software": None})
        pyplot.close(figure)


def _time(panel: Axes, points: Sequence[Json]) -> None:
    lines = _lines(panel, points, lambda point: point["seconds"]["median"])
    _frame(panel, "Time until the cancel call", _TIMES, (0.1, 4 * _HOUR))
    budget = BUDGET * _MINUTE
    panel.axhline(budget, color=_INK, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
    panel.axhspan(budget, 4 * _HOUR, color=_INK, alpha=0.06, linewidth=0, zorder=0)
    panel.text(8, budget * 1.18, f"too late: {BUDGET} minutes are over", fontsize=9, va="bottom")
    _name(panel, lines["tutorial"], "tutorial", _Place(at=2, off=(-8, 3), align="right"))
    _name(panel, lines["patchgate"], "patchgate", _Place(at=2, off=(0, -7)))
    _ends(panel, lines, lasted, {"tutorial": (-9, 1), "patchgate": (-9, 5)})


def _calls(panel: Axes, points: Sequence[Json]) -> None:
    lines = _lines(panel, points, lambda point: point["calls"])
    _frame(panel, "Calls to Azure", _COUNTS, (1, 400_000))
    _name(panel, lines["tutorial"], "tutorial", _Place(at=2, off=(-8, 3), align="right"))
    _name(panel, lines["patchgate"], "patchgate", _Place(at=2, off=(0, -7)))
    _ends(panel, lines, "{:,}".format, {"tutorial": (-9, 3), "patchgate": (-9, 3)})


def _memory(panel: Axes, points: Sequence[Json]) -> None:
    lines = _lines(panel, points, lambda point: point["peak_megabytes"]["median"])
    _frame(panel, "Memory at most", _MEGABYTES, (8, 1_500))
    _name(panel, lines["tutorial"], "tutorial", _Place(at=2, off=(0, -8)))
    _name(panel, lines["patchgate"], "patchgate", _Place(at=2, off=(-4, 10)))
    _ends(panel, lines, "{:.0f} MB".format, {"tutorial": (-9, 5), "patchgate": (-9, 3)})


def _lines(panel: Axes, points: Sequence[Json], value: Callable[[Json], float]) -> dict[str, Line]:
    drawn = {}
    for way, look in _LOOKS.items():
        of = sorted((point for point in points if point["way"] == way), key=_machines)
        line = Line(
            machines=[_machines(point) for point in of],
            values=[value(point) for point in of],
            open=any(point.get("unfinished") for point in of),
        )
        (plotted,) = panel.plot(
            line.machines, line.values, linewidth=2, markersize=5.5, zorder=3, clip_on=False, **look
        )
        if line.open:
            plotted.set_markevery(list(range(len(of) - 1)))
            at = line.machines[-1:], line.values[-1:]
            panel.plot(*at, markersize=5.5, markerfacecolor="white", zorder=4, **look)
        drawn[way] = line
    return drawn


def _machines(point: Json) -> int:
    machines: int = point["machines"]
    return machines


def _frame(panel: Axes, title: str, ticks: Ticks, between: tuple[float, float]) -> None:
    """Two logarithmic axes with as little ink as will do."""
    panel.set_title(title, loc="left", fontsize=11.5, fontweight="bold", pad=10)
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlim(7, 150_000)
    panel.set_ylim(*between)
    panel.set_xticks(list(_MACHINES), list(_MACHINES.values()))
    panel.set_yticks(list(ticks), list(ticks.values()))
    panel.minorticks_off()
    panel.tick_params(length=0, labelsize=9.5)
    panel.grid(color=_FAINT, linewidth=0.7, zorder=0)
    panel.set_axisbelow(True)
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)


def _name(panel: Axes, line: Line, way: str, place: _Place) -> None:
    """What the line stands for, beside one of its points."""
    if place.at < len(line.machines):
        panel.annotate(
            _NAMES[way],
            (line.machines[place.at], line.values[place.at]),
            xytext=place.off,
            textcoords="offset points",
            ha=place.align,
            va="top" if place.off[1] < 0 else "bottom",
            color=_LOOKS[way]["color"],
            fontweight="bold",
        )


def _ends(
    panel: Axes,
    lines: dict[str, Line],
    told: Callable[[float], str],
    offs: dict[str, tuple[float, float]],
) -> None:
    """How much it is with the most machines."""
    for way, line in lines.items():
        if line.machines:
            panel.annotate(
                ("> " if line.open else "") + told(line.values[-1]),
                (line.machines[-1], line.values[-1]),
                xytext=offs[way],
                textcoords="offset points",
                ha="right",
                fontsize=9,
                color=_LOOKS[way]["color"],
            )
