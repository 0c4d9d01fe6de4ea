"""There are times when nothing may change: from a calendar, or from the policy file itself.

The format is iCalendar, https://www.rfc-editor.org/rfc/rfc5545, as every calendar can export it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from zoneinfo import ZoneInfo

from checks import CannotTell, Context, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._calendar import Event, events_between, newest, parse
from plugins.web import Target, networks

ROOT = Path(__file__).parents[2]  # of the app
_LARGEST = 4_000_000  # bytes of a file


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeFreeze:
    """Where the freezes stand.

    `freezes`: freezes written down here, as `first/last`: days such as `2026-12-18/2027-01-04`,
    both included, or moments such as `2026-12-18T18:00/2027-01-04T06:00`.

    `file`: an iCalendar file, by its path from the app's folder, and within it.

    `url`: or the URL of one. It may have a secret in its path: only its host is ever shown.

    `kind`: `freeze`: the calendar's events are times when nothing may change; `open`: they are the
    only times when something may.

    `timezone`: that of whole days, and of times that name none, such as `Europe/Berlin`.

    `max_age_days`: a calendar whose newest `DTSTAMP` or `LAST-MODIFIED` is older is UNKNOWN; none
    for no limit.

    `may_be_empty`: whether a calendar without a single event is an answer, and no failed export.

    `allow`: networks that the URL may lead to although they are not public, as `10.20.0.0/16`.
    """

    freezes: tuple[str, ...] = ()
    file: str | None = None
    url: str | None = None
    kind: Literal["freeze", "open"] = "freeze"
    timezone: str = "UTC"
    max_age_days: float | None = None
    may_be_empty: bool = False
    allow: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.file is not None and self.url is not None:
            raise ValueError("give a file or a url, not both")
        if self.file is not None:
            path = PurePosixPath(self.file.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in self.file or not path.parts:
                raise ValueError("file must be a path from the app's folder, and within it")
        if self.max_age_days is not None and not self.max_age_days > 0:
            raise ValueError("max_age_days must be more than 0")
        networks(self.allow)
        zone = _zone(self.timezone)
        for freeze in self.freezes:
            _freeze(freeze, zone)


@check(enabled=False)
def change_freeze(run: Run, ctx: Context[ChangeFreeze]) -> Verdict:
    """The window of the run touches no change freeze, or stays within the times that are open.

    Asks: the `freezes` of the policy file, and the iCalendar at `file` or `url`, with recurring
    events, their exceptions, time zones and daylight saving time.

    Blocks when: a freeze has a moment in common with the window from the run's start to its end;
    or, with `kind = "open"`, when the window is not covered by events. A freeze that ends when the
    window begins does not touch it. Events that are cancelled do not count; events shown as free
    (`TRANSPARENT`) do, as most calendars write whole days so; tentative ones are freezes, and open
    nothing.

    UNKNOWN when: the calendar cannot be read, is no whole iCalendar, has no event at all, or is
    older than `max_age_days`; when one of its events cannot be understood, whichever it is; or
    when only open times count and no calendar is configured.

    Skipped when: neither freezes nor a calendar are configured, and `kind` is `freeze`.

    Rights: none in Azure.
    """
    config = ctx.config
    zone = _zone(config.timezone)
    calendar = config.file is not None or config.url is not None
    if not config.freezes and not calendar and config.kind == "freeze":
        return skipped("no freezes and no calendar are configured")
    written = [_freeze(text, zone) for text in config.freezes]
    touching = [freeze for freeze in written if freeze.touches(run.start, run.end)]
    if touching:
        return _frozen(touching, zone)
    if not calendar and config.kind == "open":
        raise CannotTell('kind = "open" needs a calendar, and neither file nor url is configured')
    if not calendar:
        return passed()
    events = _counting(_events(run, ctx, zone), config)
    if config.kind == "open":
        return _within(events, run, zone)
    return _frozen(events, zone) if events else passed()


def _events(run: Run, ctx: Context[ChangeFreeze], zone: ZoneInfo) -> Sequence[Event]:
    """What stands in the calendar in the time of the run. Raises `CannotTell` that names it."""
    config = ctx.config
    name = f"the calendar {config.file}" if config.file else "the calendar"
    try:
        calendars = parse(read_file(config.file) if config.file else _page(ctx))
        _not_empty(calendars, config)
        _not_stale(calendars, config, ctx.now)
        return events_between(calendars, run.start, run.end, zone)
    except CannotTell as error:
        raise CannotTell(f"{name}: {error}") from error


def read_file(name: str, root: Path = ROOT) -> bytes:
    """A file of the app's folder. Raises `CannotTell` if there is none, or if it lies elsewhere."""
    try:
        path = (root / name).resolve(strict=True)
        if not path.is_relative_to(root.resolve()):
            raise CannotTell("it does not lie in the app's folder")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name with a NUL
        raise CannotTell(f"the file cannot be read: {type(error).__name__}") from error
    if len(data) > _LARGEST:
        raise CannotTell(f"the file is longer than {_LARGEST / 1e6:g} MB")
    return data


