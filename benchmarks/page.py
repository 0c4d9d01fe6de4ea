"""The tables of docs/speed.md, made from results.json."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.sample import ROOT
from benchmarks.side_by_side import BUDGET
from benchmarks.table import number

__all__ = ["PAGE", "current", "lasted", "write"]

PAGE = ROOT / "docs" / "speed.md"
_BLOCK = r"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
_AIMS = {"ours": "≤ {} {}", "beyond": "≤ {} {} beyond the floor", "ratio": "≤ {} times the floor"}
_WAYS = ("patchgate", "tutorial")
_MINUTE, _HOUR = 60, 3600
_SMALL = 0.1  # milliseconds

Json = dict[str, Any]


def write(results: Json, page: Path = PAGE) -> None:
    """Replace the tables of the page."""
    page.write_text(current(page.read_text(encoding="utf-8"), results), encoding="utf-8")


def current(text: str, results: Json) -> str:
    """The page with its tables as these results have them."""
    beside = results["side_by_side"]["points"]
    for name, lines in (
        ("side by side", _beside(beside)),
        ("budget", _budget(beside)),
        ("side by side measured", _measured(beside)),
        ("figures", _figures(results["figures"])),
        ("figures measured", _measured(results["figures"])),
    ):
        made = "".join(f"{line}\n" for line in lines)
        pattern = re.compile(_BLOCK.format(name=name), re.DOTALL)
        text = pattern.sub(partial(_between, made), text)
    return text


def _between(made: str, match: re.Match[str]) -> str:
    return match[1] + made + match[2]


def lasted(seconds: float) -> str:
    """A span as people say it."""
    if seconds < _MINUTE:
        return f"{number(seconds)} s"
    if seconds < _HOUR:
        whole, rest, units = *divmod(round(seconds), _MINUTE), ("min", "s")
    else:
        whole, rest, units = *divmod(round(seconds / _MINUTE), _MINUTE), ("h", "min")
    return f"{whole} {units[0]} {rest} {units[1]}" if rest else f"{whole} {units[0]}"


def _beside(points: Sequence[Json]) -> Iterator[str]:
    yield "| VMs | Patchgate: calls | until the cancel call | memory | the tutorial's way: calls | until the cancel call | memory |"  # noqa: E501
    yield "|--:|--:|--:|--:|--:|--:|--:|"
    by = {(point["machines"], point["way"]): point for point in points}
    for machines in sorted({machines for machines, _ in by}):
        cells = [cell for way in _WAYS for cell in _cells(by.get((machines, way)))]
        yield f"| {machines:,} | {' | '.join(cells)} |"


def _cells(point: Json | None) -> tuple[str, str, str]:
    if point is None:
        return ("not measured", "", "")
    seconds = point["seconds"]
    spread = ""
    if point["repeats"] > 1:
        spread = f" ({number(seconds['min'])}-{number(seconds['max'])})"
    memory = f"{point['peak_megabytes']['median']:.0f} MB"
    if point.get("unfinished"):
        return f"{point['calls']:,} so far", f"over {lasted(seconds['median'])}", memory
    return f"{point['calls']:,}", lasted(seconds["median"]) + spread, memory


def _budget(points: Sequence[Json]) -> Iterator[str]:
    """Up to how many VMs the slow way is in time, at the pace of its longest measurement."""
    ended = (point for point in points if not point.get("unfinished"))
    slow = [point for point in ended if point["way"] == "tutorial"]
    if slow:
        longest = max(slow, key=lambda point: point["machines"])
        pace = longest["seconds"]["median"] / longest["machines"]
        most = float(f"{BUDGET * _MINUTE / pace:.2g}")
        yield f"Call after call, the {BUDGET} minutes are over after about {most:,.0f} VMs."


def _figures(figures: Sequence[Json]) -> Iterator[str]:
    yield "| figure | aim | median (min-max) | its floor | times floor | rounds |"
    yield "|---|---|--:|--:|--:|--:|"
    for figure in figures:
        aim = figure["aim"]
        if aim is not None:
            wanted = _AIMS[aim["of"]].format(f"{aim['most']:g}", figure["unit"])
            wanted = " ".join(wanted.split())
            kept = "kept" if figure["met"] else "**missed**"
            ratio = figure["ratio"]
            yield (
                f"| {figure['figure']} | {wanted}: {kept} | {_told(figure, figure['unit'])} |"
                f" {_told(figure['floor'], figure['unit'])} |"
                f" {number(ratio['median']) if ratio else ''} | {figure['repeats']} |"
            )


def _told(spread: Json, unit: str) -> str:
    if unit == "ms" and spread["median"] < _SMALL:
        return _told({key: 1000 * value for key, value in spread.items()}, "µs")
    median = f"{number(spread['median'])} {unit}".strip()
    if spread["min"] == spread["max"]:
        return median
    return f"{median} ({number(spread['min'])}-{number(spread['max'])})"


def _measured(entries: Sequence[Json]) -> Iterator[str]:
    """When and on what, as often as that differs."""
    made = dict.fromkeys(
        "{date}, Python {python}, {system} {processor}, {cores} cores".format(**entry["measured"])
        for entry in entries
    )
    loads = [entry["measured"]["load"] for entry in entries if entry["measured"]["load"]]
    busy = f"; load of the machine at the end: {min(loads)} to {max(loads)}" if loads else ""
    yield f"Measured {'; '.join(made)}{busy}." if made else "Not measured yet."
