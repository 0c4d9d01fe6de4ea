"""One story from its event to its end, and what was true in the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from cli.embedded import BEFORE, SPEED, Embedded, embedded
from cli.event_file import EventNow
from core.report import AftermathReport, GateReport
from simulator import Scenario

__all__ = ["Played", "Playing", "Script", "Truth", "playing"]

_SLACK = timedelta(minutes=10)  # of the story, after its latest end
_REAL_SLACK = 60.0  # seconds: for a slow machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What is played. `settings` are environment variables; `root` is where paths in them begin."""

    now: EventNow
    scenario: Scenario
    root: Path
    settings: dict[str, str] = field(default_factory=dict)
    speed: float = SPEED


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """How the run really stands, whatever any answer said, and how often it was to be cancelled."""

    status: str
    cancelled_at: datetime | None
    cancel_calls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A story that has ended: what it reports, and what is true."""

    report: GateReport | AftermathReport
    truth: Truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Playing:
    """A story under way."""

    script: Script
    world: Embedded
    key: str

    def end(self) -> Played:
        """Wait for its end. Raises `CannotStart` if it failed, TimeoutError if it hangs."""
        report = self.world.report(self.key, self._patience())
        azure = self.world.azure
        return Played(
            report=report,
            truth=Truth(
                status=azure.run_status,
                cancelled_at=azure.cancelled_at,
                cancel_calls=sum(seen.what == "cancel" for seen in azure.seen),
            ),
        )

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
