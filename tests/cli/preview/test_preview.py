"""`patchgate preview`: the next run before its event exists."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.azure.assignments import assigned_machines, scopes_of
from cli.preview.graph import AheadGraph
from cli.preview.judging import Ahead, judge
from cli.preview.running import Wanted, run_preview
from core.report import Tally
from handlers.services import Services
from tests.cli.checks.commands import project
from tests.cli.published import hold
from tests.cli.runs.world import CONFIGURATION, RUN, Cloud, cloud, ended, patchgate
from tests.cli.served import Ran

AHEAD = timedelta(days=2)  # there are no rows of the run yet
SHIPPED = (
    "active_alerts",
    "agent_ready",
    "machines_running",
    "patch_assessment",
    "previous_runs",
    "recent_backup",
    "resource_health",
)
PINNED = '''
from checks import Machine, Verdict, blocked, check, passed


@check(patience=600)
def pinned(machine: Machine) -> Verdict:
    """No machine is pinned."""
    return blocked("is pinned") if "pin" in machine.tags else passed()
'''
BY_RUN = '''
from checks import Context, Run, Verdict, blocked, check, passed

OWN = "maintenanceresources | where tostring(properties.correlationId) has {run_id} | count"


@check
def by_run(run: Run, ctx: Context) -> Verdict:
    """The run has no odd rows."""
    return blocked("odd") if ctx.graph.ask(OWN) else passed()
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without checks of its own, which the commands are called in."""
    monkeypatch.chdir(project(tmp_path, {}))
    return tmp_path


def preview(azure: Cloud, *arguments: str) -> Ran:
    """On a machine that is busy, checks may take their time."""
    timeout = () if "--timeout" in arguments else ("--timeout", "600")
    return azure.run("preview", "--configuration", CONFIGURATION, *timeout, *arguments)


def verdicts(told: Any) -> dict[str, dict[str, int]]:
    """What each check said, without zeros."""
    return {
        check["name"]: {status: number for status, number in check["tally"].items() if number}
        for check in told["report"]["checks"]
    }


@pytest.mark.usefixtures("site")
def test_it_shows_the_machines_and_what_the_checks_say_now() -> None:
    with cloud(starts_in=AHEAD) as azure:
        shown, told = preview(azure), preview(azure, "--json")
        assert {seen.method for seen in azure.azure.seen} == {"GET", "POST"}
        assert azure.azure.run_status == "Pending"
        assert azure.asked("cancel") == azure.asked("read") == []
    assert shown.code == told.code == 0
    assert "AS IT LOOKS NOW, it would go ahead" in shown.words
    assert "nothing was cancelled, and nothing was written" in shown.words
    assert "dynamic scope everything: 3 machines" in shown.words
    assert "What this cannot know" in shown.words
    hold(told.json, "preview")
    assert told.json["would"] == "go ahead"
    assert len(told.json["machines"]) == 5
    assert verdicts(told.json) == {"machines_running": {"passed": 5}, "opt_out_tag": {"passed": 5}}


def test_actions_that_would_be_done_first_are_told_and_none_is_done(site: Path) -> None:
    """In the order of gate.toml; and the checks are asked about machines as they are."""
    config = "[actions.tag_machines.config]\ntags = { x = 'y' }\n"
    project(site, {"gate.toml": f"{config}[actions.start_machines]\n"})
    with cloud("[[machines]]\nname = 'off'\npower = 'deallocated'\n", starts_in=AHEAD) as azure:
        shown, told = preview(azure), preview(azure, "--json")
        assert {seen.method for seen in azure.azure.seen} == {"GET", "POST"}
        assert azure.azure.power.of(told.json["machines"][0]["id"]) == "deallocated"
    assert shown.code == told.code == 1
    hold(told.json, "preview")
    assert [one["name"] for one in told.json["actions"]] == ["tag_machines", "start_machines"]
    assert "1. tag_machines: Every machine of the run carries" in shown.words
    assert "no action was done to them" in shown.words


