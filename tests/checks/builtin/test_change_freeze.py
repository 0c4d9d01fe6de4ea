"""The window of the run touches no change freeze, or stays within the times that are open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell, Context, Verdict
from checks.builtin.change_freeze import ChangeFreeze, change_freeze, read_file
from checks.discovery import define
from core.errors import BadPlugin
from core.model import Run, Status
from plugins.config import config_of
from plugins.reach import Page
from tests.checks.builtin.played import played, words
from tests.checks.builtin.saying import of_run, told, vm
from tests.checks.webs import LOOPBACK, named, web
from tests.scripted_server import answer, scripted

# The run: 2026-11-28, a Saturday, from 12:40 to 15:00 UTC.
RUN = of_run(vm("web-01"))
AT_NOON = "DTSTART:20261128T120000Z"
WEEKLY = "DTSTART:20261107T130000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY"


def event(*lines: str, uid: str = "UID:1") -> str:
    """An event with these lines."""
    head = ("BEGIN:VEVENT", "DTSTAMP:20261101T000000Z", *([uid] if uid else []))
    return "\r\n".join((*head, *lines, "END:VEVENT"))


def calendar(*events: str) -> bytes:
    """A calendar of these events."""
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN")
    return "\r\n".join((*head, *events, "END:VCALENDAR", "")).encode()


def asked(data: bytes, run: Run = RUN, **config: Any) -> Verdict:
    """What the check says with a calendar that a server has."""
    with scripted(answer(200, data, content_type="text/calendar")) as server:
        kept = ChangeFreeze(url=named(server.url) + "/secret.ics", allow=LOOPBACK, **config)
        return change_freeze(run, replace(context(kept), run=run))


def context(config: ChangeFreeze) -> Context[ChangeFreeze]:
    """What the check is told."""
    return replace(told(RUN, config), web=web())


def status(*events: str, **config: Any) -> str:
    """The verdict, with a calendar of these events."""
    return asked(calendar(*events), **config).status.value


# --- what is a freeze


def test_a_freeze_that_touches_the_window_blocks() -> None:
    """With what it is called and when it is, in the site's own time."""
    frozen = event(AT_NOON, "DTEND:20261128T130000Z", "SUMMARY:Black Friday")
    verdict = asked(calendar(frozen), timezone="Europe/Berlin")
    assert verdict.status is Status.BLOCKED
    assert verdict.evidence == {
        "summary": "Black Friday",
        "from": "2026-11-28 13:00+01:00",
        "to": "2026-11-28 14:00+01:00",
    }
    assert verdict.reason == (
        "change freeze 'Black Friday' from 2026-11-28 13:00+01:00 to 2026-11-28 14:00+01:00"
    )


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20261128T110000Z", "20261128T124000Z", "passed"),  # ends when the window begins
        ("20261128T110000Z", "20261128T124001Z", "blocked"),
        ("20261128T130000Z", "20261128T133000Z", "blocked"),  # within it
        ("20261128T145959Z", "20261128T170000Z", "blocked"),
        ("20261128T150000Z", "20261128T170000Z", "passed"),  # begins when it ends
        ("20261001T000000Z", "20270101T000000Z", "blocked"),  # around it
        ("20261128T130000Z", "20261128T130000Z", "blocked"),  # a moment within it
        ("20261128T150000Z", "20261128T150000Z", "passed"),
        ("20271128T130000Z", "20271128T140000Z", "passed"),  # another year
    ],
)
def test_a_window_does_not_hold_its_own_end(start: str, end: str, expected: str) -> None:
    assert status(event(f"DTSTART:{start}", f"DTEND:{end}")) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (WEEKLY, "blocked"),
        ("DTSTART:20261106T130000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY", "passed"),
        (f"{WEEKLY};COUNT=3", "passed"),
        ("DTSTART:20201126T000000Z\r\nDURATION:P4D\r\nRRULE:FREQ=YEARLY", "blocked"),
        (f"{WEEKLY}\r\nEXDATE:20261128T130000Z", "passed"),
        (
            "DTSTART:20261107T130000Z\r\nDURATION:PT1H\r\nRDATE:20261128T130000Z,20261201T130000Z",
            "blocked",
        ),
        ("DTSTART:20261124T130000Z\r\nDURATION:P7D\r\nRRULE:FREQ=MONTHLY;BYDAY=-1TU", "blocked"),
        # A rule until a day includes that day.
        (f"{WEEKLY};UNTIL=20261128", "blocked"),
        (f"{WEEKLY};UNTIL=20261127", "passed"),
        (
            "DTSTART;TZID=America/New_York:20261107T080000\r\nRRULE:FREQ=WEEKLY;UNTIL=99991231",
            "blocked",
        ),
        ("DTSTART:20261107T130000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;UNTIL=20261128", "blocked"),
        (
            "DTSTART;TZID=Pacific/Auckland:20261108T020000\r\nRRULE:FREQ=WEEKLY;UNTIL=20261129",
            "blocked",
        ),
        ("DTSTART;VALUE=DATE:20261107\r\nRRULE:FREQ=WEEKLY;UNTIL=20261128", "blocked"),
        (
            "DTSTART:20261101T010000Z\r\nRDATE;VALUE=PERIOD:20261128T110000Z/20261128T140000Z",
            "blocked",
        ),
        ("DTSTART:20261101T001500Z\r\nDURATION:PT1M\r\nRRULE:FREQ=HOURLY;BYMINUTE=0,15", "blocked"),
    ],
)
def test_freezes_recur(lines: str, expected: str) -> None:
    """With their exceptions, and also if one began days before the run."""
    assert status(event(lines)) == expected


