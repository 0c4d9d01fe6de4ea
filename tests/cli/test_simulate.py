"""`patchgate simulate`, from the command line to its exit code."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.project import HOME, SAMPLES, project_root
from cli.simulate import exit_code
from core import wire
from core.report import Ending, GateReport
from tests.cli.published import hold
from tests.cli.reports import gate

PRE = SAMPLES / "events" / "pre.eventgrid.json"
POST = SAMPLES / "events" / "post.cloudevents.json"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str


def simulate(*arguments: str | Path) -> Ran:
    """Run the command in this process."""
    result = CliRunner().invoke(app, ["simulate", *map(str, arguments)])
    return Ran(code=result.exit_code, out=result.stdout, err=result.stderr)


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """A pre event that arrives 16 minutes before the start, so that its story is short."""
    text = PRE.read_text(encoding="utf-8").replace("T02:22:00.1234567Z", "T02:44:00Z")
    return written(tmp_path / "late.json", text)


def written(path: Path, text: str) -> Path:
    """A file with that text."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


CHECK = '''
from checks import *

print("a check may print")

@check
def mine(machine: Machine, ctx: Context) -> Verdict:
    """Mine."""
    ctx.log.info("looked at %s", machine.name)
    return {answer}
'''


def test_a_run_that_would_go_ahead_is_0_and_told_in_words(late: Path, tmp_path: Path) -> None:
    checks = written(tmp_path / "own" / "mine.py", CHECK.format(answer="passed()")).parent
    ran = simulate(late, "--checks", checks, "--speed", "50")
    assert ran.code == 0, ran.out
    assert "GOES AHEAD" in ran.out
    assert "mine" in ran.out
    assert "Its times are moved by" in ran.out
    assert "so that it arrives now, at T-16:00" in ran.out
    assert "\x1b" not in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80
    assert "checks.mine: looked at sql-01" in ran.err


def test_a_cancelled_run_is_1_and_json_is_all_there_is_on_stdout(
    late: Path, tmp_path: Path
) -> None:
    """Even if a check prints. The times of the report are those of an event that came just now."""
    no = CHECK.format(answer='blocked("no", why="so")')
    checks = written(tmp_path / "own" / "mine.py", no).parent
    ran = simulate(late, "--json", "--checks", checks)
    assert ran.code == 1, ran.err
    hold(json.loads(ran.out), "simulate")
    report = wire.load(GateReport, json.loads(ran.out))
    assert report.ending == "cancelled"
    assert report.run.endswith("/applyUpdates/20261128030000")
    assert abs((report.timeline.planned_at - datetime.now(UTC)).total_seconds()) < 600
    assert "a check may print" in ran.err


def test_a_policy_of_the_users_choice_is_in_force(late: Path, tmp_path: Path) -> None:
    policy = written(
        tmp_path / "p.toml",
        'mode = "observe"\n[checks.opt_out_tag.config]\ntag = "service"\nvalue = "shop"\n',
    )
    ran = simulate(late, "--policy", policy)
    assert ran.code == 1, ran.err
    assert "WOULD CANCEL (observe mode)" in ran.out
    assert "tagged service=shop" in ran.out


def test_a_cancel_that_is_never_confirmed_is_3(tmp_path: Path) -> None:
    """The run starts less than a minute after the event, and no cancel call has an effect."""
    event = PRE.read_text(encoding="utf-8").replace("T02:22:00.1234567Z", "T02:59:15Z")
    scenario = SAMPLES / "scenarios" / "cancel-never-works.toml"
    ran = simulate(written(tmp_path / "e.json", event), "--scenario", scenario, "--speed", "60")
    assert ran.code == 3, ran.err
    assert "CANCEL NOT CONFIRMED" in ran.out


def test_a_post_event_reports_how_the_run_ended() -> None:
    ran = simulate(POST)
    assert ran.code == 0, ran.err
    assert "RUN ENDED: installed" in ran.out
    assert "5 machines: Succeeded" in ran.out


def test_a_post_event_knows_what_happened_before_it(tmp_path: Path) -> None:
    scenario = written(tmp_path / "s.toml", '[run]\ncancelled_by = "system"')
    ran = simulate(POST, "--json", "--scenario", scenario)
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["ended"] == "cancelled by the system"


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("{", "is not JSON"),
        ("[]", "must hold exactly one event"),
        ('{"eventType": "Microsoft.Storage.BlobCreated"}', "Microsoft.Storage.BlobCreated"),
        (PRE.read_text().replace("2026-11-28T03:00:00Z", "soon"), "StartDateTime is 'soon'"),
        (PRE.read_text().replace("applyupdates/2026", "applyupdates/../2026"), "CorrelationId"),
    ],
)
def test_a_bad_event_is_2_and_named_in_one_sentence(
    text: str, culprit: str, tmp_path: Path
) -> None:
    ran = simulate(written(tmp_path / "event.json", text), "--json")
    assert (ran.code, ran.out) == (2, "")
    assert culprit in ran.err
    assert "event.json" in ran.err
    assert "samples/events" in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "culprit"),
    [
        ("title = ", "not TOML"),
        ("colour = 'red'", "colour: there is no such key"),
        ("[[machines]]\nsubscription = 7", "is 7, but the event has 2"),
    ],
)
def test_a_bad_scenario_is_2_and_named(text: str, culprit: str, tmp_path: Path) -> None:
    ran = simulate(PRE, "--json", "--scenario", written(tmp_path / "s.toml", text))
    assert (ran.code, ran.out) == (2, "")
    assert culprit in ran.err


def test_a_file_that_is_no_text_is_2_and_named(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(b"\xff")
    ran = simulate(PRE, "--scenario", path)
    assert ran.code == 2
    assert "s.toml is not UTF-8 text" in ran.err


@pytest.mark.parametrize("option", ["--scenario", "--checks", "--policy"])
def test_a_file_that_is_not_there_is_2(option: str, tmp_path: Path) -> None:
    ran = simulate(PRE, option, tmp_path / "nowhere")
    assert ran.code == 2
    assert "nowhere" in re.sub(r"[│\s]", "", ran.err)  # a long path is broken into lines


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("proceeded", 0),
        ("cancelled", 1),
        ("would cancel", 1),
        ("not confirmed", 3),
        ("too late", 3),
        ("drill", 1),
    ],
)
def test_each_ending_has_its_exit_code(ending: Ending, code: int) -> None:
    assert exit_code(gate(ending)) == code


def test_help_documents_the_exit_codes() -> None:
    text = " ".join(simulate("--help").out.split())
    for words in (
        "0: the run would go ahead",
        "1: the run was cancelled",
        "2: the command",
        "3: the",
    ):
        assert words in text


def test_the_project_is_the_nearest_folder_of_a_functions_app(tmp_path: Path) -> None:
    inside = tmp_path / "app" / "my_checks"
    inside.mkdir(parents=True)
    written(tmp_path / "app" / "host.json", "{}")
    assert project_root(inside) == tmp_path / "app"
    assert project_root(tmp_path) == HOME


def test_the_users_own_project_is_in_force(
    late: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without options: `my_checks` and `gate.toml` of the project one stands in."""
    project = written(tmp_path / "app" / "host.json", "{}").parent
    written(project / "my_checks" / "mine.py", CHECK.format(answer='blocked("not on Fridays")'))
    written(project / "gate.toml", 'mode = "observe"')
    monkeypatch.chdir(project)
    ran = simulate(late)
    assert ran.code == 1, ran.err
    assert "not on Fridays" in ran.out
    assert "WOULD CANCEL" in ran.out
