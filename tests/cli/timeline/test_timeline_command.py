"""`patchgate timeline`: the times that matter, in UTC and in local time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.timeline.moments import moments, planned
from tests.cli.published import hold
from tests.cli.runs.world import CONFIGURATION, cloud, patchgate

SAMPLE = Path(__file__).parents[3] / "samples" / "events" / "pre.eventgrid.json"
POST = SAMPLE.with_name("post.eventgrid.json")
BERLIN = ("--zone", "W. Europe Standard Time")


def test_a_start_is_drawn_and_told_in_both_times() -> None:
    ran = patchgate("timeline", "2126-11-28T03:00Z", *BERLIN)
    assert ran.code == 0
    for text in ("T-40:00 02:20:00", "cut-off", "T-10:00 02:50:00 Thu 03:50:00"):
        assert text in ran.words
    assert "the last moment to cancel the run" in ran.words


def test_a_start_without_an_offset_is_local_time() -> None:
    told = patchgate("timeline", "2126-06-28T03:00", *BERLIN, "--json").json
    hold(told, "timeline")
    assert told["start"] == "2126-06-28T01:00:00Z"


def test_an_event_is_shown_at_its_own_times() -> None:
    told = patchgate("timeline", SAMPLE, "--json").json
    hold(told, "timeline")
    found = {moment["name"]: moment["utc"] for moment in told["moments"]}
    assert found["cut_off"] == "2026-11-28T02:50:00Z"
    assert found["end"] == "2026-11-28T05:00:00Z"
    assert told["run"].endswith("/applyUpdates/20261128030000")


def test_the_next_runs_of_a_configuration_are_listed_and_the_first_is_drawn() -> None:
    with cloud() as azure:
        shown = azure.run("timeline", "--configuration", CONFIGURATION, "--count", "3")
        told = azure.run("timeline", "--configuration", CONFIGURATION, "--json").json
    hold(told, "timeline")
    starts = [datetime.fromisoformat(one["start"]) for one in told["occurrences"]]
    first = azure.start.replace(second=0)
    assert starts == [first + timedelta(weeks=n) for n in range(5)]
    assert f"Week {first:%A}, UTC" in shown.words
    assert "The next one" in shown.words
    for opening in starts[:3]:
        assert f"{opening:%a %Y-%m-%d %H:%M} {opening:%a %Y-%m-%d %H:%M} UTC" in shown.words
    assert f"{starts[3]:%Y-%m-%d}" not in shown.words


def test_a_configuration_has_a_zone_of_its_own_and_clocks_that_change() -> None:
    window = (
        "[configuration.window]\nstartDateTime = '2026-01-01 02:30'\n"
        "timeZone = 'W. Europe Standard Time'\nrecurEvery = 'Month Last Sunday'\n"
    )
    with cloud(window) as azure:
        told = azure.run(
            "timeline", "--configuration", CONFIGURATION, "--count", "30", "--json"
        ).json
    doubts = [one["doubt"] for one in told["occurrences"] if one["doubt"]]
    assert any("is skipped by the clock change" in doubt for doubt in doubts)
    assert any("comes twice by the clock change" in doubt for doubt in doubts)
    assert told["occurrences"][0]["local"].endswith(("+01:00", "+02:00"))


def test_a_schedule_that_was_changed_too_late_is_warned_of() -> None:
    with cloud() as azure:
        azure.changed(azure.start - timedelta(minutes=35))
        late = azure.run("timeline", "--configuration", CONFIGURATION)
        azure.changed(azure.start - timedelta(days=1))
        fine = azure.run("timeline", "--configuration", CONFIGURATION)
    assert "the system will cancel that one" in late.words
    assert "the system will cancel" not in fine.words


def test_a_schedule_that_has_expired_has_no_next_run() -> None:
    with cloud("[configuration.window]\nexpirationDateTime = '2026-01-01 00:00'\n") as azure:
        ran = azure.run("timeline", "--configuration", CONFIGURATION)
    assert ran.code == 1
    assert "it has no further run: its schedule has expired" in ran.words


def test_a_rule_that_nobody_knows_is_said() -> None:
    with cloud("[configuration.window]\nrecurEvery = 'Fortnightly'\n") as azure:
        ran = azure.run("timeline", "--configuration", CONFIGURATION)
    assert ran.code == 1
    assert "Weekly: recurEvery 'Fortnightly' is none of the published forms" in ran.problem


def test_what_is_published_nowhere_is_said() -> None:
    with cloud("[configuration.window]\nrecurEvery = 'Month day31'\n") as azure:
        ran = azure.run("timeline", "--configuration", CONFIGURATION)
    assert "what happens in a month without a day 31 is not published" in ran.words


def test_a_configuration_of_another_scope_is_refused() -> None:
    with cloud("[configuration]\nscope = 'Host'\n") as azure:
        ran = azure.run("timeline", "--configuration", CONFIGURATION)
    assert ran.code == 2
    assert "of the scope Host" in ran.problem


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "Microsoft.Maintenance/maintenanceConfigurations/read on /subscriptions/"),
        (404, "it is not there, or you cannot read it"),
    ],
)
def test_a_refusal_names_what_is_missing(status: int, said: str) -> None:
    with cloud(f"[[faults]]\non = 'arm'\nalways = true\nstatus = {status}\n") as azure:
        ran = azure.run("timeline", "--configuration", CONFIGURATION)
    assert ran.code == 3
    assert said in ran.problem


def test_offline_is_said_at_once() -> None:
    ran = patchgate("timeline", "--configuration", CONFIGURATION, "--arm", "http://127.0.0.1:1")
    assert ran.code == 3
    assert "cannot read the configuration: Azure cannot be reached" in ran.problem


def test_throttling_is_waited_out() -> None:
    with cloud("[[faults]]\non = 'arm'\nfirst = 1\nstatus = 429\nretry_after = 1\n") as azure:
        assert azure.run("timeline", "--configuration", CONFIGURATION).code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say one: a START, the file of an event, or --configuration ID"),
        (("2026-11-28T03:00Z", "--configuration", CONFIGURATION), "say one"),
        (("soon",), "'soon' is neither a start"),
        (("1999-01-01T00:00Z",), "a year from 2000 to 2199"),
        ((POST,), "holds a post event"),
        ((Path(__file__),), "is not JSON"),
        ((Path(__file__).parent,), "cannot be read"),
        (("2026-11-28T03:00Z", "--zone", "Mars/Base"), "is no time zone"),
        (("2026-11-28T03:00Z", "--zone", "../../etc/passwd"), "is no time zone"),
        (("--configuration", "weekly"), "must have the form"),
    ],
    ids=range(10),
)
def test_bad_input_is_one_sentence(arguments: tuple[object, ...], said: str) -> None:
    ran = patchgate("timeline", *arguments)
    assert ran.code == 2
    assert said in ran.problem


@given(
    ahead=st.timedeltas(timedelta(days=-2), timedelta(days=400)),
    reserve=st.timedeltas(timedelta(), timedelta(hours=2)),
)
def test_moments_come_in_order_and_end_with_the_start(ahead: timedelta, reserve: timedelta) -> None:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    line = planned(now + ahead, now=now, reserve=reserve)
    found = moments(line)
    assert [moment.at for moment in found] == sorted(moment.at for moment in found)
    assert found[-1].at == line.start
    names = [moment.name for moment in found]
    assert len(set(names)) == len(names)
    assert ("check_by" in names) == (line.planned_at <= line.cut_off)
