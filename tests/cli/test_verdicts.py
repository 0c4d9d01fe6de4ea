"""Checks by machines: every verdict a word, and no run too large for a screen."""

from __future__ import annotations

from cli.render.verdicts import Verdicts
from cli.render.words import Names
from core.model import Status
from core.report import GateReport, Tally
from tests.cli.reports import BLOCKED, check, gate, lines, machine, outcome, shown


def table(report: GateReport, width: int = 80) -> list[str]:
    """The lines of the table."""
    names = Names(machine_.id for machine_ in report.machines)
    return shown(Verdicts(report, names), width).splitlines()


def row(report: GateReport, name: str) -> str:
    """The table's line of that machine."""
    return next(line for line in table(report) if line.startswith(name))


def test_each_verdict_is_a_word() -> None:
    tally = Tally(passed=3, blocked=1, unknown=1, skipped=1)
    outcomes = (
        outcome(Status.UNKNOWN, "web-1"),
        outcome(Status.BLOCKED, "web-2"),
        outcome(Status.SKIPPED, "web-3"),
    )
    report = gate(checks=(check(tally=tally, outcomes=outcomes),))
    words = {"web-1": "? UNKNOWN", "web-2": "✗ BLOCKED", "web-3": "- skipped", "web-4": "✓ pass"}
    for name, word in words.items():
        assert word in row(report, name)


def test_what_did_not_pass_comes_first() -> None:
    report = gate(checks=(BLOCKED,))
    assert table(report)[2].startswith("web-6")


def test_a_check_of_the_run_has_a_line_of_its_own() -> None:
    run_check = check(
        "calendar", scope="run", tally=Tally(unknown=1), outcomes=(outcome(Status.UNKNOWN),)
    )
    report = gate(checks=(check(), run_check))
    assert "? UNKNOWN" in row(report, "the whole run")
    assert row(report, "web-1").split() == ["web-1", "✓", "pass"]


def test_machines_that_a_report_does_not_list_follow_from_the_counts() -> None:
    """No answer for any machine is one outcome without a machine: then all of them are UNKNOWN."""
    silent = check(tally=Tally(unknown=6), outcomes=(outcome(Status.UNKNOWN),))
    assert "? UNKNOWN" in row(gate(checks=(silent,)), "web-3")


def test_where_the_counts_leave_it_open_nothing_is_claimed_and_the_counts_are_shown() -> None:
    half = check(tally=Tally(passed=3, unknown=3), outcomes=(outcome(Status.UNKNOWN),))
    text = table(gate(checks=(half,)))
    assert row(gate(checks=(half,)), "web-3").strip() == "web-3"
    assert text[-2].startswith("in all    ? 3 UNKNOWN")
    assert text[-1].strip() == "✓ 3 pass"


def test_ten_thousand_machines_need_no_more_lines_than_a_dozen() -> None:
    """Those that did not pass are named, up to ten, and the others counted."""
    bad = tuple(outcome(Status.BLOCKED, f"web-{n}") for n in range(1, 51))
    large = check(tally=Tally(passed=9950, blocked=50), outcomes=bad)
    report = gate(
        machine_count=10_000, machines=lines(500), checks=(large, check(tally=Tally(passed=10_000)))
    )
    text = table(report)
    assert len(text) < 18
    others = next(n for n, line in enumerate(text) if line.startswith("9,990 others"))
    assert "✗ 40 BLOCKED" in text[others]
    assert "✓ 9,990 pass" in text[others]
    assert "✓ 9,950 pass" in text[others + 1]


def test_ten_thousand_machines_that_passed_are_one_line() -> None:
    report = gate(
        machine_count=10_000, machines=lines(500), checks=(check(tally=Tally(passed=10_000)),)
    )
    assert [line for line in table(report) if "pass" in line] == ["all 10,000   ✓ 10,000 pass"]


def test_more_checks_than_columns_are_listed_one_below_the_other() -> None:
    checks = tuple(check(f"check_number_{n}") for n in range(12))
    text = table(gate(checks=(*checks, BLOCKED)))
    assert max(map(len, text)) <= 80
    assert any("pinned" in line and "✓ 5 pass ✗ 1 BLOCKED" in line for line in text)


def test_an_advisory_check_is_marked_as_that() -> None:
    assert any("(advisory)" in line for line in table(gate(checks=(check(required=False),))))


def test_no_check_and_no_machine_are_said_in_words() -> None:
    assert table(gate(checks=())) == ["no check was asked"]
    nobody = check(tally=Tally())
    assert not any(
        "pass" in line for line in table(gate(machine_count=0, machines=(), checks=(nobody,)))
    )


def test_a_machine_that_only_an_outcome_names_has_its_line() -> None:
    """A report names a few hundred machines; one that is blocked is shown in any case."""
    report = gate(machine_count=10_000, machines=(), checks=(BLOCKED,))
    assert "✗ BLOCKED" in row(report, "web-6")
    assert machine("web-6") not in "".join(table(report))
