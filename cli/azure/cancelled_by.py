"""Who cancelled a run. Pure.

Published are two messages: one of a cancellation by the user, through the API, and one of a
cancellation by the system, "due to internal platform failure". The system has two reasons that are
published: it could not deliver the pre event, or the schedule was made or changed less than 40
minutes before the run. The message is the same for both, so only the time of the last change can
tell them apart. Sources differ in spelling and case.
https://learn.microsoft.com/azure/update-manager/manage-pre-post-events#view-the-status-of-a-canceled-schedule-run
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cancel_client.answers import says_cancelled
from cli.azure.changes import changed_too_late

__all__ = ["CancelledBy", "Who", "by_system", "who_cancelled"]

Who = Literal["user", "system: schedule changed late", "system: pre event", "unknown"]

_USER = re.compile(r"cancell?ation\s+api", re.IGNORECASE)
_SYSTEM = re.compile(r"platform\s+failure", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledBy:
    """Who, and what that means for whoever wonders why nothing was patched."""

    who: Who
    means: str


def by_system(message: str) -> bool:
    """The message is that of a cancellation by the system."""
    return _SYSTEM.search(message) is not None


def who_cancelled(
    status: str, message: str, start: datetime | None, changed: datetime | None
) -> CancelledBy | None:
    """Who, by Azure's own message; None for a run that is not cancelled.

    `changed` is when the schedule was changed the last time, None if that is not known.
    """
    if not says_cancelled(status):
        return None
    if by_system(message):
        return _of_system(start, changed)
    if _USER.search(message):
        return CancelledBy(
            who="user",
            means="somebody called the cancellation API: a gate, a script, or the portal",
        )
    why = "Azure gives no message" if not message else "its message is none of the published ones"
    return CancelledBy(who="unknown", means=f"{why}, so nobody can tell")


def _of_system(start: datetime | None, changed: datetime | None) -> CancelledBy:
    if start is not None and changed is not None and changed_too_late(changed, start):
        return CancelledBy(
            who="system: schedule changed late",
            means=f"the schedule was changed at {changed:%H:%M} UTC, less than 40 minutes before"
            f" the start: change it earlier than {start:%H:%M} UTC minus 40 minutes",
        )
    means = "it could not deliver the pre event: look at the endpoint and the event subscription"
    if start is None or changed is None or changed >= start:
        means += "; or the schedule was changed less than 40 minutes before, which nothing shows"
    return CancelledBy(who="system: pre event", means=means)
