"""Many events at once, with real processes. Quotas to the second are held in tests/storm."""

from __future__ import annotations

from pathlib import Path

from tests.processes.judged import all_are_judged_once
from tests.processes.world import world

_PUBLISHED = "[graph]\nquota = 15\n[arm]\nwrites = 200\nreads = 250\n"


def test_five_hundred_events_in_one_second_begin_five_hundred_stories(tmp_path: Path) -> None:
    """Each trigger answers, in real time and while the gates begin; no event begins a second one.

    Event Grid waits for 30 seconds. On a machine that is busy with other things some may be
    delivered again, which changes nothing.
    """
    with world(tmp_path, speed=1) as w:
        runs = w.foresee([f"schedule-{number}" for number in range(500)], minutes=35)
        w.employ()
        w.deliver(runs)
        state = w.until(lambda state: all(one["taken"] for one in state["deliveries"]))
        assert len(state["deliveries"]) == 500
        assert len({one["instanceId"] for one in state["instances"]}) == 500
        assert all(one["problems"] == [] for one in state["deliveries"])


def test_forty_runs_at_once_are_judged_under_the_quotas_of_azure(tmp_path: Path) -> None:
    """By the whole of it: triggers, replays, steps, real queries and real cancel calls."""
    with world(tmp_path, speed=4, rules=_PUBLISHED) as w:
        runs = w.plan([f"pinned-{number}" for number in range(10)], blocked=True, minutes=22)
        runs += w.plan([f"fine-{number}" for number in range(30)], blocked=False, minutes=22)
        w.employ()
        w.deliver(runs)
        all_are_judged_once(w, runs)
        assert w.truth()["answers"].get("graph 429", 0) == 0