def test_an_action_that_cannot_be_done_speaks_against_the_run_ahead(site: Path) -> None:
    """As it will in its gate."""
    project(site, {"gate.toml": "[actions.tag_machines]\n"})
    with cloud(starts_in=AHEAD) as azure:
        told = preview(azure, "--json")
    assert (told.code, told.json["actions"]) == (1, [])
    (reason,) = told.json["report"]["decision"]["because"]
    assert reason["about"] == "tag_machines"


@pytest.mark.usefixtures("site")
def test_it_does_not_need_the_rows_of_the_run() -> None:
    """They come forty minutes before the start, at the earliest."""
    with cloud("[graph]\nlag = 604800\n", starts_in=AHEAD) as azure:
        told = preview(azure, "--json")
        assert azure.run("runs", "machines", RUN, "--json").json["machines"] == []
    assert told.code == 0
    assert len(told.json["machines"]) == 5
    assert verdicts(told.json)["machines_running"] == {"passed": 5}


@pytest.mark.usefixtures("site")
def test_a_machine_that_is_off_now_would_cancel_it() -> None:
    scenario = "[[machines]]\n[[machines]]\nname = 'off'\npower = 'deallocated'\n"
    with cloud(scenario, starts_in=AHEAD) as azure:
        ran = preview(azure)
    assert ran.code == 1
    assert "AS IT LOOKS NOW, it would be cancelled" in ran.words
    assert "is deallocated, not running" in ran.words
    assert "would change it" in ran.words


def test_checks_of_ones_own_are_asked_once_and_now(site: Path) -> None:
    (site / "my_checks" / "pinned.py").write_text(PINNED, encoding="utf-8")
    scenario = "[[machines]]\n[[machines]]\nname = 'p'\ntags = {pin = '1'}\n"
    with cloud(scenario, starts_in=AHEAD) as azure:
        told = preview(azure, "--json")
    assert told.code == 1
    assert verdicts(told.json)["pinned"] == {"passed": 1, "blocked": 1}


def test_a_query_that_goes_by_the_runs_own_rows_is_no_yes(site: Path) -> None:
    """It would find nothing, which this check takes for good news."""
    (site / "my_checks" / "by_run.py").write_text(BY_RUN, encoding="utf-8")
    with cloud(starts_in=AHEAD) as azure:
        told = preview(azure, "--json")
    assert told.code == 1
    assert verdicts(told.json)["by_run"] == {"unknown": 1}
    (check,) = [one for one in told.json["report"]["checks"] if one["name"] == "by_run"]
    assert "there are none before T-40" in check["outcomes"][0]["reason"]


def test_before_there_is_a_run_the_shipped_checks_say_what_they_say_later(site: Path) -> None:
    """The assigned machines stand in for the rows of the run, and nothing else is different."""
    policy = "".join(f"[checks.{name}]\n" for name in SHIPPED)
    (site / "gate.toml").write_text(policy, encoding="utf-8")
    scenario = (
        "[[machines]]\nname = 'a-{n}'\ncount = 2\nhealth = 'Unavailable'\n"
        "[[machines]]\nname = 'b'\nassessment = 'Failed'\nbackup_age = 400\n"
        "[[machines]]\nname = 'c'\nkind = 'arc'\npower = 'Disconnected'\n"
    )
    with cloud(scenario, starts_in=AHEAD) as azure:
        before, later = judged(azure, site, ahead=True), judged(azure, site, ahead=False)
    assert set(SHIPPED) <= set(before)
    assert before == later
    assert before["machines_running"] == Tally(passed=3, blocked=1)


def judged(azure: Cloud, site: Path, *, ahead: bool) -> dict[str, Tally]:
    """What each check says of the run: by its rows, or by assignments alone."""
    connection = azure.patient()
    services = Services(settings=connection.settings, root=site, clock=connection.clock)
    until = connection.clock.now() + timedelta(minutes=20)
    scopes = scopes_of(connection.graph, RUN.configuration, until)
    assigned = assigned_machines(connection.graph, scopes, until)
    if ahead:
        services.graph = AheadGraph(connection, RUN, assigned.machines)
    run = Ahead(
        run=RUN,
        start=azure.start,
        end=azure.start + timedelta(hours=2),
        assigned=assigned,
        by=until,
    )
    return {check.name: check.tally for check in judge(services, run).checks}


