"""Whoever is killed on the way: a run is judged before its cut-off, and once.

Time runs while everybody waits, so that leases and timers cost nothing.
"""

from __future__ import annotations

from pathlib import Path

from tests.processes.judged import all_are_judged_once
from tests.processes.world import Run, State, world

# Where the worker is killed, and whether the run has to be cancelled in the end.
_POINTS = {
    "before start": True,  # the trigger has not asked for a story yet
    "after start": False,  # it has, and Event Grid has no answer: it delivers again
    "before list_checks": True,
    "replay 1": False,  # of the orchestrator
    "after find_machines": True,  # the step is done, and nobody has heard of it
    "before ask_check": False,
    "replay 4": True,
    "before PUT": True,  # the cancel call is about to leave
    "after PUT": True,  # the run is cancelled, and nobody has heard of it
    "after GET": True,  # it has been read back
}


def test_a_worker_that_is_killed_anywhere_keeps_no_run_from_being_judged(tmp_path: Path) -> None:
    """Kill -9 at ten points, for each in the story of another run: triggers, replays and steps.

    Whatever else the worker was doing dies with it, so that the earlier runs lose work, too.
    """
    with world(tmp_path) as w:
        runs: list[Run] = []
        for number, (place, blocked) in enumerate(_POINTS.items()):
            runs += w.plan([f"schedule-{number}-of-many"], blocked=blocked)
            w.employ(place, runs[-1].schedule)
            w.deliver(runs[-1:])
            w.kill_when_held()
        w.employ()
        all_are_judged_once(w, runs)


def test_a_worker_that_is_killed_at_the_end_has_not_judged_for_nothing(tmp_path: Path) -> None:
    """The decision is made and only to be announced: it stands."""
    with world(tmp_path) as w:
        runs = w.plan(["the-last-word"], blocked=False, minutes=16)
        w.employ("before announce", "the-last-word")
        w.deliver(runs)
        w.kill_when_held()
        w.employ()
        all_are_judged_once(w, runs)


def test_an_extension_that_is_killed_goes_on_from_what_is_on_its_disk(tmp_path: Path) -> None:
    """Kill -9 before anybody works, in the middle, and together with the worker."""
    with world(tmp_path) as w:
        runs = w.plan(["pinned"], blocked=True) + w.plan(["fine"], blocked=False)
        w.deliver(runs)
        w.kill_host()
        w.start_host()
        w.employ("before PUT", "pinned")
        w.until(lambda state: _steps(state) >= {"find_machines", "ask_check"})
        w.kill_host()
        w.start_host()
        w.kill_when_held()
        w.kill_host()
        w.start_host()
        w.employ()
        all_are_judged_once(w, runs)


def _steps(state: State) -> set[str]:
    return {name for instance in state["instances"] for _, name in instance["steps"]}
