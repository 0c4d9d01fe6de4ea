"""How a story ended, in the log, as loud as it is bad."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import get_args

import pytest

from core.report import (
    AftermathReport,
    Cancellation,
    Decision,
    Ended,
    Ending,
    GateReport,
    Reason,
    RescueReport,
)
from core.timeline import plan
from handlers.steps.announce import announce, level_of
from tests.builders import CONFIGURATION, NOON, RUN

GATE = {
    "proceeded": logging.INFO,
    "cancelled": logging.WARNING,
    "would cancel": logging.WARNING,
    "too late": logging.ERROR,
    "not confirmed": logging.CRITICAL,
    "drill": logging.WARNING,
}
AFTERMATH = {
    "installed": logging.INFO,
    "cancelled by us": logging.INFO,
    "cancelled by somebody else": logging.WARNING,
    "cancelled by the system": logging.WARNING,
    "failed": logging.ERROR,
    "unknown": logging.ERROR,
}


def gate(ending: Ending, text: str = "is off") -> GateReport:
    """A gate that ended so."""
    reason = Reason(about="machines_running", text=text, remedy="start it")
    return GateReport(
        key="gate-x",
        run=RUN,
        configuration=CONFIGURATION,
        mode="enforce",
        ending=ending,
        timeline=plan(start=NOON, cancellation_cut_off=NOON, now=NOON, reserve=timedelta()),
        finished_at=NOON,
        decision=Decision(action="cancel", because=(reason,), at=NOON),
        machine_count=1,
    )


def aftermath(ended: Ended) -> AftermathReport:
    """A run that ended so."""
    return AftermathReport(
        key="aftermath-x",
        run=RUN,
        configuration=CONFIGURATION,
        ended=ended,
        event_status="Succeeded",
        status="",
        message="",
        results=(),
        finished_at=NOON,
    )


@pytest.mark.parametrize("ending", get_args(Ending))
def test_each_ending_of_a_gate_has_its_level(ending: Ending) -> None:
    """An unconfirmed cancel is the loudest thing the app can say; too late is an error."""
    assert level_of(gate(ending)) == GATE[ending]


@pytest.mark.parametrize("ended", get_args(Ended))
def test_each_ending_of_a_run_has_its_level(ended: Ended) -> None:
    """What nobody wanted is louder than what was planned."""
    assert level_of(aftermath(ended)) == AFTERMATH[ended]


@pytest.mark.parametrize("report", [gate("not confirmed"), aftermath("failed")])
def test_one_line_says_what_happened_to_which_run_and_where_the_report_is(
    report: GateReport | AftermathReport, caplog: pytest.LogCaptureFixture
) -> None:
    """At the level of the report."""
    with caplog.at_level(logging.DEBUG, logger="patchgate"):
        announce(report)
    (record,) = caplog.records
    assert record.levelno == level_of(report)
    line = record.getMessage()
    assert report.headline in line
    assert f"run {RUN}" in line
    assert line.endswith(f"report {report.key}")


def test_words_from_outside_begin_no_line_of_their_own(caplog: pytest.LogCaptureFixture) -> None:
    """A check's reason may hold anything, and any amount of it."""
    announce(gate("cancelled", "is off\nINFO all is well" * 1000))
    line = caplog.records[0].getMessage()
    assert "\n" not in line
    assert len(line) < 1200
    assert line.endswith("report gate-x")


def test_a_run_that_was_cancelled_without_its_gate_is_an_error_at_least() -> None:
    """The run is safe, and something of ours did not work."""

    def rescued(*, confirmed: bool) -> RescueReport:
        return RescueReport(
            key="rescue-x",
            run=RUN,
            configuration=CONFIGURATION,
            by="watchdog",
            because="its gate has no result",
            cancellation=Cancellation(confirmed=confirmed, state=""),
            finished_at=NOON,
        )

    assert level_of(rescued(confirmed=True)) == logging.ERROR
    assert level_of(rescued(confirmed=False)) == logging.CRITICAL
    assert "its gate has no result" in rescued(confirmed=True).headline
    assert "NOT CONFIRMED" in rescued(confirmed=False).headline