def test_one_occurrence_can_be_moved_or_cancelled() -> None:
    """The others stay."""
    series = event("DTSTART:20261107T130000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    moved = event("RECURRENCE-ID:20261128T130000Z", "DTSTART:20261128T180000Z", "DURATION:PT1H")
    cancelled = event(
        "RECURRENCE-ID:20261128T130000Z",
        "DTSTART:20261128T130000Z",
        "DURATION:PT1H",
        "STATUS:CANCELLED",
    )
    assert status(series) == "blocked"
    assert status(series, moved) == "passed"
    assert status(series, cancelled) == "passed"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("STATUS:CONFIRMED", "blocked"),
        ("STATUS:TENTATIVE", "blocked"),
        ("STATUS:cancelled", "passed"),
        ("TRANSP:TRANSPARENT", "blocked"),
    ],
)
def test_only_cancelled_freezes_do_not_count(line: str, expected: str) -> None:
    """Calendars write whole days as free time, and a freeze is one."""
    assert status(event(AT_NOON, "DURATION:PT2H", line)) == expected


# --- zones, days and clocks


@pytest.mark.parametrize(
    ("lines", "zone", "expected"),
    [
        # Whole days, in the site's time: 12:40 UTC on the 28th is the 29th in Auckland.
        ("DTSTART;VALUE=DATE:20261128", "UTC", "blocked"),
        ("DTSTART;VALUE=DATE:20261127\r\nDTEND;VALUE=DATE:20261128", "UTC", "passed"),
        ("DTSTART;VALUE=DATE:20261129", "UTC", "passed"),
        ("DTSTART;VALUE=DATE:20261129", "Pacific/Auckland", "blocked"),
        ("DTSTART;VALUE=DATE:20261128", "Pacific/Auckland", "passed"),
        # Floating times, too.
        ("DTSTART:20261128T130000\r\nDURATION:PT30M", "UTC", "blocked"),
        ("DTSTART:20261128T130000\r\nDURATION:PT30M", "Europe/Berlin", "passed"),
        ("DTSTART:20261128T150000\r\nDURATION:PT30M", "Europe/Berlin", "blocked"),
        # A zone of its own goes before the site's, by whichever name.
        ("DTSTART;TZID=America/New_York:20261128T090000\r\nDURATION:PT30M", "UTC", "blocked"),
        (
            "DTSTART;TZID=W. Europe Standard Time:20261128T150000\r\nDURATION:PT30M",
            "UTC",
            "blocked",
        ),
        ("DTSTART;TZID=Europe/Berlin:20261128T130000\r\nDURATION:PT30M", "UTC", "passed"),
    ],
)
def test_a_time_is_meant_where_it_is_written(lines: str, zone: str, expected: str) -> None:
    assert status(event(lines), timezone=zone) == expected


