"""`patchgate runs`: what has been and what is to come, and who cancelled it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.azure.cancelled_by import who_cancelled
from cli.runs.listing import run_list
from tests.cli.published import hold
from tests.cli.runs.world import BY_SYSTEM, BY_USER, CONFIGURATION, RUN, cloud, ended, patchgate

NOTHING = "[graph]\nlag = 3600\n"  # no row of the run is there yet
START = datetime(2026, 3, 1, 2, tzinfo=UTC)


def test_runs_are_listed_with_their_start_status_and_machines() -> None:
    with cloud() as azure:
        shown, told = azure.run("runs", "list"), azure.run("runs", "list", "--json")
    assert shown.code == told.code == 0
    assert f"{azure.start:%a %Y-%m-%d %H:%M} Weekly 20260301020000 Pending 5 Pending" in shown.words
    hold(told.json, "runs-list")
    assert [run["id"] for run in told.json["runs"]] == [str(RUN)]
    assert told.json["runs"][0]["machines"] == {"Pending": 5}


def test_only_runs_of_one_configuration_are_listed() -> None:
    with cloud() as azure:
        own = azure.run("runs", "list", "--configuration", CONFIGURATION.upper(), "--json")
        other = azure.run("runs", "list", "--configuration", CONFIGURATION + "-2", "--json")
    assert len(own.json["runs"]) == 1
    assert (other.code, other.json["runs"]) == (1, [])
    assert "no run of Weekly-2" in other.json["note"]


def test_no_run_is_said_with_where_was_looked() -> None:
    with cloud(NOTHING) as azure:
        ran = azure.run("runs", "list")
    assert ran.code == 1
    assert "no run starts later than 30 days ago, in 2 readable subscriptions" in ran.words


def test_what_may_be_hidden_is_not_no_run() -> None:
    with cloud("[graph]\nhidden_subscriptions = [1]\n") as azure:
        ran = azure.run("runs", "list", "--configuration", CONFIGURATION)
    assert ran.code == 3
    assert "you cannot read the configuration's subscription 11111111" in ran.problem


def test_a_run_shows_how_much_time_is_left() -> None:
    with cloud() as azure:
        shown, told = azure.run("runs", "show", RUN), azure.run("runs", "show", RUN, "--json")
    assert "until the cut-off" in shown.words
    assert "patchgate cancel RUN" in shown.words
    hold(told.json, "runs-show")
    assert 0 < told.json["seconds_left"] <= 20 * 60


def test_a_run_that_is_not_there_is_said_with_what_may_be_the_reason() -> None:
    with cloud(NOTHING) as azure:
        ran = azure.run("runs", "show", RUN)
    assert ran.code == 1
    assert "there is no row of the run 20260301020000 of Weekly that you can read" in ran.problem


def test_a_run_cancelled_by_the_user_is_told_with_the_published_message() -> None:
    with cloud(BY_USER) as azure:
        shown, told = azure.run("runs", "show", RUN), azure.run("runs", "list", "--json")
    assert "Azure says Maintenance cancelled using cancellation API at" in shown.words
    assert "cancelled by user" in shown.words
    hold(told.json, "runs-list")
    assert told.json["runs"][0]["cancelled_by"] == "user"


@pytest.mark.parametrize(
    ("before", "who"),
    [(timedelta(minutes=35), "schedule changed late"), (timedelta(days=4), "pre event")],
    ids=["changed late", "changed long ago"],
)
def test_the_last_change_tells_why_the_system_cancelled(before: timedelta, who: str) -> None:
    with cloud(BY_SYSTEM) as azure:
        azure.changed(azure.start - before)
        shown, told = azure.run("runs", "list"), azure.run("runs", "show", RUN, "--json")
    assert f"system: {who}" in shown.words
    assert "Maintenance cancelled due to internal platform failure" in shown.words
    hold(told.json, "runs-show")
    assert told.json["cancelled_by"] == f"system: {who}"


@pytest.mark.parametrize(
    ("status", "message", "changed", "who"),
    [
        ("Cancelled", "Maintenance cancelled using cancellation API at 2026", None, "user"),
        ("canceled", "MAINTENANCE CANCELED USING CANCELATION  API AT X", None, "user"),
        ("Cancelled", "… Internal Platform Failure at 2026", None, "system: pre event"),
        (
            "Cancelled",
            "internal platform failure",
            START - timedelta(minutes=39),
            "system: schedule changed late",
        ),
        ("Cancelled", "internal platform failure", START - timedelta(40), "system: pre event"),
        ("Cancelled", "internal platform failure", START + timedelta(1), "system: pre event"),
        ("Cancelled", "", None, "unknown"),
        ("Cancelled", "something else", None, "unknown"),
    ],
    ids=range(8),
)
def test_who_cancelled_follows_from_the_message_in_any_spelling(
    status: str, message: str, changed: datetime | None, who: str
) -> None:
    told = who_cancelled(status, message, START, changed)
    assert told is not None
    assert told.who == who
    # A change after the run hides the one before it: then both reasons are left.
    hidden = who == "system: pre event" and (changed is None or changed > START)
    assert ("which nothing shows" in told.means) == hidden


def test_nobody_cancelled_a_run_that_is_not_cancelled() -> None:
    assert who_cancelled("Pending", "using cancellation API", START, None) is None


def test_machines_are_listed_with_how_they_stand() -> None:
    with cloud() as azure:
        shown, told = (
            azure.run("runs", "machines", RUN),
            azure.run("runs", "machines", RUN, "--json"),
        )
    assert shown.code == told.code == 0
    assert "web-01 vm running Pending" in shown.words
    assert "branch-01 arc connected Pending" in shown.words
    hold(told.json, "runs-machines")
    assert len(told.json["machines"]) == 5


def test_after_the_run_machines_show_what_was_installed() -> None:
    scenario = (
        "[run]\nends_after = 1\n[[machines]]\nname = 'good'\n"
        "[[machines]]\nname = 'bad'\nresult = 'Failed'\n"
    )
    with cloud(scenario, starts_in=timedelta(hours=-1)) as azure:
        shown, told = (
            azure.run("runs", "machines", RUN),
            azure.run("runs", "machines", RUN, "--json"),
        )
    hold(told.json, "runs-machines")
    found = {one["name"]: one["installation"] for one in told.json["machines"]}
    assert (found["good"]["status"], found["good"]["installed"]) == ("Succeeded", 5)
    assert (found["bad"]["status"], found["bad"]["failed"]) == ("Failed", 2)
    assert "bad vm running Failed 3, 2 failed NotNeeded" in shown.words


def test_a_machine_that_cannot_be_read_is_no_machine_that_is_not_there() -> None:
    with cloud("[[machines]]\n[[machines]]\nname = 'dark'\nreadable = false\n") as azure:
        ran = azure.run("runs", "machines", RUN)
    assert ran.code == 1
    assert "1 machines of the run are there, but their details cannot be read" in ran.words


@pytest.mark.parametrize("command", ["show", "machines"])
@pytest.mark.parametrize("bad", ["20260301020000", CONFIGURATION, f"{RUN}/x", ""])
def test_an_id_that_is_none_says_what_one_looks_like(command: str, bad: str) -> None:
    ran = patchgate("runs", command, bad, "--arm", "http://127.0.0.1:1")
    assert ran.code == 2
    assert "must have the form {maintenance configuration id}/providers" in ran.problem


def test_a_configuration_id_that_is_none_is_refused() -> None:
    ran = patchgate("runs", "list", "--configuration", "weekly", "--arm", "http://127.0.0.1:1")
    assert ran.code == 2
    assert "must have the form /subscriptions/{guid}" in ran.problem


@pytest.mark.parametrize(
    "arguments", [("list",), ("show", RUN), ("machines", RUN)], ids=["list", "show", "machines"]
)
def test_offline_is_said_at_once(arguments: tuple[object, ...]) -> None:
    ran = patchgate("runs", *arguments, "--arm", "http://127.0.0.1:1")
    assert ran.code == 3
    assert "Azure cannot be reached: is this machine online" in ran.problem


def test_an_expired_login_is_said_at_once() -> None:
    with cloud("[[faults]]\nalways = true\nstatus = 401\n") as azure:
        ran = azure.run("runs", "list")
    assert ran.code == 3
    assert "the login has expired: az login" in ran.problem


def test_throttling_is_waited_out() -> None:
    with cloud("[[faults]]\non = 'graph'\nfirst = 3\nstatus = 429\nretry_after = 5\n") as azure:
        assert run_list(None, 30, None, as_json=True, azure=azure.patient()) == 0
        assert len(azure.asked("graph")) == 5


@pytest.mark.parametrize(
    ("status", "said"),
    [(429, "it answered 429"), (403, "it needs */read (the role Reader) on")],
    ids=[429, 403],
)
def test_a_refusal_that_stays_is_said_in_a_sentence(
    status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with cloud(f"[[faults]]\non = 'graph'\nalways = true\nstatus = {status}\n") as azure:
        code = ended(lambda: run_list(None, 30, None, as_json=True, azure=azure.patient()))
    assert code == 3
    problem = capsys.readouterr().err
    assert problem.startswith("patchgate: cannot list the runs: ")
    assert said in problem
