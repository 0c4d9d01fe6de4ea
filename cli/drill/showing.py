"""A drill as people and programs read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console, RenderableType
from rich.text import Text

from cli.drill.event import DrillEvent
from cli.drill.steps import Step
from cli.render.indented import section
from cli.render.verdicts import by_check
from cli.render.words import plain, span
from cli.runs.telling import utc
from core import wire
from core.report import GateReport

__all__ = ["Drill", "as_json", "show"]

_TITLES = {
    "delivered": "event delivered",
    "judged": "judged",
    "token": "token for Azure",
    "read-back": "the run's own path",
    "right": "right to cancel",
}
_SIGNS = {True: ("✓", "green"), False: ("✗", "bold red")}
_WIDTH = max(map(len, _TITLES.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What came of it. `key` is that of its gate, and of its report."""

    event: DrillEvent
    app: str
    key: str
    sent_at: datetime
    ended_at: datetime
    steps: tuple[Step, ...]
    report: GateReport | None = None

    @property
    def reached(self) -> bool:
        """Every step was taken."""
        return all(step.ok for step in self.steps)


def show(out: Console, drill: Drill) -> None:
    """Print a line for each step, what the checks said, and the sum of it."""
    for part in _told(drill):
        out.print(part, soft_wrap=isinstance(part, Text))  # commands are there to be copied


def as_json(drill: Drill) -> dict[str, Any]:
    """The same for programs."""
    return {
        "configuration": str(drill.event.run.configuration),
        "run": str(drill.event.run),
        "app": drill.app,
        "key": drill.key,
        "sent_at": utc(drill.sent_at),
        "check_by": utc(drill.event.check_by),
        "ended_at": utc(drill.ended_at),
        "reached": drill.reached,
        "steps": [asdict(step) for step in drill.steps],
        "report": None if drill.report is None else wire.dump(drill.report),
    }


def _told(drill: Drill) -> Iterator[RenderableType]:
    run = drill.event.run
    yield Text.assemble("Drill of ", (run.configuration.name, "bold"), f", run {run.name}")
    for step in drill.steps:
        title = f" {_TITLES[step.step]:<{_WIDTH}}  "
        yield Text.assemble(_SIGNS[step.ok], title, plain(step.says, limit=1000))
        if step.mend:
            yield Text.assemble(" " * (_WIDTH + 4), ("→ ", "dim"), plain(step.mend, limit=2000))
    checks = drill.report.checks if drill.report is not None else ()
    if asked := [check for check in checks if check.tally.total]:
        yield from section("What the checks said", by_check(asked))
    yield Text()
    took = span(max(drill.ended_at - drill.sent_at, timedelta(seconds=1)))
    reached = "judged, and the cancel call was reached" if drill.reached else "NOT all was reached"
    yield Text(f"{reached}, in {took}; no run was touched", style="bold")
    if drill.report is not None:
        yield plain(f"patchgate explain {drill.key} --app {drill.app}", "dim", limit=400)
