"""What holds in every story, each with its own sentence. `broken` names those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from core import wire
from core.errors import CannotStart
from core.report import AftermathReport, GateReport, RescueReport
from handlers.keys import key_of
from tests.durable_history import Instance
from tests.model.envelopes import START
from tests.model.oracle import arrival_of, check_by, covered, fate_of
from tests.model.world import Attempt, Played

__all__ = ["broken"]

_HOST = "management.azure.com"
_ROUND = 100.0  # seconds: a round of the cancel call, its grace and the pause after it
_A_MOMENT = 3.0  # seconds: the engine's own ways, and a request's
_REPORTS = {"gate": GateReport, "aftermath": AftermathReport, "rescue": RescueReport}


def broken(played: Played) -> tuple[str, ...]:
    """A sentence for each invariant that does not hold; empty if all is well."""
    return tuple(sentence for invariant in _INVARIANTS for sentence in invariant(played))


def _kept_promise(played: Played) -> Iterator[str]:
    """A run that must not start is not patched, unless Azure never took the cancel call."""
    if fate_of(played.story) != "cancel" or played.cancelled_at is not None:
        return
    if not covered(played.story):
        return
    gate = _gate(played)
    if gate is None and not _could_be_taken(played):
        return
    if _heard_before(played) <= 0:
        return
    if not played.ours:
        yield "THE PROMISE: the run must be cancelled, and no cancel call was ever sent"
        return
    last = (START - played.ours[-1].at).total_seconds()
    if last > _ROUND + _lost(played):
        yield f"THE PROMISE: the last cancel call was sent {last:g} seconds before the start"
    if gate is not None and gate.output and gate.output["ending"] not in _HONEST:
        yield f"THE PROMISE: the run is patched, and its report says {gate.output['ending']!r}"


_HONEST = ("not confirmed", "too late")


def _let_go(played: Played) -> Iterator[str]:
    """A run that is fine is never cancelled by us."""
    if fate_of(played.story) != "proceed":
        return
    if played.ours:
        yield f"a run that is fine was cancelled by us at {played.ours[0].at:%H:%M:%S}"
    gate = _gate(played)
    if gate is not None and gate.output and gate.output["ending"] not in _LET_GO:
        yield f"a run that is fine ended as {gate.output['ending']!r}"


_LET_GO = ("proceeded", "would cancel", "too late")


def _judged_once(played: Played) -> Iterator[str]:
    """At most one judgement of a run."""
    for kind in ("gate", "aftermath", "rescue"):
        count = played.starts.count(key_of(kind, played.event.run))
        if count > 1:
            yield f"the {kind} of the run was started {count} times"


def _no_other_run(played: Played) -> Iterator[str]:
    """No cancel for another run than the event's."""
    for sent in played.ours:
        if sent.path.lower() != played.event.run.key or sent.method != "PUT":
            yield f"{sent.method} {sent.path} is not the cancel call of the event's run"


def _not_after_the_start(played: Played) -> Iterator[str]:
    """No cancel after the start, by our clock."""
    for sent in played.ours:
        if sent.at >= START:
            yield f"a cancel call was sent at {sent.at:%H:%M:%S}, after the start"


def _no_other_host(played: Played) -> Iterator[str]:
    """No request to another host, and none without our token."""
    for sent in played.sent:
        if sent.host != _HOST or not sent.authorised:
            yield f"a request went to {sent.host!r} (with a token: {sent.authorised})"


def _well_formed(played: Played) -> Iterator[str]:
    """Azure never refuses a request because of what it says."""
    for at, status in played.refused:
        yield f"Azure answered {status} to a cancel call at {at:%H:%M:%S}, and not for a fault"


def _in_time(played: Played) -> Iterator[str]:
    """No stage before the cancel waits past the time by which checks must have answered."""
    gate = _gate(played)
    if gate is None or played.story.stuck:
        return
    created = (START - gate.created).total_seconds()
    if created <= 0:
        return
    limit = check_by(played.story, created) - _A_MOMENT - 2 * played.story.latency - _lost(played)
    report = gate.output or {}
    if report.get("ending") in ("cancelled", "not confirmed"):
        if not played.ours and not played.story.deaths:
            yield f"the report says {report['ending']!r}, and no cancel call was sent"
        elif played.ours and (first := (START - played.ours[0].at).total_seconds()) < limit:
            yield f"the first cancel call came {limit - first:g} seconds after check_by"
    if report.get("ending") in ("proceeded", "would cancel"):
        decided = (START - datetime.fromisoformat(report["finished_at"])).total_seconds()
        if decided < limit:
            yield f"the gate waited {limit - decided:g} seconds past check_by"


