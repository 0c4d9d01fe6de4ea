"""One trace for all that happens about a run: its id follows from the id of the run.

So deliveries, steps on whatever worker, replays, the watchdog and the post event find the same
trace without being told, and an orchestrator has nothing to remember.
"""

from __future__ import annotations

import hashlib

from core.ids import RunId

__all__ = ["trace_of"]


def trace_of(run: RunId) -> tuple[int, int]:
    """The ids of the run's trace and of its root, for every letter case of the run's id.

    Neither is 0, which would be no id: https://www.w3.org/TR/trace-context/#trace-id
    """
    digest = hashlib.sha256(f"trace {run.key}".encode()).digest()
    return int.from_bytes(digest[:16]) or 1, int.from_bytes(digest[16:24]) or 1
