"""A run's times as people and programs read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.azure.changes import changed_too_late
from cli.azure.schedule import Occurrence, Window
from cli.render.indented import section
from cli.render.timeline import Happening, PlanDrawing
from cli.render.words import before_start, clock_time, plain, span
from cli.timeline.moments import moments
from cli.timeline.zones import clock_in
from core.ids import ConfigurationId
from core.timeline import FROZEN, LATEST_CANCEL, Timeline

__all__ = ["Next", "Shown", "as_json", "next_told", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One run. `zone` None is this machine's; `now` is when it was asked for."""

    timeline: Timeline
    now: datetime
    zone: tzinfo | None
    end: datetime | None = None
    run: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The next runs of a configuration, with the first of them at length."""

    configuration: ConfigurationId
    window: Window
    coming: tuple[Occurrence, ...]
    now: datetime
    zone: tzinfo | None
    changed: datetime | None = None  # when the schedule was, the last time
    notes: tuple[str, ...] = ()
    first: Shown | None = None

    @property
    def too_late(self) -> str:
        """Why the system will cancel the next run; empty if it has no reason to."""
        if not self.coming or not changed_too_late(self.changed, self.coming[0].start):
            return ""
        return (
            f"the schedule was changed at {self.changed:%H:%M} UTC, less than 40 minutes before its"
            " next run: the system will cancel that one"
        )


def told(run: Shown) -> RenderableType:
    """The start, the drawing, and what each moment means."""
    return Group(*_told(run))


def _told(run: Shown) -> Iterator[RenderableType]:
    line, start = run.timeline, run.timeline.start
    if run.run is not None:
        yield plain(run.run, "bold", limit=1000)
    ahead = start - run.now
    when = f"in {span(ahead)}" if start > run.now else f"{span(ahead)} ago"
    yield Text.assemble("starts ", (clock_in(start, UTC), "bold"), f" ({when})")
    yield Text()
    word = "judged from here on" if line.planned_at > line.frozen_at else "judged, at the earliest"
    yield PlanDrawing(line, (Happening(at=line.planned_at, what=word),))
    yield Text()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("", "UTC", "local time", ""):
        table.add_column(column, no_wrap=bool(column))
    for moment in moments(line, run.end):
        local = moment.local(run.zone)
        table.add_row(
            Text(before_start(moment.at, start), style="bold"),
            clock_time(moment.at),
            f"{local:%a %H:%M:%S}",
            Text(moment.means),
        )
    yield table
    for note in run.notes:
        yield Text.assemble(("! ", "yellow"), plain(note))


def next_told(shown: Next) -> RenderableType:
    """A line for each run, and the first of them at length."""
    return Group(*_next_told(shown))


def _next_told(shown: Next) -> Iterator[RenderableType]:
    rule = f"{shown.window.recur_every or 'once'}, {shown.window.zone_name}"
    yield Text.assemble(plain(shown.configuration.name, "bold"), " · ", plain(rule))
    for note in filter(None, (shown.too_late, *shown.notes)):
        yield Text.assemble(("! ", "yellow"), plain(note))
    if not shown.coming:
        yield Text("it has no further run: its schedule has expired", style="bold yellow")
        return
    yield Text()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for column in ("starts, UTC", "local time", "frozen, UTC", "cut-off, UTC", ""):
        table.add_column(column, no_wrap=bool(column))
    for one in shown.coming:
        table.add_row(
            f"{one.start:%a %Y-%m-%d %H:%M}",
            clock_in(one.start, shown.zone),
            f"{one.start - FROZEN:%H:%M}",
            f"{_cut_off(one):%H:%M}",
            plain(one.doubt, "yellow"),
        )
    yield table
    if shown.first is not None:
        yield from section("The next one", told(shown.first))


def _cut_off(one: Occurrence) -> datetime:
    return one.start - LATEST_CANCEL


def as_json(shown: Shown | Next) -> dict[str, Any]:
    """All of it, times as ISO 8601 in UTC and in the zone."""
    if isinstance(shown, Shown):
        return {
            "run": shown.run,
            "start": _utc(shown.timeline.start),
            "moments": [
                {
                    "name": moment.name,
                    "utc": _utc(moment.at),
                    "local": moment.local(shown.zone).isoformat(),
                    "means": moment.means,
                }
                for moment in moments(shown.timeline, shown.end)
            ],
            "notes": list(shown.notes),
        }
    return {
        "configuration": str(shown.configuration),
        "recur_every": shown.window.recur_every,
        "time_zone": shown.window.zone_name,
        "occurrences": [
            {
                "start": _utc(one.start),
                "end": None if one.end is None else _utc(one.end),
                "local": one.start.astimezone(shown.zone).isoformat(),
                "frozen": _utc(one.start - FROZEN),
                "cut_off": _utc(_cut_off(one)),
                "doubt": one.doubt,
            }
            for one in shown.coming
        ],
        "next": None if shown.first is None else as_json(shown.first),
        "notes": [note for note in (shown.too_late, *shown.notes) if note],
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
