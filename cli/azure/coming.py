"""The next runs of a maintenance configuration, by its own schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cli.azure.changes import changed_at
from cli.azure.configurations import READ_CONFIGURATION, guest_configuration
from cli.azure.connection import Connection
from cli.azure.problems import in_words
from cli.azure.schedule import BadSchedule, Occurrence, Window, occurrences, window_from
from cli.exit_codes import NO
from cli.output import refuse
from core.ids import ConfigurationId

__all__ = ["Coming", "coming_runs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """The schedule, and what follows from it at `now`. `changed`: when it was, the last time."""

    window: Window
    changed: datetime | None
    now: datetime
    runs: tuple[Occurrence, ...]


def coming_runs(azure: Connection, id_: ConfigurationId, count: int) -> Coming:
    """The next `count` runs, or as many as there are. Leaves in words.

    It leaves also for a configuration of another scope than guest patching, and for a window that
    is not understood.
    """
    found = guest_configuration(azure, id_)
    with in_words("read the configuration", right=READ_CONFIGURATION, scope=str(id_)):
        changed = changed_at(azure, id_)
    now = azure.clock.now()
    try:
        window = window_from(found.window or {})
    except BadSchedule as error:
        refuse(f"{id_.name}: {error}", code=NO)
    return Coming(window=window, changed=changed, now=now, runs=occurrences(window, now, count))
