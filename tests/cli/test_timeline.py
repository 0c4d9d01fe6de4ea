"""The drawn timeline: what happened above the line, what was planned below it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.render.timeline import TimelineDrawing
from core.report import Cancellation, Decision
from core.timeline import plan
from tests.cli.reports import CONFIRMED, at, gate, shown, timeline


def test_planned_moments_stand_below_the_line_in_both_notations() -> None:
    text = shown(TimelineDrawing(gate()))
    for name in ("frozen", "machines by", "checks by", "cut-off", "start"):
        assert name in text
    for moment in ("T-40:00", "T-25:15", "T-12:30", "T-10:00", "02:47:30", "03:00:00"):
        assert moment in text
    assert "aimed before T-10:30" in text


def test_what_happened_stands_above_the_line_in_the_order_of_time() -> None:
    text = shown(TimelineDrawing(gate("cancelled")))
    order = ["event accepted", "decided: cancel", "first cancel call", "cancelled, confirmed"]
    assert sorted(order, key=text.index) == order
    assert "T-35:58 02:24:02  first cancel call" in text


def test_a_marker_stands_over_its_moment() -> None:
    """A decision at the deadline of the checks points at the tick of that deadline."""
    decision = Decision(action="proceed", because=(), at=at("02:47:30"))
    lines = shown(TimelineDrawing(gate(decision=decision)), width=80).splitlines()
    pointers = next(line for line in lines if "▼" in line)
    bar = next(line for line in lines if "━" in line)
    assert bar[pointers.rindex("▼")] == "┴"


def test_a_cancel_that_was_never_confirmed_is_marked_as_that() -> None:
    nothing = Cancellation(confirmed=False, state="not confirmed")
    report = gate("not confirmed", cancellation=nothing, finished_at=at("03:00:05"))
    assert "NEVER CONFIRMED" in shown(TimelineDrawing(report))


def test_an_event_after_the_start_is_drawn_too() -> None:
    report = gate("too late", timeline=timeline("03:05:00"), cancellation=None)
    assert "T+5:00 03:05:00  event accepted" in shown(TimelineDrawing(report))


@pytest.mark.parametrize("width", [20, 40, 80, 120, 400])
def test_no_line_is_longer_than_the_screen(width: int) -> None:
    text = shown(TimelineDrawing(gate("cancelled")), width=width)
    assert max(map(len, text.splitlines())) <= width


@given(
    planned=st.integers(-90, 90),
    decided=st.integers(0, 90),
    confirmed=st.integers(0, 90),
    width=st.integers(1, 200),
)
def test_any_order_of_moments_can_be_drawn(
    planned: int, decided: int, confirmed: int, width: int
) -> None:
    start = at("03:00:00")
    now = start + timedelta(minutes=planned)
    decision = Decision(action="cancel", because=(), at=now + timedelta(minutes=decided))
    cancelled = Cancellation(
        confirmed=True,
        state="cancelled",
        calls=CONFIRMED.calls,
        confirmed_at=decision.at + timedelta(minutes=confirmed),
    )
    line = plan(start=start, cancellation_cut_off=start, now=now, reserve=timedelta(minutes=2))
    report = gate("cancelled", timeline=line, decision=decision, cancellation=cancelled)
    assert "━" in shown(TimelineDrawing(report), width=width)  # the legend's, at least