def test_a_recurring_freeze_keeps_its_hour_when_clocks_change() -> None:
    """At 14:45 in Berlin: 12:45 UTC in summer, 13:45 UTC in winter."""
    lines = "DTSTART;TZID=Europe/Berlin:20260601T144500\r\nDURATION:PT5M\r\nRRULE:FREQ=DAILY"
    for day in (datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        hour = 12 if day.day == 24 else 13
        start = day + timedelta(hours=hour, minutes=40)
        within = replace(RUN, start=start, end=start + timedelta(minutes=30))
        assert asked(calendar(event(lines)), within).status is Status.BLOCKED
        shifted = replace(within, start=start + timedelta(hours=1), end=start + timedelta(hours=2))
        assert asked(calendar(event(lines)), shifted).status is Status.PASSED


@pytest.mark.parametrize(
    ("start", "expected"),
    [("010000", "passed"), ("011500", "blocked"), ("013500", "passed")],
)
def test_a_freeze_that_begins_in_the_hour_that_clocks_skip_is_one(
    start: str, expected: str
) -> None:
    """At 02:30 in Berlin, which is 03:30 on that day, until 03:10."""
    lines = (
        "DTSTART;TZID=Europe/Berlin:20260329T023000",
        "DTEND;TZID=Europe/Berlin:20260329T031000",
    )
    begins = datetime.strptime(f"20260329{start}+0000", "%Y%m%d%H%M%S%z")
    window = replace(RUN, start=begins, end=begins + timedelta(minutes=5))
    assert asked(calendar(event(*lines)), window).status.value == expected


def test_a_zone_can_be_defined_in_the_calendar_itself() -> None:
    """As Outlook does, under names of its own."""
    zone = """BEGIN:VTIMEZONE
TZID:Office of Tests
BEGIN:STANDARD
DTSTART:16010101T000000
TZOFFSETFROM:-0500
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE"""
    frozen = event("DTSTART;TZID=Office of Tests:20261128T090000", "DURATION:PT30M")
    assert status(zone, frozen) == "blocked"


# --- open calendars


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["DTSTART:20261128T120000Z\r\nDTEND:20261128T150000Z"], "passed"),
        (["DTSTART:20261128T124000Z\r\nDTEND:20261128T150000Z"], "passed"),
        (["DTSTART:20261128T124001Z\r\nDTEND:20261128T150000Z"], "blocked"),
        (["DTSTART:20261128T120000Z\r\nDTEND:20261128T145959Z"], "blocked"),
        (
            [
                "DTSTART:20261128T140000Z\r\nDTEND:20261128T160000Z",
                "DTSTART:20261128T120000Z\r\nDTEND:20261128T140000Z",
            ],
            "passed",
        ),
        (
            [
                "DTSTART:20261128T120000Z\r\nDTEND:20261128T133000Z",
                "DTSTART:20261128T140000Z\r\nDTEND:20261128T160000Z",
            ],
            "blocked",
        ),
        (["DTSTART:20261128T120000Z\r\nDTEND:20261128T150000Z\r\nSTATUS:TENTATIVE"], "blocked"),
        (["DTSTART:20261128T120000Z\r\nDTEND:20261128T150000Z\r\nSTATUS:CANCELLED"], "blocked"),
        (["DTSTART:20261129T120000Z\r\nDTEND:20261129T150000Z"], "blocked"),
    ],
)
def test_a_window_must_stay_within_what_is_open(events: list[str], expected: str) -> None:
    """Openings that follow each other are one."""
    numbered = (event(lines, uid=f"UID:{n}") for n, lines in enumerate(events))
    assert status(*numbered, kind="open") == expected


def test_a_window_that_is_not_open_says_from_when() -> None:
    verdict = asked(calendar(event(AT_NOON, "DURATION:PT1H")), kind="open")
    assert verdict.evidence["closed from"] == "2026-11-28 13:00+00:00"


# --- freezes in the policy file


@pytest.mark.parametrize(
    ("freeze", "zone", "expected"),
    [
        ("2026-11-28/2026-11-28", "UTC", Status.BLOCKED),
        ("2026-11-01/2026-11-27", "UTC", Status.PASSED),
        ("2026-11-29/2026-12-01", "Pacific/Auckland", Status.BLOCKED),
        ("2026-11-28T15:00/2026-11-28T18:00", "UTC", Status.PASSED),
        ("2026-11-28T15:00/2026-11-28T18:00", "Europe/Berlin", Status.BLOCKED),
        ("2026-11-28T15:00-05:00 / 2026-11-29", "Europe/Berlin", Status.PASSED),
        ("2026-11-01/2026-11-28T12:41", "UTC", Status.BLOCKED),
    ],
)
def test_freezes_can_be_written_down_in_the_policy(
    freeze: str, zone: str, expected: Status
) -> None:
    """Days are included, first and last."""
    config = ChangeFreeze(freezes=(freeze,), timezone=zone)
    assert change_freeze(RUN, context(config)).status is expected


