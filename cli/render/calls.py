"""The calls made to cancel a run, with what is repeated told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.render.words import before_start, clock_time, count, plain
from core.report import Call, Cancellation

__all__ = ["Line", "folded", "render_calls"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Calls that are alike, between the same two others: the first and the last, and how many."""

    first: Call
    last: Call
    times: int


def render_calls(cancellation: Cancellation | None, start: datetime) -> RenderableType:
    """Time, method, answer and meaning of each call."""
    if cancellation is None:
        return Text("none: nothing was sent to stop the run", style="dim")
    if not cancellation.calls:
        return Text("none was sent", style="bold red")
    table = Table.grid(padding=(0, 2, 0, 0))
    for line in folded(cancellation.calls):
        table.add_row(*_cells(line, start))
    attempts = count(cancellation.attempts, "cancel call")
    listed = sum(call.method == "PUT" for call in cancellation.calls)
    cut = "; the first and the last calls are shown" if listed < cancellation.attempts else ""
    proof = f"; confirmed by: {cancellation.confirmed_by}" if cancellation.confirmed_by else ""
    return Group(table, Text(f"{attempts} in all{cut}{proof}", style="dim"))


def folded(calls: Sequence[Call]) -> tuple[Line, ...]:
    """Calls with repetition told once.

    A cancel call and the looks at the run that follow it are a round; equal calls of a round become
    one line, and so do rounds of equal lines that follow one another.
    """
    lines: list[Line] = []
    before: list[Line] = []
    for round_ in map(_merged, _rounds(calls)):
        if [_key(line.first) for line in round_] == [_key(line.first) for line in before]:
            before = [_joined(a, b) for a, b in zip(before, round_, strict=True)]
            continue
        lines += before
        before = round_
    return (*lines, *before)


def _rounds(calls: Sequence[Call]) -> Iterator[list[Call]]:
    round_: list[Call] = []
    for call in calls:
        if call.method == "PUT" and round_:
            yield round_
            round_ = []
        round_.append(call)
    if round_:
        yield round_


def _merged(round_: Sequence[Call]) -> list[Line]:
    lines: dict[tuple[object, ...], Line] = {}
    for call in round_:
        line = Line(first=call, last=call, times=1)
        known = lines.get(_key(call))
        lines[_key(call)] = _joined(known, line) if known else line
    return list(lines.values())


def _key(call: Call) -> tuple[object, ...]:
    return call.method, call.what, call.status, call.meaning


def _joined(a: Line, b: Line) -> Line:
    return Line(first=a.first, last=b.last, times=a.times + b.times)


def _cells(line: Line, start: datetime) -> tuple[Text, ...]:
    call = line.first
    when = clock_time(call.at)
    until = f"-{clock_time(line.last.at)}" if line.times > 1 else f" {before_start(call.at, start)}"
    return (
        Text(when + until, style="dim"),
        Text(f"x{line.times}" if line.times > 1 else "", style="bold"),
        Text(call.method, style="bold"),
        Text(str(call.status or "")),
        Text.assemble(plain(call.what), ": ", plain(call.meaning, "bold")),
    )
