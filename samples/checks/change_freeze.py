"""A check with a config of its own: no run in the weeks when nothing may change.

In gate.toml:

    [checks.change_freeze.config]
    freezes = ["2026-12-18/2027-01-04"]
"""

from dataclasses import dataclass
from datetime import date

from checks import Context, Run, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Freezes as `first day/last day`, both included, in UTC."""

    freezes: tuple[str, ...] = ()


@check
def change_freeze(run: Run, ctx: Context[Calendar]) -> Verdict:
    """The run does not start in a change freeze."""
    for freeze in ctx.config.freezes:
        first, last = map(date.fromisoformat, freeze.split("/"))
        if first <= run.start.date() <= last:
            return blocked(f"change freeze until {last}", freeze=freeze)
    return passed()