def test_a_written_freeze_needs_no_calendar() -> None:
    """What is certain is not kept waiting."""
    config = ChangeFreeze(freezes=("2026-11-28/2026-11-28",), file="is-not-there.ics")
    assert change_freeze(RUN, context(config)).status is Status.BLOCKED


@pytest.mark.parametrize("freezes", [(), ("2026-01-01/2026-01-02",)])
def test_open_times_without_a_calendar_are_unknown(freezes: tuple[str, ...]) -> None:
    """Nobody has said that anything is open."""
    with pytest.raises(CannotTell, match='kind = "open" needs a calendar'):
        change_freeze(RUN, context(ChangeFreeze(kind="open", freezes=freezes)))


def test_nothing_configured_is_skipped() -> None:
    assert change_freeze(RUN, context(ChangeFreeze())).status is Status.SKIPPED


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({"freezes": ["next week"]}, "'next week' is no freeze such as"),
        ({"freezes": ["2026-12-18"]}, "is no freeze such as"),
        ({"freezes": ["2027-01-04/2026-12-18"]}, "ends before it begins"),
        ({"file": "a.ics", "url": "https://x.example/"}, "not both"),
        ({"file": "../secrets.ics"}, "within it"),
        ({"file": "/etc/passwd"}, "within it"),
        ({"file": "C:\\secrets.ics"}, "within it"),
        ({"file": "a\\..\\..\\b"}, "within it"),
        ({"file": ""}, "within it"),
        ({"timezone": "Berlin"}, "no time zone such as"),
        ({"timezone": "../../etc/passwd"}, "no time zone such as"),
        ({"max_age_days": 0}, "more than 0"),
        ({"allow": ["office"]}, "no network such as"),
        ({"kind": "closed"}, "kind"),
    ],
)
def test_a_slip_in_its_config_is_told(config: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlugin, match=why):
        config_of(define(change_freeze), config)


# --- a calendar that is no answer

