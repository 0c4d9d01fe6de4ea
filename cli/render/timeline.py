"""A run's timeline, drawn: above the line what happened, below it what was planned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from cli.render.canvas import Canvas
from cli.render.words import before_start, clock_time
from core.report import GateReport
from core.timeline import Timeline

__all__ = ["Happening", "PlanDrawing", "TimelineDrawing", "happenings"]

_WIDEST = 110
_BEYOND = timedelta(minutes=60)  # what lies further from the start is drawn at the margin


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, in a few words."""

    at: datetime
    what: str
    style: str = ""


def happenings(report: GateReport) -> tuple[Happening, ...]:
    """What a person asks for first, in the order of time."""
    found = [Happening(at=report.timeline.planned_at, what="event accepted")]
    decision = report.decision
    if report.ending != "too late":
        word = "decided: cancel" if decision.cancels else "decided: go ahead"
        style = "red" if decision.cancels else "green"
        found.append(Happening(at=decision.at, what=word, style=style))
    found.extend(_of_cancelling(report))
    return tuple(sorted(found, key=lambda happening: happening.at))


def _of_cancelling(report: GateReport) -> Iterator[Happening]:
    cancellation = report.cancellation
    if cancellation is None:
        return
    asked = [call.at for call in cancellation.calls if call.method == "PUT"]
    if asked:
        yield Happening(at=asked[0], what="first cancel call", style="red")
    if cancellation.confirmed_at is not None:
        yield Happening(at=cancellation.confirmed_at, what="cancelled, confirmed", style="green")
    else:
        yield Happening(at=report.finished_at, what="NEVER CONFIRMED", style="bold red")


class TimelineDrawing:
    """The drawing, as wide as there is room."""

    def __init__(self, report: GateReport) -> None:
        self._timeline, self._happened = report.timeline, happenings(report)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = max(20, min(options.max_width, _WIDEST))
        drawing = _Drawing(self._timeline, self._happened, width)
        yield from drawing.lines()
        yield _legend(self._timeline)


class PlanDrawing(TimelineDrawing):
    """The same of a run that nobody has judged yet: `happened` is at least one moment."""

    def __init__(self, timeline: Timeline, happened: tuple[Happening, ...]) -> None:
        self._timeline, self._happened = timeline, happened


class _Drawing:
    def __init__(self, timeline: Timeline, happened: tuple[Happening, ...], width: int) -> None:
        self._timeline, self._happened, self._width = timeline, happened, width
        start = timeline.start
        first, last = happened[0].at, happened[-1].at
        self._left = max(min(timeline.frozen_at, first), start - _BEYOND)
        self._right = min(max(start, last), start + _BEYOND)
        self._canvas = Canvas(width)

    def lines(self) -> Iterator[Text]:
        self._draw_happenings()
        bar = self._canvas.height
        self._draw_bar(bar)
        self._draw_plan(bar + 1)
        return self._canvas.lines()

    def _column(self, moment: datetime) -> int:
        share = (moment - self._left) / (self._right - self._left)
        return round(min(max(share, 0.0), 1.0) * (self._width - 1))

    def _draw_happenings(self) -> None:
        rows = len(self._happened)
        columns = [self._column(h.at) for h in self._happened]
        for row, column in enumerate(columns):
            for below in range(row + 1, rows):
                self._canvas.put(below, column, "│", "dim")
            self._canvas.put(rows, column, "▼", "bold")
        for row, (happening, column) in enumerate(zip(self._happened, columns, strict=True)):
            self._tell(row, column, happening, first=column not in columns[:row])

    def _tell(self, row: int, column: int, happening: Happening, *, first: bool) -> None:
        when = f"{before_start(happening.at, self._timeline.start)} {clock_time(happening.at)}"
        text = f"{when}  {happening.what}"
        if column + 2 + len(text) <= self._width or column < self._width / 2:
            self._canvas.put(row, column, "┌" if first else "├", "dim")
            self._canvas.put(row, column + 2, text, happening.style)
        else:
            self._canvas.put(row, column, "┐" if first else "┤", "dim")
            self._canvas.put(row, column - 1 - len(text), text, happening.style)

    def _draw_bar(self, row: int) -> None:
        step = (self._right - self._left) / (self._width - 1)
        for column in range(self._width):
            glyph, style = _stretch(self._timeline, self._left + (column + 0.5) * step)
            self._canvas.put(row, column, glyph, style)
        for moment, glyph in (
            (self._timeline.find_by, "┴"),
            (self._timeline.check_by, "┴"),
            (self._timeline.cut_off, "╫"),
            (self._timeline.frozen_at, "├"),
            (self._timeline.start, "┤"),
        ):
            self._canvas.put(row, self._column(moment), glyph, "bold")

    def _draw_plan(self, row: int) -> None:
        """Labels of the planned moments; on a narrow sheet those that matter most."""
        line = self._timeline
        self._label(row, line.start, "start", "right")
        self._label(row, line.cut_off, "cut-off", "left")
        self._label(row, line.frozen_at, "frozen", "left")
        self._label(row, line.check_by, "checks by", "right")
        self._label(row, line.find_by, "machines by", "middle")

    def _label(
        self, row: int, moment: datetime, name: str, align: Literal["left", "middle", "right"]
    ) -> None:
        texts = (name, before_start(moment, self._timeline.start), clock_time(moment))
        longest = max(map(len, texts))
        shift = {"left": 0, "middle": longest // 2, "right": longest - 1}[align]
        left = self._column(moment) - shift
        if not all(self._canvas.is_free(row + n, left, longest) for n in range(len(texts))):
            return
        for n, text in enumerate(texts):
            pad = {"left": text.ljust, "middle": text.center, "right": text.rjust}[align]
            self._canvas.put(row + n, left, pad(longest), "" if n == 0 else "dim")


def _stretch(timeline: Timeline, moment: datetime) -> tuple[str, str]:
    """What that part of the line is for."""
    if moment >= timeline.cut_off:
        return "╌", "red"
    if moment < timeline.planned_at:
        return "╌", "dim"
    if moment < timeline.find_by:
        return "━", "cyan"
    return ("─", "blue") if moment < timeline.check_by else ("═", "yellow")


def _legend(timeline: Timeline) -> Text:
    last = before_start(timeline.cancel_by, timeline.start)
    return Text.assemble(
        ("━", "cyan"),
        (" find and check  ", "dim"),
        ("─", "blue"),
        (" check  ", "dim"),
        ("═", "yellow"),
        (f" cancel call only, aimed before {last}  ", "dim"),
        ("╌", "red"),
        (" too late", "dim"),
    )
