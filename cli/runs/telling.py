"""A run in words, and as JSON: what all commands about runs share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.text import Text

from cancel_client.answers import says_cancelled
from cli.azure.cancelled_by import CancelledBy, by_system, who_cancelled
from cli.azure.changes import changed_at
from cli.azure.connection import Connection
from cli.azure.runs import RunRow
from cli.render.words import plain
from core.errors import ArmProblem
from core.ids import ConfigurationId

__all__ = ["Changes", "as_json", "counted", "status_text", "utc"]


class Changes:
    """When schedules were changed, asked of Azure once for each, and only where it matters."""

    def __init__(self, azure: Connection) -> None:
        self._azure = azure
        self._known: dict[ConfigurationId, datetime | None] = {}

    def who(self, run: RunRow) -> CancelledBy | None:
        """Who cancelled the run."""
        needed = says_cancelled(run.status) and by_system(run.message)
        changed = self._of(run.id.configuration) if needed else None
        return who_cancelled(run.status, run.message, run.start, changed)

    def _of(self, id_: ConfigurationId) -> datetime | None:
        """None also for one that cannot be read: then nothing shows when it was changed."""
        if id_ not in self._known:
            try:
                self._known[id_] = changed_at(self._azure, id_)
            except ArmProblem:
                self._known[id_] = None
        return self._known[id_]


def utc(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def status_text(run: RunRow) -> Text:
    """Azure's word for it, as loud as it should be."""
    word = run.status.lower()
    style = "yellow" if says_cancelled(word) else "red" if word == "failed" else ""
    return plain(run.status or "(not told)", style)


def counted(run: RunRow) -> str:
    """`4 Succeeded, 1 Failed`."""
    return ", ".join(f"{number:,} {status}" for status, number in sorted(run.machines.items()))


def as_json(run: RunRow, who: CancelledBy | None) -> dict[str, Any]:
    """The run for programs."""
    return {
        "id": str(run.id),
        "configuration": str(run.id.configuration),
        "name": run.id.name,
        "start": utc(run.start),
        "end": utc(run.end),
        "status": run.status,
        "message": run.message,
        "machines": dict(run.machines),
        "cancelled_by": None if who is None else who.who,
        "cancelled_means": None if who is None else who.means,
    }
