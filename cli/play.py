"""One story from its event to its end, and what was true in the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from cli.embedded import BEFORE, SPEED, AnyReport, Embedded, embedded
from cli.event_file import EventNow, ended_at
from core.clock import seconds_between
from handlers.keys import key_of
from simulator import Scenario

__all__ = ["Played", "Playing", "Script", "Truth", "playing"]

_SLACK = timedelta(minutes=10)  # of the story, after its latest end
_REAL_SLACK = 60.0  # seconds: for a slow machine
_UNTIL_POST = timedelta(seconds=90)  # from the end of a run until its post event


After = Literal["post event", "no post event"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played. `settings` are environment variables; `root` is where paths in them begin.

    With `after` the story goes on when the gate has ended: until all that was changed before the
    run has been put back, with a post event or without one.
    """

    now: EventNow
    scenario: Scenario
    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    speed: float = SPEED
    after: After | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How the run really stands, whatever any answer said, and how often it was to be cancelled.

    `powers` are those of its machines, by name.
    """

    status: str
    cancelled_at: datetime | None
    cancel_calls: int
    powers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A story that has ended: what it reports, and what is true.

    `later` is the report of what came after the gate, if that was played.
    """

    report: AnyReport
    truth: Truth
    later: AnyReport | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """A story under way."""

    script: Script
    world: Embedded
    key: str

    def end(self) -> Played:
        """Wait for its end. Raises `CannotStart` if it failed, TimeoutError if it hangs."""
        report = self.world.report(self.key, self._patience())
        later = self._later() if self.script.after else None
        azure = self.world.azure
        return Played(
            report=report,
            later=later,
            truth=Truth(
                status=azure.run_status,
                cancelled_at=azure.cancelled_at,
                cancel_calls=sum(seen.what == "cancel" for seen in azure.seen),
                powers=azure.power.of_all(),
            ),
        )

    def _later(self) -> AnyReport:
        """What comes after the gate, until everything has been put back."""
        event, clock = self.script.now.event, self.world.clock
        ends = event.start + timedelta(seconds=self.script.scenario.run.ends_after or 0.0)
        if self.script.after == "post event":
            at = ends + _UNTIL_POST
            clock.sleep(seconds_between(clock.now(), at))
            (receipt,) = self.world.deliver(ended_at(at, self.script.now))
            return self.world.report(receipt.key, self._patience())
        key = key_of("restore", event.run)
        window = (event.end - clock.now()).total_seconds()
        return self.world.report(key, self._patience() + window / self.script.speed)

    def _patience(self) -> float:
        now, wait = self.script.now, self.world.services.settings.results_wait
        longest = now.event.start - now.arrives if now.is_pre else timedelta(seconds=wait)
        return (longest + _SLACK).total_seconds() / self.script.speed + _REAL_SLACK


@contextmanager
def playing(script: Script) -> Iterator[Playing]:
    """Start a story; its world is gone when the block is left.

    Raises `BadScenario` for a scenario that does not go with the event, `BadPlugin` for checks
    whose loading does not end.
    """
    now = script.now
    with embedded(
        now.envelope,
        script.scenario,
        root=script.root,
        speed=script.speed,
        settings=script.settings,
        before=now.event.start - now.arrives if now.is_pre else BEFORE,
    ) as world:
        (receipt,) = world.deliver(now.envelope)
        yield Playing(script=script, world=world, key=receipt.key)
