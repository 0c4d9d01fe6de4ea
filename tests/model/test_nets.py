"""The nets below a gate, in stories that need them: the trigger that holds on, and the watchdog.

Chance makes few such stories, so these are made by hand, as are the changes that they must find.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from handlers import planning
from handlers.safety_net import last_resort, wards
from simulator.scenario import MachineGroup, Scenario
from tests.model.invariants import broken
from tests.model.story import Story, Stuck
from tests.model.world import play

NEVER = Scenario(machines=(MachineGroup(name="vm-{n:02}", count=2, tags={"patch": "never"}),))
UNTAKEN = Story(lead=2280.0, scenario=NEVER, stuck=(Stuck(seconds=4000.0, how="down"),))
SILENT = Story(lead=2280.0, scenario=NEVER, stuck=(Stuck(seconds=4000.0, how="silent"),))
TAKEN = Story(
    lead=2280.0,
    scenario=NEVER,
    stuck=(Stuck(after=0.3, seconds=4000.0, how="down"),),
    watched=True,
    named=True,
)
UNHEARD = replace(SILENT, deliveries=(), watched=True, named=True)


@pytest.mark.parametrize(
    "story",
    [UNTAKEN, SILENT, TAKEN, UNHEARD],
    ids=["no engine", "a silent engine", "an engine that stops", "no event and no engine"],
)
def test_a_run_is_cancelled_in_time_while_the_engine_is_stuck(story: Story) -> None:
    played = play(story)
    assert broken(played) == ()
    assert played.cancelled_at is not None


def _late_watchdog(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., datetime] = wards._due  # noqa: SLF001 - the change is made here
    monkeypatch.setattr(wards, "_due", lambda *times: real(*times) + timedelta(minutes=8))


def _late_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Any = planning.timeline_of

    def late(event: Any, policy: Any, now: datetime) -> Any:
        return replace(real(event, policy, now), check_by=event.start - timedelta(seconds=90))

    monkeypatch.setattr(last_resort, "timeline_of", late)


@pytest.mark.parametrize(
    ("change", "story"),
    [(_late_watchdog, TAKEN), (_late_watchdog, UNHEARD), (_late_trigger, UNTAKEN)],
    ids=["the watchdog, of a gate", "the watchdog, of a run", "the trigger"],
)
def test_a_net_that_comes_late_is_found(
    change: Callable[[pytest.MonkeyPatch], None], story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch)
    assert any("the first cancel call came" in sentence for sentence in broken(play(story)))


def test_a_watchdog_that_does_not_run_is_found() -> None:
    """The story says that it does, so the run must be cancelled."""
    played = play(replace(TAKEN, watched=False))
    assert any("cancel call" in sentence for sentence in broken(replace(played, story=TAKEN)))
