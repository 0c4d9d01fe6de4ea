"""The calls that were made, with what is repeated told once."""

from __future__ import annotations

from cli.render.calls import folded, render_calls
from core.report import Cancellation
from tests.cli.reports import CONFIRMED, at, call, shown

START = at("03:00:00")


def test_a_call_is_told_with_time_method_answer_and_meaning() -> None:
    text = shown(render_calls(CONFIRMED, START))
    assert "02:24:02 T-35:58" in text
    assert "PUT" in text
    assert "200" in text
    assert "a call: accepted" in text
    assert "1 cancel call in all; confirmed by: read-back" in text


def test_equal_rounds_become_one() -> None:
    """Three cancel calls that did nothing, each with two looks: two lines, and no call is lost."""
    calls = [
        call(f"02:2{n}:{second}", method, meaning)
        for n in range(3)
        for second, method, meaning in (("00", "PUT", "ok"), ("10", "GET", "x"), ("20", "GET", "x"))
    ]
    last = [call("02:23:00", "PUT", "ok"), call("02:23:10", "GET", "cancelled")]
    told = folded([*calls, *last])
    assert [(line.first.method, line.times) for line in told] == [
        ("PUT", 3),
        ("GET", 6),
        ("PUT", 1),
        ("GET", 1),
    ]
    assert (told[1].first.at, told[1].last.at) == (at("02:20:10"), at("02:22:20"))


def test_rounds_with_other_answers_stay_apart() -> None:
    told = folded([call("02:20:00", "PUT", "throttled", 429), call("02:21:00", "PUT", "accepted")])
    assert [line.first.status for line in told] == [429, 200]


def test_calls_that_a_report_left_out_are_admitted() -> None:
    many = Cancellation(
        confirmed=False, state="?", attempts=72, calls=(call("02:24:00", "PUT", "accepted"),)
    )
    assert "72 cancel calls in all; the first and the last" in shown(render_calls(many, START))


def test_a_run_that_was_let_go_needed_no_call() -> None:
    assert "nothing was sent" in shown(render_calls(None, START))
