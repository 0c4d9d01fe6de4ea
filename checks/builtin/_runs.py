"""Words for how maintenance runs, and machines in them, stand.

Azure publishes no full list of them. Those here come from the SDK's `UpdateStatus`
(learn.microsoft.com/rest/api/maintenance/apply-updates/get), from the statuses of an installation
(learn.microsoft.com/azure/update-manager/query-logs), and from what users have seen.
"""

from __future__ import annotations

from typing import Literal

__all__ = ["Standing", "is_over", "short_run", "standing"]

Standing = Literal["good", "failed", "cancelled", "open", "strange"]

_WORDS: dict[str, Standing] = {
    **dict.fromkeys(("succeeded", "completed", "completedwithwarnings"), "good"),
    "noupdatespending": "good",
    **dict.fromkeys(("failed", "timedout", "completedwitherrors"), "failed"),
    **dict.fromkeys(("cancel", "cancelled", "canceled"), "cancelled"),
    **dict.fromkeys(("pending", "notstarted", "inprogress", "retrynow", "retrylater"), "open"),
}


def standing(status: str) -> Standing:
    """What Azure's word means; "strange" for one that is not known, and for none."""
    return _WORDS.get(status.strip().lower(), "strange")


def is_over(status: str) -> bool:
    """That run touches the machine no more, or never did. A word that is not known: it may."""
    return standing(status) in ("good", "failed", "cancelled")


def short_run(run: str) -> str:
    """A run's id as people read it: `Weekly/20260301020000`."""
    parts = run.strip("/").split("/")
    return f"{parts[7]}/{parts[11]}" if len(parts) == 12 else run or "a run without an id"
