"""`patchgate explain`: the report of a gate for people."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core import wire
from core.report import Cancellation
from tests.cli.explain.told import AFTERMATH, CANCELLED, RESCUED, told
from tests.cli.published import hold
from tests.cli.reports import RUN, check, gate
from tests.cli.runs.world import app, patchgate


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A gate's report in a file."""
    path = tmp_path / "report.json"
    path.write_text(json.dumps(wire.dump(CANCELLED)), encoding="utf-8")
    return path


def test_a_report_says_what_decided_on_what_evidence_and_with_how_much_time(report: Path) -> None:
    ran = patchgate("explain", report)
    assert ran.code == 0
    for text in (
        "CANCELLED, and confirmed",
        "BLOCKED pinned: 1 of 6 machines: is pinned",
        "web-6 (saw tag=patch)",
        "would change it: unpin it",
        "Until the cut-off: 26 min 0 s when decided",
        "1 cancel call in all; confirmed by: read-back",
    ):
        assert text in ran.words


def test_a_report_comes_from_standard_input_as_well(report: Path) -> None:
    result = CliRunner().invoke(app, ["explain", "-"], input=report.read_bytes())
    assert result.exit_code == 0
    assert "CANCELLED, and confirmed" in result.stdout


def test_json_gives_the_report_back(report: Path) -> None:
    told = patchgate("explain", report, "--json").json
    assert told == {"reports": [wire.dump(CANCELLED)]}
    hold(told, "explain")


def test_how_often_a_check_was_asked_is_told(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(wire.dump(gate(checks=(check(asked=7),)))), encoding="utf-8")
    assert "(asked 7 times)" in patchgate("explain", path).words
    assert "| pinned | 6 | 0 | 0 | 0 | 7 |" in patchgate("explain", path, "--markdown").out


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (AFTERMATH, "RUN ENDED: failed"),
        (RESCUED, "CANCELLED without its gate, and confirmed"),
    ],
    ids=["aftermath", "rescue"],
)
def test_the_other_kinds_of_report_are_explained_too(
    value: object, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(told(wire.dump(value))), encoding="utf-8")
    assert said in patchgate("explain", path).words
    for form in ("--markdown", "--junit", "--json"):
        assert patchgate("explain", path, form).code == 0


def test_a_rescue_that_was_not_confirmed_is_an_alarm(tmp_path: Path) -> None:
    failed = replace(RESCUED, cancellation=Cancellation(confirmed=False, state="not confirmed"))
    path = tmp_path / "report.json"
    path.write_text(json.dumps(wire.dump(failed)), encoding="utf-8")
    ran = patchgate("explain", path)
    assert "CANCEL NOT CONFIRMED: machines may be patched" in ran.words
    assert "none was sent" in ran.words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        ("[]", "is no report of Patchgate"),
        ('{"kind": "holiday"}', "is no report of Patchgate"),
        ('{"kind": "gate"}', "is no report of Patchgate: key: Field required; and"),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=range(5),
)
def test_a_file_that_is_no_report_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    ran = patchgate("explain", path)
    assert ran.code == 2
    assert said in ran.problem


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say a RUN: a file with a report"),
        ((RUN,), "for a run's id or a key, say which app judged it: --app URL"),
        (("/",), "cannot be read"),
        (("x", "--markdown", "--junit"), "say one of --markdown, --junit and --json"),
        (("x", "--app", "ftp://a.example"), "must be like https://NAME.azurewebsites.net"),
        (("x", "--app", "http://a.example"), "must be like https://NAME.azurewebsites.net"),
        (("x", "--app", "https://a.example/x?y"), "must be like https://"),
        (("x", "--app", "https://u:p@a.example"), "must be like https://"),
        (("x", "--app", "https://[::1"), "is no URL"),
        (("x", "--app", "https://a.example", "--key", "a\nb"), "--key is not of the form"),
        (("x", "--app", "http://127.0.0.1:1"), "or the key of a gate"),
    ],
    ids=range(11),
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    ran = patchgate("explain", *arguments)
    assert ran.code == 2
    assert said in ran.problem