GOOD = event("DTSTART:20270101T000000Z", "DURATION:PT1H")
OTHER = event("DTSTART:20270101T000000Z", "DURATION:PT1H", uid="UID:2")
A_DAY = "DTSTART;VALUE=DATE:20261128"
EVERY_MINUTE = (
    f"RRULE:FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))}"
    f";BYMINUTE={','.join(map(str, range(60)))}"
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no whole VCALENDAR"),
        (b"\xff\xfe\x00", "no iCalendar"),
        (b"<html>secret</html>", "no iCalendar"),
        (b'{"secret": 1}', "no iCalendar"),
        (GOOD.encode(), "no whole VCALENDAR"),
        (calendar(GOOD)[:-20], "no iCalendar"),
        (calendar(GOOD, "BEGIN:VEVENT", "UID:2"), "no whole VCALENDAR"),
        (calendar(GOOD) + b"BEGIN:VCALENDAR\r\n", "has no end"),
        (calendar(), "no event at all"),
        (calendar("BEGIN:VTODO\r\nUID:2\r\nEND:VTODO"), "no event at all"),
        (calendar(OTHER, event("SUMMARY:secret")), "no DTSTART"),
        (calendar(OTHER, event("DTSTART:secret")), "a DTSTART that cannot be read"),
        (calendar(OTHER, event(AT_NOON, "DTEND:secret")), "a DTEND that cannot be read"),
        (calendar(OTHER, event(AT_NOON, "RRULE:FREQ=DAILY", "EXDATE:secret")), "a EXDATE"),
        (calendar(OTHER, event(AT_NOON, "RRULE:FREQ=DAILY;UNTIL=x")), "a RRULE"),
        (calendar(OTHER, event(AT_NOON, "RRULE:FREQ=SECONDLY")), "a rule that cannot be computed"),
        (calendar(OTHER, event(AT_NOON, "RRULE:FREQ=DAILY;INTERVAL=0")), "a rule that cannot"),
        (calendar(OTHER, event(AT_NOON, "RRULE:COUNT=2")), "cannot be"),
        (calendar(OTHER, event(AT_NOON, "EXRULE:FREQ=DAILY")), "EXRULE"),
        (
            calendar(OTHER, event("DTSTART;TZID=Nowhere:20261128T120000")),
            "a DTSTART in a time zone",
        ),
        (
            calendar(OTHER, event(AT_NOON, "RRULE:FREQ=DAILY", "EXDATE;TZID=Gone:20261128T130000")),
            "a EXDATE in a time zone that nobody knows",
        ),
        (
            calendar(OTHER, event(AT_NOON, "RDATE;VALUE=PERIOD;TZID=Gone:20261128T110000/PT4H")),
            "a RDATE in a time zone that nobody knows",
        ),
        (calendar(OTHER, event(AT_NOON, "RDATE;VALUE=DATE:20261128")), "of different kinds"),
        (calendar(OTHER, event(AT_NOON, EVERY_MINUTE)), "a rule that cannot"),
        (calendar(OTHER, event(AT_NOON, "DTEND:20261128T115959Z")), "does not end after"),
        (calendar(OTHER, event(AT_NOON, "DURATION:-PT1H")), "does not end after"),
        (calendar(OTHER, event(A_DAY, "DTEND;VALUE=DATE:20261127")), "does not end after"),
        (calendar(OTHER, event(A_DAY, "DTEND;VALUE=DATE:20261128")), "does not end after"),
        (calendar(OTHER, event(AT_NOON, "DTEND:20261128T120100Z", "DURATION:P1D")), "and a DUR"),
        (calendar(OTHER, event(AT_NOON, AT_NOON)), "more than one DTSTART"),
        (calendar(OTHER, event("DTSTART:PT1H", "DTEND:PT2H")), "an event cannot be read: "),
        (calendar(OTHER, event(AT_NOON, "STATUS:CANCELLED", "STATUS:CONFIRMED")), "one STATUS"),
        (calendar("X-WR-TIMEZONE:Nowhere", GOOD), "cannot be computed: ZoneInfoNotFoundError"),
    ],
)
def test_a_calendar_that_cannot_be_read_is_unknown(data: bytes, why: str) -> None:
    """Wherever in it: what cannot be read may be the freeze. Its text is not repeated."""
    with pytest.raises(CannotTell, match=why) as caught:
        asked(data)
    assert str(caught.value).startswith("the calendar: ")
    assert "secret" not in str(caught.value)


def test_two_events_of_one_name_are_not_told_apart() -> None:
    """One of them would be dropped, and might be the freeze. The same event twice is one."""
    frozen = event(AT_NOON, "DURATION:PT1H")
    with pytest.raises(CannotTell, match="two events have the same UID"):
        asked(calendar(frozen, GOOD))
    assert status(frozen, frozen) == "blocked"


def test_events_without_a_name_all_count() -> None:
    frozen = event(AT_NOON, "DURATION:PT1H", uid="")
    later = event("DTSTART:20270101T000000Z", "DURATION:PT1H", uid="")
    assert status(frozen, later) == status(later, frozen) == "blocked"


def test_an_empty_calendar_can_be_an_answer() -> None:
    """If the site says so."""
    assert asked(calendar(), may_be_empty=True).status is Status.PASSED
    assert asked(calendar(), may_be_empty=True, kind="open").status is Status.BLOCKED


def test_an_answer_other_than_200_is_unknown() -> None:
    """The secret path of the URL is not shown."""
    with scripted(answer(404, calendar(GOOD))) as server:
        config = ChangeFreeze(url=named(server.url) + "/secret.ics?secret", allow=LOOPBACK)
        with pytest.raises(CannotTell, match=r"shop\.example\.com answered 404") as caught:
            change_freeze(RUN, context(config))
    assert "secret" not in str(caught.value)


def test_a_server_inside_is_not_asked_unless_allowed() -> None:
    with scripted(answer(200, calendar(GOOD))) as server:
        with pytest.raises(CannotTell, match="refused"):
            change_freeze(RUN, context(ChangeFreeze(url=server.url)))
        assert server.received == []