def test_a_check_that_hangs_is_waited_for_until_the_timeout(site: Path) -> None:
    hang = PINNED.replace("return blocked", "import time; time.sleep(60); return blocked")
    (site / "my_checks" / "pinned.py").write_text(hang, encoding="utf-8")
    with cloud(starts_in=AHEAD) as azure:
        told = preview(azure, "--timeout", "5", "--json")
    assert verdicts(told.json)["pinned"] == {"unknown": 5}


@pytest.mark.usefixtures("site")
def test_a_schedule_that_was_changed_too_late_is_warned_of() -> None:
    with cloud() as azure:
        azure.changed(azure.start - timedelta(minutes=35))
        ran = preview(azure)
    assert "the system will cancel it" in ran.words
    assert "its machines are frozen: patchgate runs machines has them" in ran.words


def test_a_policy_file_that_is_not_legal_is_refused(site: Path) -> None:
    (site / "gate.toml").write_text("mood = 'bad'\n", encoding="utf-8")
    with cloud(starts_in=AHEAD) as azure:
        ran = preview(azure)
    assert ran.code == 2
    assert "gate.toml:1" in ran.err


@pytest.mark.usefixtures("site")
def test_an_expired_schedule_has_no_next_run() -> None:
    with cloud("[configuration.window]\nexpirationDateTime = '2026-01-01 00:00'\n") as azure:
        ran = preview(azure)
    assert ran.code == 1
    assert "Weekly has no next run: its schedule has expired" in ran.problem


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize(
    ("status", "said"),
    [(403, "Microsoft.Maintenance/maintenanceConfigurations/read on"), (404, "it is not there")],
)
def test_a_refusal_names_what_is_missing(status: int, said: str) -> None:
    with cloud(f"[[faults]]\non = 'arm'\nalways = true\nstatus = {status}\n") as azure:
        ran = preview(azure)
    assert ran.code == 3
    assert said in ran.problem


@pytest.mark.usefixtures("site")
def test_throttling_is_waited_out(capsys: pytest.CaptureFixture[str]) -> None:
    fault = "[[faults]]\non = 'graph'\nfirst = 1\nstatus = 429\nretry_after = 4\n"
    with cloud(fault, starts_in=AHEAD) as azure:
        wanted = Wanted(configuration=CONFIGURATION, timeout=600, as_json=True)
        assert ended(lambda: run_preview(wanted, azure=azure.patient())) == 0
    assert '"would": "go ahead"' in capsys.readouterr().out


@pytest.mark.usefixtures("site")
def test_a_machine_that_is_assigned_and_cannot_be_read_would_cancel_it() -> None:
    scenario = (
        "[[machines]]\nname = 'seen'\nsubscription = 1\n"
        "[[machines]]\nname = 'spare'\nsubscription = 1\nin_run = false\n"
        "[[machines]]\nname = 'dark'\nsubscription = 1\nreadable = false\n"
    )
    with cloud(scenario, starts_in=AHEAD) as azure:
        told = preview(azure, "--json")
    assert told.code == 1
    assert [machine["name"] for machine in told.json["machines"]] == ["seen"]
    assert [gap["subject"] for gap in told.json["report"]["gaps"]] == ["machine dark"]


@pytest.mark.usefixtures("site")
def test_offline_and_bad_ids_are_one_sentence() -> None:
    bad = patchgate("preview", "--configuration", "weekly", "--arm", "http://127.0.0.1:1")
    assert (bad.code, "must have the form" in bad.problem) == (2, True)
    away = patchgate("preview", "--configuration", CONFIGURATION, "--arm", "http://127.0.0.1:1")
    assert (away.code, "cannot be reached" in away.problem) == (3, True)
