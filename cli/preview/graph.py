"""Resource Graph for checks of a run whose rows are not there yet.

Most queries of checks begin with the rows of the run's machines. Until T-40 there are none, and a
query would find nothing, which some checks take for good news. So that beginning is replaced by the
machines that are assigned; and a query that goes by the run in another way gets no answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from arg_queries.resource_graph import ResourceGraph, Rows
from cli.azure.connection import Connection
from core.ids import RunId
from core.kql import fill, without_comments
from core.model import Machine

__all__ = ["AheadGraph"]

_MOST = 2000  # machines named in one query
_AHEAD = Path(__file__).with_name("ahead.kql")
_HEAD = re.compile(
    r"maintenanceresources\s*"
    r"\|\s*where\s+type\s*=~\s*'microsoft\.maintenance/applyupdates'\s*"
    r"\|\s*where\s+(?:tostring\()?properties\.correlationId\)?\s*=~\s*'(?P<run>[^'\\]+)'",
    re.IGNORECASE,
)


class AheadGraph(ResourceGraph):
    """Answers as it will, as far as that can be known, once the run has these machines."""

    def __init__(self, azure: Connection, run: RunId, machines: Sequence[Machine]) -> None:
        super().__init__(azure.endpoint, azure.credential, azure.clock)
        self._run, self._machines = run, machines

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows:
        """As `ResourceGraph.ask`, with the run's machines in place of its rows."""
        if self._run.key not in query.lower():
            return super().ask(query, subscriptions, until)
        if len(self._machines) > _MOST:
            why = f"a preview asks about {_MOST:,} machines of one run at most"
            return Rows(rows=(), problem=why)
        asked = _HEAD.sub(self._assigned, query)
        if _without(self._machines_of_run(), asked, self._run):
            return super().ask(asked, subscriptions, until)
        why = "the query goes by the run's own rows, and there are none before T-40"
        return Rows(rows=(), problem=why)

    def _assigned(self, head: re.Match[str]) -> str:
        return self._machines_of_run() if head["run"].lower() == self._run.key else head[0]

    def _machines_of_run(self) -> str:
        text = without_comments(_AHEAD.read_text(encoding="utf-8")).strip()
        ids = [machine.id for machine in self._machines]
        return fill(text, {"machines": ids, "run_id": str(self._run)})


def _without(assigned: str, query: str, run: RunId) -> bool:
    """The query names the run nowhere but in what stands for its machines."""
    return run.key not in query.replace(assigned, "").lower()