@pytest.mark.parametrize(
    ("lines", "days", "expected"),
    [
        ((), 28, "passed"),  # DTSTAMP of the 1st, and it is noon of the 28th
        ((), 27, "last changed 28 days ago, more than 27"),
        (("LAST-MODIFIED:20261127T000000Z",), 2, "passed"),
    ],
)
def test_a_calendar_can_be_too_old(lines: tuple[str, ...], days: float, expected: str) -> None:
    data = calendar(event("DTSTART:20270101T000000Z", *lines))
    if expected == "passed":
        assert asked(data, max_age_days=days).status is Status.PASSED
    else:
        with pytest.raises(CannotTell, match=expected):
            asked(data, max_age_days=days)


def test_a_calendar_without_a_date_of_its_own_may_be_too_old() -> None:
    data = calendar("BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20270101T000000Z\r\nEND:VEVENT")
    assert asked(data).status is Status.PASSED
    with pytest.raises(CannotTell, match="does not say when it was written"):
        asked(data, max_age_days=7)


# --- files


def test_a_calendar_can_be_a_file_of_the_app() -> None:
    """This one comes as a sample: Black Friday, whenever it is, and the end of the year."""
    config = ChangeFreeze(file="samples/scenarios/checks/change_freeze/freezes.ics")
    verdict = change_freeze(RUN, context(config))
    assert verdict.status is Status.BLOCKED
    assert verdict.evidence["summary"] == "Black Friday"
    later = replace(RUN, start=RUN.start + timedelta(days=7), end=RUN.end + timedelta(days=7))
    assert change_freeze(later, context(config)).status is Status.PASSED


def test_a_file_that_is_not_there_is_unknown() -> None:
    with pytest.raises(CannotTell, match=r"the calendar gone\.ics: .*FileNotFoundError"):
        change_freeze(RUN, context(ChangeFreeze(file="gone.ics")))


def test_a_file_lies_within_the_folder(tmp_path: Path) -> None:
    """Also if a link says otherwise."""
    app = tmp_path / "app"
    app.mkdir()
    (tmp_path / "secret.ics").write_bytes(b"x")
    (app / "link.ics").symlink_to(tmp_path / "secret.ics")
    (app / "good.ics").write_bytes(b"x")
    (app / "large.ics").write_bytes(b"x" * 4_000_001)
    assert read_file("good.ics", app) == b"x"
    for name in ("link.ics", "../secret.ics", str(tmp_path / "secret.ics")):
        with pytest.raises(CannotTell, match="does not lie in the app's folder"):
            read_file(name, app)
    for name in (".", "gone.ics", "a\0b", "x" * 5000):
        with pytest.raises(CannotTell, match="cannot be read"):
            read_file(name, app)
    with pytest.raises(CannotTell, match="longer than 4 MB"):
        read_file("large.ics", app)


@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.integers(1, 200), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_minute_by_minute_a_window_is_free_or_it_blocks(spans: list[tuple[int, int, bool]]) -> None:
    """Freezes and openings of the same calendar, against a count of its minutes."""
    start, minutes = RUN.start, range(int((RUN.end - RUN.start).total_seconds()) // 60)
    held: set[int] = set()
    events: list[str] = []
    for first, length, cancelled in spans:
        begins = start + timedelta(minutes=first)
        ends = begins + timedelta(minutes=length)
        lines = [f"DTSTART:{begins:%Y%m%dT%H%M%SZ}", f"DTEND:{ends:%Y%m%dT%H%M%SZ}"]
        status_line = ["STATUS:CANCELLED"] if cancelled else []
        events.append(event(*lines, *status_line, uid=f"UID:{len(events)}"))
        held |= set() if cancelled else set(range(first, first + length))
    data = calendar(*events)
    frozen = any(minute in held for minute in minutes)
    opened = all(minute in held for minute in minutes)
    assert (judged(data, "freeze") is Status.BLOCKED) is frozen
    assert (judged(data, "open") is Status.PASSED) is opened


def judged(data: bytes, kind: Any) -> Status:
    """The verdict with that calendar, without a server."""

    class Here:
        def fetch(self, url: str, /, **given: Any) -> Any:
            return Page(url=url, status=200, body=data)

    config = ChangeFreeze(url="https://shop.example.com/", kind=kind)
    return Status(change_freeze(RUN, replace(told(RUN, config), web=Here())).status)


@pytest.mark.parametrize("name", ["passed", "blocked", "unknown"])
def test_the_shipped_scenarios_end_as_they_are_called(name: str) -> None:
    assert words(played("change_freeze", name)) == {"run": name}
