"""What came of cancelling by hand, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from cli.azure.runs import RunRow
from cli.render.calls import render_calls
from cli.render.indented import section
from cli.render.words import plain, span
from cli.runs.showing import timeline_of, until_words
from cli.runs.telling import utc
from core import wire
from core.ids import RunId
from core.report import Cancellation

__all__ = ["Outcome", "as_json", "told"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The run as it stood before, what was done, and `at` when it began."""

    run: RunId
    before: RunRow | None
    at: datetime
    done: Cancellation
    reason: str = ""
    note: str = ""


def told(outcome: Outcome) -> Iterator[RenderableType]:
    """How it ended, how much time there was, and each call."""
    run, done = outcome.run, outcome.done
    if done.confirmed:
        yield Text("✗ CANCELLED, and confirmed: nothing is patched", style="bold yellow")
    else:
        yield Text("! NOT CONFIRMED: machines may be patched", style="bold red")
    yield Text.assemble(plain(run.configuration.name, "bold"), " · run ", plain(run.name))
    if outcome.note:
        yield plain(outcome.note)
        return
    yield Text.assemble(("because of ", "dim"), plain(outcome.reason))
    line = None if outcome.before is None else timeline_of(outcome.before, outcome.at)
    if line is None:
        yield Text("when it starts is not known, so neither is the time that is left")
    else:
        yield Text(f"when it was asked for: {until_words(line, outcome.at)}")
        if done.confirmed_at is not None:
            left = line.cut_off - done.confirmed_at
            word = "before" if done.confirmed_at <= line.cut_off else "AFTER"
            yield Text(f"confirmed {span(left)} {word} the cut-off")
    start = line.start if line is not None else outcome.at
    yield from section("Calls to cancel", render_calls(done, start))


def as_json(outcome: Outcome) -> dict[str, Any]:
    """All of it; `cancellation` as in a gate's report."""
    line = None if outcome.before is None else timeline_of(outcome.before, outcome.at)
    left = None if line is None else round((line.cut_off - outcome.at).total_seconds())
    return {
        "run": str(outcome.run),
        "configuration": str(outcome.run.configuration),
        "reason": outcome.reason,
        "note": outcome.note,
        "asked_at": utc(outcome.at),
        "start": None if line is None else utc(line.start),
        "cut_off": None if line is None else utc(line.cut_off),
        "seconds_left": left,
        "status_before": None if outcome.before is None else outcome.before.status,
        "cancellation": wire.dump(outcome.done),
    }
