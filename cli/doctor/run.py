"""Questions about the next run: when it is, which machines it has, and what time it is."""

from __future__ import annotations

import shlex
from datetime import timedelta

from cli.azure.assignments import assigned_machines
from cli.azure.changes import changed_at, changed_too_late
from cli.azure.configurations import next_start
from cli.azure.doctor_clock import skew
from cli.azure.recurrence import BadSchedule
from cli.doctor.facts import Facts
from cli.doctor.finding import Finding, asking, failure, granting, ok, warning
from cli.render.words import count, span
from core.timeline import FROZEN

__all__ = ["clock", "configuration", "machines", "next_run"]

_GUEST = "inguestpatch"
_NOTICED, _TOO_FAR = timedelta(seconds=60), timedelta(seconds=120)


def configuration(question: str, facts: Facts) -> Finding:
    """It is there, and one that has pre and post events."""
    found = facts.configuration.get()
    if found.scope.lower() != _GUEST:
        says = f"its scope is {found.scope}: only those of InGuestPatch have events"
        return failure(question, says, "choose a configuration of the scope InGuestPatch")
    return ok(question, f"{found.id.name} in {found.location}")


def next_run(question: str, facts: Facts) -> Finding:
    """It is far enough away for what is mended now to be of use."""
    found, now = facts.configuration.get(), facts.azure.clock.now()
    show = f"az maintenance configuration show --ids {shlex.quote(str(facts.id))}"
    try:
        start = next_start(found, now)
    except BadSchedule as error:
        return failure(question, f"when it starts cannot be told: {error}", show)
    if start is None:
        return failure(question, "there is none: it has no window, or has expired", show)
    with asking("read when the configuration was changed", role="Reader", scope=str(facts.id)):
        changed = changed_at(facts.azure, facts.id)
    says = f"it starts in {span(start - now)}, at {start:%Y-%m-%d %H:%M} UTC"
    mend = f"patchgate runs list {facts.option}, and change nothing before the start"
    if changed_too_late(changed, start):
        late = "the schedule was changed less than 40 minutes before: Azure will cancel it"
        return failure(question, f"{says}; {late}", mend)
    if start - now <= FROZEN:
        return warning(question, f"{says}: too late for changes, Azure would cancel it", mend)
    return ok(question, says)


def machines(question: str, facts: Facts) -> Finding:
    """They are seen, in every subscription that has some; asked as whoever is signed in here."""
    scopes = facts.scopes.get()
    assigned = assigned_machines(facts.azure.graph, scopes, facts.azure.soon())
    gaps = tuple(dict.fromkeys((*scopes.gaps, *assigned.gaps)))
    if gaps:
        says = "; ".join(f"{gap.subject}: {gap.problem}" for gap in gaps[:5])
        more = f"; and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        remedies = dict.fromkeys(gap.remedy for gap in gaps[:5] if gap.remedy)
        return failure(question, says + more, "; ".join(remedies) or "try again")
    seen = {one.id.lower().split("/")[2] for one in assigned.machines}
    empty = [one for one in scopes.subscriptions if one not in seen]
    if empty:
        says = f"none is seen in {', '.join(empty)}: there is none now, or it cannot be read"
        grants = [granting("Reader", f"/subscriptions/{one}") for one in empty]
        return warning(question, says, " && ".join(grants))
    where = count(len(seen), "subscription")
    return ok(question, f"{count(len(assigned.machines), 'machine')} seen, in {where}")


def clock(question: str, facts: Facts) -> Finding:
    """This machine's clock agrees with Azure's: a timetable that is wrong here confuses people."""
    scope = f"/subscriptions/{facts.id.subscription}"
    with asking("tell Azure's time", role="Reader", scope=scope):
        away = skew(facts.azure, facts.id)
    says = f"{span(away)} {'behind' if away > timedelta() else 'ahead of'} Azure's"
    mend = "set this machine's clock by a time server: timedatectl set-ntp true"
    if abs(away) > _TOO_FAR:
        return failure(question, says, mend)
    if abs(away) > _NOTICED:
        return warning(question, says, mend)
    return ok(question, f"{span(away)} from Azure's, by the Date of an answer")
