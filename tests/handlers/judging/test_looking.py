"""Looks become rarer when they take long, once the machines are settled; never before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.durable_host import Done
from tests.stories import Site, at, looks, machines

_FIND_BY = at("02:34:45")  # for an event at 02:22


def _slow(seconds: float, growing: int = 0) -> Site:
    """Looks that take so long; the first ones see one machine more each."""
    seen: list[int] = []

    def look(request: Any, now: datetime) -> Done:
        seen.append(len(seen))
        total = min(len(seen), growing + 1)
        newcomers = (machines(f"m{total}"),) if len(seen) <= total else ()
        return looks(*newcomers, total=total, seconds=seconds)

    return Site(steps={"find_machines": look})


def test_quick_looks_are_as_many_as_ever() -> None:
    """At 0, 30, 90, 210 and 450 seconds, and shortly before the time is over."""
    assert len(_slow(1).judge().times("find_machines")) == 6


def test_slow_looks_are_few() -> None:
    """The two that have to agree, and a last one that begins early enough to come back."""
    judged = _slow(100).judge()
    times = judged.times("find_machines")
    assert len(times) == 3
    assert _FIND_BY - times[-1] >= timedelta(seconds=100)
    assert judged.report.ending == "proceeded"
    assert judged.report.warnings == ()


def test_two_looks_have_to_agree_however_slow_they_are() -> None:
    """A run that is not settled loses no look."""
    judged = _slow(300).judge()
    assert len(judged.times("find_machines")) == 2
    assert judged.report.ending == "proceeded"


def test_while_machines_appear_looks_stay_frequent() -> None:
    """Only after two that agree is there something to be spared."""
    growing = _slow(40, growing=5).judge()
    settled = _slow(40).judge()
    assert len(growing.times("find_machines")) > len(settled.times("find_machines"))
    assert growing.report.machine_count == 6


def test_in_hardly_any_time_one_look_that_came_back_is_enough() -> None:
    """A second one would not come back in time, and what did not answer is a gap."""
    judged = _slow(8).judge("02:46:50")
    assert len(judged.times("find_machines")) == 1
    assert judged.report.ending == "proceeded"