def _page(ctx: Context[ChangeFreeze]) -> bytes:
    page = ctx.web.fetch(ctx.config.url or "", allow=ctx.config.allow)
    if page.status != 200:
        raise CannotTell(f"{Target.parse(page.url).host} answered {page.status}")
    return page.body


def _not_empty(calendars: Sequence[Any], config: ChangeFreeze) -> None:
    if not config.may_be_empty and not any(calendar.walk("VEVENT") for calendar in calendars):
        raise CannotTell("it has no event at all, as after an export that failed")


def _not_stale(calendars: Sequence[Any], config: ChangeFreeze, now: datetime) -> None:
    if config.max_age_days is None:
        return
    stamp = newest(calendars)
    if stamp is None:
        raise CannotTell("it does not say when it was written, and may be out of date")
    age = (now - stamp) / timedelta(days=1)
    if age > config.max_age_days:
        most = f"{config.max_age_days:g}"
        raise CannotTell(f"it was last changed {age:.0f} days ago, more than {most}")


def _counting(events: Sequence[Event], config: ChangeFreeze) -> Sequence[Event]:
    no = {"CANCELLED", "TENTATIVE"} if config.kind == "open" else {"CANCELLED"}
    return [event for event in events if event.status not in no]


def _frozen(freezes: Sequence[Event], zone: ZoneInfo) -> Verdict:
    first, *others = freezes
    start, end = _said(first.start, zone), _said(first.end, zone)
    more = f", and {len(others)} more" if others else ""
    seen: dict[str, str] = {"summary": first.summary, "from": start, "to": end}
    return blocked(f"change freeze {first.summary!r} from {start} to {end}{more}", **seen)


def _within(events: Sequence[Event], run: Run, zone: ZoneInfo) -> Verdict:
    """Whether the open times cover the window, one after the other."""
    covered = run.start
    for event in events:
        if event.start > covered:
            break
        covered = max(covered, event.end)
    if covered >= run.end:
        return passed()
    start, end = _said(run.start, zone), _said(run.end, zone)
    seen: dict[str, str] = {"from": start, "to": end, "closed from": _said(covered, zone)}
    return blocked(
        f"the window from {start} to {end} is not open from {_said(covered, zone)} on", **seen
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"{name!r} is no time zone such as Europe/Berlin") from error


def _freeze(text: str, zone: ZoneInfo) -> Event:
    """A freeze of the policy file. Raises `ValueError`."""
    try:
        first, last = text.split("/")
        start, end = (_edges(part.strip(), zone) for part in (first, last))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is no freeze such as 2026-12-18/2027-01-04") from error
    if not start[0] < end[1]:
        raise ValueError(f"{text!r} ends before it begins")
    return Event(summary=text, start=start[0], end=end[1])


def _edges(text: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """When a day begins and ends; a moment is both."""
    if len(text) > 10:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        return moment, moment
    day = date.fromisoformat(text)
    begins, ends = (datetime.combine(d, time(), zone) for d in (day, day + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _said(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(sep=" ", timespec="minutes")
