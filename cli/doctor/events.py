"""Questions about the event subscriptions: are they there, and will they bring every event?"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from cli.azure.doctor_container import look_for
from cli.azure.event_grid_values import POST, PRE, EventSubscription
from cli.azure.metrics import measure
from cli.doctor.facts import Events, Facts
from cli.doctor.finding import Finding, Unanswered, asking, failure, granting, ok, warning
from cli.render.words import count

__all__ = ["dead_letters", "event_filter", "event_types", "retries", "subscription"]

_MINUTES, _ATTEMPTS = 30, 10  # as `patchgate events add` makes them


def subscription(question: str, facts: Facts) -> Finding:
    """There is one that takes pre events, in a state in which it works."""
    events = facts.events.get()
    ours = events.ours
    odd = [f"{one.name} is {one.state}" for one in ours if one.state not in ("", "Succeeded")]
    if events.topic is not None and events.topic.state not in ("", "Succeeded"):
        odd.append(f"the topic is {events.topic.state}")
    if odd:
        mend = f"patchgate events show {ours[0].name} {facts.option}"
        return failure(question, "; ".join(odd), mend)
    ends = [f"{one.name} expires at {one.expires}" for one in ours if one.expires]
    if ends:
        return warning(question, "; ".join(ends), _anew(ours[0], facts))
    others = len(events.everyone) - len(ours)
    more = f"; {count(others, 'other')} beside it" if others else ""
    return ok(question, f"{_names(ours)} sends to {ours[0].endpoint}{more}")


def event_types(question: str, facts: Facts) -> Finding:
    """Both events arrive."""
    ours = facts.events.get().ours
    if not any(one.takes(POST) for one in ours):
        says = "no post events are sent to it: how a run ended is not looked at"
        return warning(question, says, _edit(ours[0], facts, "--types both"))
    if twice := [kind for kind in (PRE, POST) if sum(one.takes(kind) for one in ours) > 1]:
        says = f"{_names(ours)} send the same events to one place: {', '.join(twice)}"
        mend = f"patchgate events remove {ours[-1].name} {facts.option}"
        return warning(question, says, mend)
    return ok(question, "pre and post events are sent")


def event_filter(question: str, facts: Facts) -> Finding:
    """Nothing hides an event of those types, and nothing else is asked for."""
    ours = facts.events.get().ours
    hiding = [f"{one.name}: {condition}" for one in ours for condition in one.conditions]
    if hiding:
        says = f"only some events are sent: {'; '.join(hiding)}"
        return failure(question, says, _anew(next(one for one in ours if one.conditions), facts))
    open_ = [one for one in ours if one.event_types is None]
    if open_:
        says = (
            f"{_names(open_)} has no type filter inside its properties (outside them it is not"
            " looked at): all events are sent"
        )
        return warning(question, says, _edit(open_[0], facts, "--types both"))
    return ok(question, "by type alone")


def retries(question: str, facts: Facts) -> Finding:
    """An event is tried as long as it is of use, and no longer."""
    usual = (_MINUTES, _ATTEMPTS)
    odd = [one for one in facts.events.get().ours if (one.ttl_minutes, one.max_attempts) != usual]
    if odd:
        each = (f"{o.name}: {o.ttl_minutes} minutes, {o.max_attempts} attempts" for o in odd)
        says = f"{'; '.join(each)}; of use are {_MINUTES} minutes, {_ATTEMPTS} attempts"
        return warning(question, says, _anew(odd[0], facts))
    return ok(question, f"tried for {_MINUTES} minutes, {_ATTEMPTS} times at most")


def dead_letters(question: str, facts: Facts) -> Finding:
    """Lost events are kept, and none was lost.

    Blobs are told to data-plane rights alone, so that "none" is a warning with the command.
    """
    events = facts.events.get()
    for one in events.ours:
        if one.dead_letter is None:
            says = f"{one.name} has no dead-letter container: lost events are kept nowhere"
            return warning(question, says, _edit(one, facts, "--dead-letter CONTAINER_ID"))
    lost, places = _lost(events, facts), _containers(events.ours)
    for place in places:
        with asking("read the dead-letter container", role="Reader", scope=place):
            look_for(facts.azure, place)
    show = "; ".join(map(_listing, places))
    if lost:
        return failure(question, f"{count(lost, 'event')} lost within 7 days, and kept", show)
    says = "none within 7 days, by the metrics; what is in the container is told to"
    return warning(question, f"{says} whoever has the right to read its blobs", show)


def _lost(events: Events, facts: Facts) -> int:
    """How many dead letters there were. Without the topic, nobody knows."""
    if events.topic is None:
        scope = f"/subscriptions/{facts.id.subscription}"
        says = "the system topic cannot be seen, so its metrics cannot"
        raise Unanswered(says, granting("Reader", scope))
    with asking("read the metrics", role="Monitoring Reader", scope=events.topic.id):
        _, own = measure(facts.azure, events.topic.id)
    names = {one.name.lower() for one in events.ours}
    return sum(own[name].week.dead_lettered for name in names & own.keys())


def _containers(ours: Sequence[EventSubscription]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.dead_letter for one in ours if one.dead_letter))


def _listing(container: str) -> str:
    parts = container.split("/")
    account, name = shlex.quote(parts[8] if len(parts) > 8 else "?"), shlex.quote(parts[-1])
    return f"az storage blob list --account-name {account} -c {name} --auth-mode login -o table"


def _names(ours: Sequence[EventSubscription]) -> str:
    return ", ".join(one.name for one in ours)


def _edit(one: EventSubscription, facts: Facts, option: str) -> str:
    return f"patchgate events edit {one.name} {facts.option} {option}"


def _anew(one: EventSubscription, facts: Facts) -> str:
    """Made anew: an edit leaves all else as it is."""
    of = f"{one.name} {facts.option}"
    return f"patchgate events remove {of} && patchgate events add {of} {' '.join(_to(one))}"


def _to(one: EventSubscription) -> Iterator[str]:
    app, found, function = one.endpoint.rpartition("/functions/")
    # The query of a webhook's URL may be a secret, which is not told.
    yield f"--to {shlex.quote(app) if found else 'WEBHOOK_URL'}"
    if found:
        yield f"--function {shlex.quote(function)}"
    if one.dead_letter is not None:
        yield f"--dead-letter {shlex.quote(one.dead_letter)}"
