"""How the machines of runs that are over ended, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from checks.builtin._rows import Row, text
from checks.builtin._runs import Standing, standing
from plugins.reach import Graph

__all__ = ["Tally", "tallies"]

_QUERY = Path(__file__).with_name("previous_results.kql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The machines of one run, but for those that were cancelled.

    `unclear` are in no state that is final and known; `words` are what Azure says of these.
    """

    run: str
    counted: int
    failed: int
    unclear: int
    words: tuple[str, ...]

    @property
    def told(self) -> str:
        """The failed ones in a few words."""
        share = 100 * self.failed / self.counted if self.counted else 0
        return f"{self.failed} of {self.counted} machines failed ({share:.0f} %)"


def tallies(graph: Graph, runs: Sequence[str], subscriptions: Sequence[str]) -> dict[str, Tally]:
    """The tally of each run, by its id as it was given. Raises `CannotTell`."""
    if not runs:
        return {}
    rows = graph.ask(_QUERY, subscriptions=subscriptions, runs=list(runs))
    return {run: _tally(run, [r for r in rows if text(r, "run") == run.lower()]) for run in runs}


def _tally(run: str, rows: Sequence[Row]) -> Tally:
    counts: dict[Standing, int] = {}
    words: set[str] = set()
    for row in rows:
        how, machines = _how(row), row.get("machines")
        counts[how] = counts.get(how, 0) + (machines if isinstance(machines, int) else 0)
        if how in ("open", "strange"):
            words.add(text(row, "installed") or text(row, "status") or "nothing")
    unclear = counts.get("open", 0) + counts.get("strange", 0)
    failed = counts.get("failed", 0)
    return Tally(
        run=run,
        counted=failed + unclear + counts.get("good", 0),
        failed=failed,
        unclear=unclear,
        words=tuple(sorted(words)),
    )


def _how(row: Row) -> Standing:
    """The worse of what run and installation say; the run alone where nothing was installed."""
    of_run, installed = text(row, "status"), text(row, "installed")
    if "failed" in (standing(of_run), standing(installed)):
        return "failed"
    return standing(installed or of_run)
