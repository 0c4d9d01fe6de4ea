"""What the counts of Event Grid say, and what to do about it. Pure.

Published, matched and delivered should be the same:
https://learn.microsoft.com/azure/update-manager/manage-pre-post-events. A published event matches
once for each subscription that takes it, so matched and delivered are compared one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cli.azure.event_grid_values import PRE, EventSubscription
from cli.azure.metrics import Counts, Measured
from cli.render.words import count

__all__ = ["Advice", "advice"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One thing that differs. `about` is a subscription's name, None for the topic."""

    level: Literal["failure", "warning", "note"]
    about: str | None
    says: str
    do: str


def advice(
    topic: Measured, own: Mapping[str, Measured], subscriptions: Sequence[EventSubscription]
) -> tuple[Advice, ...]:
    """Everything that the last seven days call for; empty if all is well."""
    return (
        *_of_topic(topic.week, subscriptions),
        *(
            each
            for one in subscriptions
            for each in _of_one(one, own.get(one.name.lower(), Measured()))
        ),
    )


def _of_topic(week: Counts, subscriptions: Sequence[EventSubscription]) -> Iterator[Advice]:
    if not any(one.takes(PRE) for one in subscriptions):
        yield Advice(
            level="failure",
            about=None,
            says="no subscription takes pre events: nobody is told before a run",
            do="patchgate events add",
        )
    if week.not_published:
        yield Advice(
            level="failure",
            about=None,
            says=f"{count(week.not_published, 'event')} not published: Azure cancels such runs",
            do="see the run's status with patchgate runs list, and tell Azure support",
        )
    if week.unmatched:
        yield Advice(
            level="warning",
            about=None,
            says=f"{count(week.unmatched, 'event')} matched no subscription, and went to nobody",
            do="patchgate events edit NAME --types both",
        )
    if not week.published and not week.not_published:
        yield Advice(
            level="note",
            about=None,
            says="nothing was published within 7 days",
            do="if a run was due: patchgate runs list; when the next one is: patchgate timeline",
        )


def _of_one(one: EventSubscription, measured: Measured) -> Iterator[Advice]:
    week = measured.week
    missing = week.matched - week.delivered - week.dropped - week.dead_lettered
    if week.dropped:
        yield Advice(
            level="failure",
            about=one.name,
            says=f"{count(week.dropped, 'event')} dropped: never delivered, and kept nowhere",
            do=f"patchgate events edit {one.name} --dead-letter ID keeps them, with the reason",
        )
    if week.dead_lettered:
        yield Advice(
            level="failure",
            about=one.name,
            says=f"{count(week.dead_lettered, 'event')} never delivered, and kept as dead letters",
            do=f"read them in {one.dead_letter or 'the container'}: each says why it failed",
        )
    if missing > 0:
        yield Advice(
            level="failure",
            about=one.name,
            says=f"{count(missing, 'event')} matched and not delivered: lost or still tried",
            do="patchgate doctor: does the endpoint exist, and does it answer within 30 seconds?",
        )
    if week.failed:
        errors = ", ".join(f"{name} {number:,}" for name, number in measured.errors.items())
        told = f" ({errors})" if errors else ""
        yield Advice(
            level="warning",
            about=one.name,
            says=f"{count(week.failed, 'attempt')} failed{told}",
            do="the endpoint's own log says why: an app that starts slowly, a wrong key, an error",
        )
    if missing < 0:
        yield Advice(
            level="note",
            about=one.name,
            says=f"{count(-missing, 'event')} delivered more than once",
            do="nothing: Event Grid delivers at least once, and a gate judges a run once",
        )
