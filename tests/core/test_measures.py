"""A report's numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from core.measures import METRICS, Measure, margin_of, measures, unknown_rate
from core.model import Gap
from core.report import (
    AftermathReport,
    Cancellation,
    CheckReport,
    Decision,
    GateReport,
    RescueReport,
    RestoreReport,
    Tally,
)
from core.timeline import plan
from tests.builders import CONFIGURATION, NOON, RUN

DRILL = RUN.rpartition("/")[0] + "/patchgate-drill-1"


def check(name: str, tally: Tally, *, required: bool = True) -> CheckReport:
    """A check that said so."""
    return CheckReport(
        name=name,
        title=name,
        scope="machine",
        required=required,
        on_unknown="cancel",
        origin="",
        tally=tally,
    )


def gate(**fields: object) -> GateReport:
    """A gate that was planned half an hour before noon and took a minute; the cut-off is 11:50."""
    planned = NOON - timedelta(minutes=30)
    base = GateReport(
        key="gate-x",
        run=RUN,
        configuration=CONFIGURATION,
        mode="enforce",
        ending="cancelled",
        timeline=plan(
            start=NOON,
            cancellation_cut_off=NOON - timedelta(minutes=10),
            now=planned,
            reserve=timedelta(minutes=5),
        ),
        finished_at=planned + timedelta(seconds=60),
        decision=Decision(action="cancel", because=(), at=planned + timedelta(seconds=20)),
        machine_count=3,
        checks=(
            check("disk", Tally(passed=6, blocked=1, unknown=3)),
            check("advice", Tally(unknown=4), required=False),
        ),
        gaps=(Gap(subject="machines", problem="p", remedy="r", kind="unknown"),),
        cancellation=Cancellation(confirmed=True, state="cancelled", attempts=2),
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def values(measured: tuple[Measure, ...], metric: str) -> dict[tuple[object, ...], float]:
    """The numbers of one metric, by the values of its attributes."""
    return {
        tuple(one.attributes[name] for name in one.metric.by): one.value
        for one in measured
        if one.metric.name == metric
    }


def test_a_gate_measures_its_times_its_answers_and_its_cancel() -> None:
    measured = measures(gate())
    assert values(measured, "patchgate.stories") == {("gate", "cancelled"): 1}
    assert values(measured, "patchgate.gate.duration") == {("cancelled",): 60}
    assert values(measured, "patchgate.gate.margin") == {("cancelled",): 20 * 60 - 20}
    assert values(measured, "patchgate.gate.overrun") == {}
    assert values(measured, "patchgate.gate.unknown_rate") == {("cancelled",): 0.3}
    assert values(measured, "patchgate.outcomes") == {
        ("gate", "check", "disk", "passed", True): 6,
        ("gate", "check", "disk", "blocked", True): 1,
        ("gate", "check", "disk", "unknown", True): 3,
        ("gate", "check", "advice", "unknown", False): 4,
    }
    assert values(measured, "patchgate.cancel.attempts") == {("gate",): 2}
    assert values(measured, "patchgate.cancel.confirmations") == {("gate", True): 1}
    assert values(measured, "patchgate.gaps") == {("unknown",): 1}


def test_a_decision_after_the_cut_off_is_no_negative_margin_but_an_overrun() -> None:
    """Histograms take no negative values."""
    late = gate(decision=Decision(action="cancel", because=(), at=NOON))
    assert margin_of(late) == -600
    assert values(measures(late), "patchgate.gate.overrun") == {("cancelled",): 600}
    assert values(measures(late), "patchgate.gate.margin") == {}


def test_no_answer_at_all_is_no_rate_of_unknown_ones() -> None:
    """A share of nothing would look like a gate that knew everything."""
    assert unknown_rate(gate(checks=(check("advice", Tally(unknown=1), required=False),))) is None
    assert values(measures(gate(checks=())), "patchgate.gate.unknown_rate") == {}


def test_a_gate_without_a_cancel_measures_none() -> None:
    names = {one.metric.name for one in measures(gate(cancellation=None, ending="proceeded"))}
    assert not any(name.startswith("patchgate.cancel.") for name in names)


def test_a_cancel_without_a_gate_is_measured() -> None:
    rescue = RescueReport(
        key="rescue-x",
        run=RUN,
        configuration=CONFIGURATION,
        by="watchdog",
        because="",
        cancellation=Cancellation(confirmed=False, state="", attempts=7),
        finished_at=NOON,
    )
    measured = measures(rescue)
    assert values(measured, "patchgate.stories") == {("rescue", "not confirmed"): 1}
    assert values(measured, "patchgate.cancel.attempts") == {("rescue",): 7}
    assert values(measured, "patchgate.cancel.confirmations") == {("rescue", False): 1}


def test_what_was_put_back_and_what_a_run_ended_as_is_measured() -> None:
    undone = (replace(check("start", Tally(passed=2)), kind="action"),)
    restore = RestoreReport(
        key="restore-x",
        run=RUN,
        configuration=CONFIGURATION,
        because="",
        finished_at=NOON,
        undone=undone,
    )
    assert values(measures(restore), "patchgate.outcomes") == {
        ("restore", "action", "start", "passed", True): 2
    }
    aftermath = AftermathReport(
        key="aftermath-x",
        run=RUN,
        configuration=CONFIGURATION,
        ended="installed",
        event_status="",
        status="",
        message="",
        results=(),
        finished_at=NOON,
        checks=(check("up", Tally(passed=1)),),
        undone=undone,
    )
    measured = measures(aftermath)
    assert values(measured, "patchgate.stories") == {("aftermath", "installed"): 1}
    assert len(values(measured, "patchgate.outcomes")) == 2


def test_every_measurement_has_the_attributes_of_its_metric_and_marks_drills() -> None:
    for report, drill in ((gate(), False), (gate(run=DRILL, ending="drill"), True)):
        for one in measures(report):
            assert set(one.attributes) == {*one.metric.by, "patchgate.drill"}
            assert one.attributes["patchgate.drill"] is drill
            assert one.value >= 0


def test_no_two_metrics_share_a_name() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def seconds_of(report: GateReport) -> dict[str, float]:
    """The times of a gate, by the names of their metrics."""
    return {one.metric.name: one.value for one in measures(report) if one.metric.unit == "s"}


def test_a_decision_at_the_cut_off_was_still_in_time() -> None:
    """And so was one half a second before."""
    cut_off = NOON - timedelta(minutes=10)
    for margin in (0.0, 0.5):
        at = cut_off - timedelta(seconds=margin)
        told = seconds_of(gate(decision=Decision(action="cancel", because=(), at=at)))
        assert told["patchgate.gate.margin"] == margin
        assert "patchgate.gate.overrun" not in told


def test_a_gate_takes_no_less_than_no_time() -> None:
    """Clocks of two workers may differ."""
    planned = NOON - timedelta(minutes=30)
    quick = gate(finished_at=planned + timedelta(seconds=0.5))
    before = gate(finished_at=planned - timedelta(seconds=2))
    assert seconds_of(quick)["patchgate.gate.duration"] == 0.5
    assert seconds_of(before)["patchgate.gate.duration"] == 0.0
