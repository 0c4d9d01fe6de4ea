"""A check with a config of its own: runs start only on the days of the week that the site allows.

In gate.toml:

    [checks.patch_days.config]
    days = ["Sat", "Sun"]
    timezone = "Europe/Berlin"
"""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from checks import Context, Run, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchDays:
    """Days as `Mon` to `Sun`, in that time zone."""

    days: tuple[str, ...] = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    timezone: str = "UTC"


@check
def patch_days(run: Run, ctx: Context[PatchDays]) -> Verdict:
    """The run starts on a day on which the site patches."""
    start = run.start.astimezone(ZoneInfo(ctx.config.timezone))
    if f"{start:%a}" not in ctx.config.days:
        return blocked(f"starts on a {start:%A}", start=f"{start:%a %H:%M %Z}")
    return passed()
