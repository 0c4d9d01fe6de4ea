"""Owners say on the machine itself that it must not be patched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from checks import Context, Machine, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Which tag, with which value, keeps a machine from being patched; both without case.

    `tag`: the tag's name.

    `value`: the word that opts out. Owners may add an end to it, as `never until 2026-12-31` or
    `never/2026-12-31`: a day, which is still included, or a moment such as `2026-12-31T18:00Z`.
    Both are UTC unless the moment says otherwise.
    """

    tag: str = "patch"
    value: str = "never"


@check(needs=("Microsoft.Compute/virtualMachines/read", "Microsoft.HybridCompute/machines/read"))
def opt_out_tag(machine: Machine, ctx: Context[OptOut]) -> Verdict:
    """No machine is tagged patch=never (tag and value are the site's choice).

    Asks: nothing more than Resource Graph's list of the run's machines, which has their tags.

    Blocks when: the machine has the tag with this value, and the run starts before the opt-out
    ends. One that names no end lasts, and so does one whose end cannot be read: the reason says so.

    UNKNOWN when: never. A machine whose tags cannot be read is a gap in the list of machines.

    Skipped when: never; a machine without the tag passes.

    Rights: Reader on the machines' subscriptions.
    """
    config = ctx.config
    value = machine.tags.get(config.tag)
    end = None if value is None else _after(config.value.strip(), value.strip())
    if end is None:
        return passed()
    seen = {"tag": config.tag, "value": value}
    said = f"tagged {config.tag}={value}"
    if not end:
        return blocked(said, **seen)
    until = _moment(end)
    if until is None:
        return blocked(f"{said}; {end!r} is no date, so it has not expired", **seen)
    if ctx.run.start < until:
        return blocked(said, **seen, expires=f"{until:%Y-%m-%d %H:%M} UTC")
    return passed(f"{said}, which has expired", **seen)


def _after(word: str, value: str) -> str | None:
    """What follows the opt-out word, empty if nothing does; None if the value does not opt out."""
    if value.casefold() == word.casefold():
        return ""
    rest = value[len(word) :]
    if not word or value[: len(word)].casefold() != word.casefold() or rest[:1].isalnum():
        return None  # another word, such as "nevertheless"
    rest = rest.strip(" \t/:;,=()")
    return rest[5:].strip() if rest.casefold().startswith("until") else rest


def _moment(text: str) -> datetime | None:
    """When the opt-out ends, in UTC; None if that is no date."""
    try:
        day = date.fromisoformat(text) if len(text) <= 10 else None
        moment = datetime.fromisoformat(text) if day is None else _end_of(day)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