def _net_in_time(played: Played) -> Iterator[str]:
    """Whatever is stuck, the first cancel call leaves before the cut-off, or a minute later."""
    story = played.story
    if fate_of(story) != "cancel" or story.deaths or not covered(story):
        return
    if played.cancelled_at is not None and not played.ours:
        return  # somebody else did
    # When it was heard, and not when a gate began: a stuck engine may begin one after the start.
    if (arrival_of(story) or 0.0) - _margin(played) < _EARLY:
        return
    left = (START - played.ours[0].at).total_seconds() if played.ours else 0.0
    if left < _CUT_OFF - 60.0 - 4 * story.latency - abs(story.skew):
        yield f"the first cancel call came {left:g} seconds before the start"


_EARLY, _CUT_OFF = 720.0, 600.0  # seconds before the start


def _reported(played: Played) -> Iterator[str]:
    """A report for every event that was accepted."""
    known = {instance.id: instance for instance in played.instances}
    for attempt in played.attempts:
        for receipt in attempt.result if isinstance(attempt.result, tuple) else ():
            if receipt.key and receipt.outcome != "cancelled by the trigger":
                yield from _has_report(known.get(receipt.key), receipt.key)
    for instance in played.instances:
        yield from _has_report(instance, instance.id)


def _has_report(instance: Instance | None, key: str) -> Iterator[str]:
    if instance is None:
        yield f"{key} was accepted, and is not there"
    elif instance.state != "Completed":
        yield f"{key} ended as {instance.state}: {instance.error[:300]}"
    else:
        kind: Any = _REPORTS[instance.name]
        report = wire.load(kind, instance.output)
        if report.key != key:
            yield f"{key} has the report of {report.key}"


def _says_what_is(played: Played) -> Iterator[str]:
    """What a report says of the cancel call is true."""
    gate = _gate(played)
    report = (gate.output if gate else None) or {}
    ending, ours = report.get("ending"), bool(played.ours)
    if ending == "cancelled" and played.cancelled_at is None:
        yield "the report says that the run is cancelled, and it is not"
    # A rescue that no engine took is told in the log alone.
    rescued = played.story.stuck or any(i.name == "rescue" for i in played.instances)
    if ours and ending in ("would cancel", "too late", "proceeded") and not rescued:
        yield f"the report says {ending!r}, and cancel calls were sent"
    if ours and played.story.policy.mode == "observe" and not played.story.policy.broken:
        yield "a cancel call was sent in observe mode"
    for instance in played.instances:
        if instance.name == "rescue" and instance.output:
            confirmed = instance.output["cancellation"]["confirmed"]
            if confirmed and played.cancelled_at is None:
                yield "the rescue says that the run is cancelled, and it is not"


def _no_fault_of_ours(played: Played) -> Iterator[str]:
    """Nothing breaks in the app itself."""
    for crash in played.crashes:
        yield f"the watchdog raised {crash}"
    for attempt in played.attempts:
        yield from _odd(attempt)
    gate = _gate(played)
    for gap in ((gate.output if gate else None) or {}).get("gaps", ()):
        if gap["kind"] == "fault":
            yield f"the gate found a fault of its own: {gap['problem']}"
    for instance, name, request, message in played.failed_steps:
        yield f"step {name} of {instance} raised {message} for {str(request)[:300]}"


def _odd(attempt: Attempt) -> Iterator[str]:
    result = attempt.result
    if isinstance(result, BaseException) and not isinstance(result, CannotStart):
        yield f"the trigger raised {type(result).__name__}: {result}"


def _undisturbed(played: Played) -> Iterator[str]:
    """The watchdog leaves a gate alone that is well."""
    if fate_of(played.story) != "proceed" or played.story.deaths:
        return
    if any(instance.name == "rescue" for instance in played.instances):
        yield "the run was rescued, although its gate was well"


def _gate(played: Played) -> Instance | None:
    key = key_of("gate", played.event.run)
    return next((i for i in played.instances if i.id == key), None)


def _lost(played: Played) -> float:
    """Seconds that deaths may have cost, leases included."""
    if any(death.hangs for death in played.story.deaths):
        return 1e9
    return sum(d.down + max(d.lease, d.down) + 5.0 for d in played.story.deaths)


def _heard_before(played: Played) -> float:
    """Seconds before the start, by the slower clock, at which the event could be acted on."""
    arrival = arrival_of(played.story) or 0.0
    gate = _gate(played)
    if gate is not None:
        arrival = min(arrival, (START - gate.created).total_seconds())
    return arrival - _margin(played) - _lost(played)


def _margin(played: Played) -> float:
    """Seconds that clocks and lines may take away."""
    return max(played.story.skew, 0.0) + 10.0 + 4 * played.story.latency


def _could_be_taken(played: Played) -> bool:
    """Some delivery could have led to something, as far as workers live."""
    return not played.story.deaths and arrival_of(played.story) is not None


_INVARIANTS = (
    _kept_promise,
    _let_go,
    _judged_once,
    _no_other_run,
    _not_after_the_start,
    _no_other_host,
    _well_formed,
    _in_time,
    _net_in_time,
    _reported,
    _says_what_is,
    _no_fault_of_ours,
    _undisturbed,
)
