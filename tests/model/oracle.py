"""What must become of a story's run, worked out from the story alone.

Nothing of the product's judgement is used here, neither `core.decide` nor any report: a check's
script says what it would say, gate.toml's values say what that comes to. Where chance or haste may
legitimately change an answer (a check that flaps, a worker that died, a graph that did not answer),
several answers are possible; the run must be cancelled if each of them cancels, it must go ahead if
none does, and between the two either is right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from simulator.scenario import Fault, MachineGroup
from tests.model.saying import Phase
from tests.model.story import ScriptedCheck, SiteRule, Story

__all__ = ["Fate", "arrival_of", "check_by", "covered", "disturbed", "fate_of"]

Fate = Literal["cancel", "proceed", "either"]
Heard = Literal["yes", "no", "silent"]

_LATEST, _SKEW = 600.0, 30.0  # seconds before the start, and before the cut-off
_ENOUGH = 240.0  # seconds from the arrival to the time by which checks must have answered
_LAST_LOOK = 70.0  # seconds before find_by: what is not there then may be missed
_BRIEF = 45.0  # seconds: an answer that takes no longer comes in time
_NOTICE = 28 * 60.0  # before the start: by then a run without an event is found by the watchdog
_OWN_WORDS = {"pass": "yes", "skip": "yes", "each": "yes", "block": "no", "one blocked": "no"}


@dataclass(frozen=True, slots=True)
class _Machine:
    """A machine as the oracle knows it; `seen`: surely, in time."""

    name: str
    group: MachineGroup
    seen: bool


@dataclass(frozen=True, slots=True)
class _Said:
    """What may come of one check: may it speak against the run, and must it?"""

    may: bool
    must: bool


def _in_time(story: Story) -> float:
    """Seconds that a row may lag and is surely seen: a minute before the end is the last look."""
    arrival = arrival_of(story)
    if arrival is None:
        return 0.0
    looking = (arrival - check_by(story, arrival)) / 2
    return max(0.0, min(_BRIEF, looking - _LAST_LOOK))


def fate_of(story: Story) -> Fate:
    """What must become of the run, if its event comes at all."""
    if _observes(story) == "yes":
        return "proceed"
    said = [*_gaps(story), *(_of_check(story, name) for name in _in_force(story))]
    troubled = disturbed(story)
    if any(one.must for one in said) and _observes(story) == "no":
        return "cancel" if not troubled or _strict(story) else "either"
    if troubled or any(one.may for one in said):
        return "either"
    return "proceed"


def check_by(story: Story, arrival: float) -> float:
    """Seconds before the start by which checks must have answered; `arrival` is so many before."""
    told = any(d.kind == "pre" and story.lead - d.after > arrival - 60 for d in story.deliveries)
    cut_off = max(story.cut_off, _LATEST) if told else _LATEST  # the watchdog knows no event's own
    if arrival <= cut_off:
        return max(arrival, 0.0)
    return min(arrival, cut_off + _SKEW + _reserve(story))


def arrival_of(story: Story) -> float | None:
    """Seconds before the start at which the gate may begin; None if it never can."""
    pre = [delivery.after for delivery in story.deliveries if delivery.kind == "pre"]
    heard = [story.lead - min(pre)] if pre else []
    found = [min(_NOTICE, story.lead)] if _is_found(story) else []
    return max((*heard, *found), default=None)


def covered(story: Story) -> bool:
    """Whatever is stuck, somebody is left who can keep the run from starting.

    The trigger, as long as its story is not taken; or the watchdog, of a configuration that is
    named. A story that was taken, in an engine that then stops, is nobody's without the latter.
    """
    at_once = all(s.how == "refuses" or s.after == 0 for s in story.stuck)
    return at_once or _is_found(story)


def _is_found(story: Story) -> bool:
    """The watchdog finds a run whose event does not come, if Resource Graph shows it."""
    graph = story.scenario.graph
    shown = not (graph.hidden_subscriptions or graph.quota or graph.lag)
    faults = any(fault.on in ("graph", "any") for fault in story.scenario.faults)
    return story.watched and story.named and shown and not faults


def disturbed(story: Story) -> bool:
    """So much goes wrong, or so little time is left, that an answer may be missed."""
    arrival = arrival_of(story)
    if arrival is None or arrival - check_by(story, arrival) < _ENOUGH:
        return True
    lost = sum(death.down + max(death.lease, death.down) for death in story.deaths)
    if story.stuck or lost > 60.0 or any(death.hangs for death in story.deaths):
        return True
    graph = story.scenario.graph
    if graph.quota or graph.lag > _BRIEF or story.latency > 2.0:
        return True
    faults = [fault for fault in story.scenario.faults if fault.on in ("graph", "any", "arm")]
    return len(faults) > 2 or not all(map(_harmless, faults))


def _harmless(fault: Fault) -> bool:
    """A few requests go wrong in a way that asking again mends at once."""
    few = (fault.first or 0) <= 2 and len(fault.calls) <= 2 and not fault.always
    passing = fault.status is None or fault.status in (429, 500, 502, 503)
    soon = (fault.retry_after or 0) <= 20 and fault.delay <= 10
    return few and passing and soon and fault.redirect is None and fault.body is None


def _reserve(story: Story) -> float:
    return 120.0 if story.policy.broken else story.policy.reserve


def _strict(story: Story) -> bool:
    """Whatever is missed cancels."""
    policy = story.policy
    if policy.broken:
        return policy.if_broken != "proceed"
    words = [_on_unknown(story, name) for name in _in_force(story)]
    return policy.on_gap == "cancel" and policy.on_unknown != "proceed" and "proceed" not in words


def _observes(story: Story) -> Literal["yes", "no", "maybe"]:
    policy = story.policy
    if policy.broken:
        return "no"
    if policy.mode == "observe" or policy.observed_if is None:
        return "yes" if policy.mode == "observe" and policy.observed_if is None else _by_tag(story)
    return _by_tag(story)


def _by_tag(story: Story) -> Literal["yes", "no", "maybe"]:
    policy = story.policy
    if policy.observed_if is None:
        return "no"
    tags = {name.lower(): text for name, text in story.scenario.configuration.tags.items()}
    applies = tags.get("env", "").lower() == policy.observed_if.lower() and "env" in tags
    if policy.mode == "observe":
        return "yes"
    if 1 in story.scenario.graph.hidden_subscriptions:
        return "no"  # its tags cannot be read: the strictest is in force
    return ("maybe" if disturbed(story) else "yes") if applies else "no"


# Gaps


def _gaps(story: Story) -> Iterator[_Said]:
    policy = story.policy
    hidden = set(story.scenario.graph.hidden_subscriptions)
    gap = policy.on_gap == "cancel" or policy.broken
    unknown = policy.if_broken != "proceed" if policy.broken else policy.on_unknown != "proceed"
    if policy.broken:
        yield _Said(may=unknown, must=unknown)
    if not policy.broken and policy.observed_if is not None and 1 in hidden:
        yield _Said(may=unknown, must=unknown)
    if hidden:
        yield _Said(may=gap, must=gap)
    machines = _machines(story)
    if not any(machine.seen and machine.group.in_table("resources") for machine in machines):
        sure = not machines
        yield _Said(may=gap, must=gap and sure)
    for machine in machines:
        if not machine.group.in_table("resources"):
            yield _Said(may=gap, must=gap and machine.seen)


def _machines(story: Story) -> list[_Machine]:
    """Those of the run that can be seen at all."""
    found = []
    spread = 0
    hidden = set(story.scenario.graph.hidden_subscriptions)
    for group in story.scenario.machines:
        for name in group.names:
            where = group.subscription
            if where is None:
                where = spread % 2 + 1
                spread += 1
            if where in hidden or not group.in_run:
                continue
            lag = story.scenario.graph.lag if group.lag is None else group.lag
            found.append(_Machine(name, group, lag <= _in_time(story)))
    return found


# Checks


def _in_force(story: Story) -> list[str]:
    names = (*story.builtin, *(script.name for script in story.checks))
    return [name for name in names if _rule(story, name).enabled is not False]


def _rule(story: Story, name: str) -> SiteRule:
    if story.policy.broken:
        return SiteRule()
    return story.policy.rules.get(name, SiteRule())


def _script(story: Story, name: str) -> ScriptedCheck:
    found = [script for script in story.checks if script.name == name]
    return found[0] if found else ScriptedCheck(name=name)


def _on_unknown(story: Story, name: str) -> str:
    if story.policy.broken:
        return story.policy.if_broken or _script(story, name).on_unknown
    site = _rule(story, name).on_unknown or story.policy.on_unknown
    return site or _script(story, name).on_unknown


def _of_check(story: Story, name: str) -> _Said:
    advisory = _rule(story, name).advisory
    if _script(story, name).advisory if advisory is None else advisory:
        return _Said(may=False, must=False)
    cancels = _on_unknown(story, name) == "cancel"
    if story.policy.broken:
        return _Said(may=cancels, must=cancels)
    machines = _machines(story)
    heard = [(m, _heard_of(story, name, m)) for m in machines]
    if _script(story, name).scope == "run" and name not in story.builtin:
        return _of_run_check(story, name, machines)
    silent_must = any(h == {"silent"} and m.seen for m, h in heard)
    silent_may = any("silent" in h for _, h in heard)
    surely = sum(h == {"no"} and m.seen for m, h in heard)
    perhaps = sum("no" in h for _, h in heard)
    least = _allowed(story, name, sum(m.seen for m in machines))
    most = _allowed(story, name, len(machines))
    return _Said(
        may=perhaps > least or (silent_may and cancels),
        must=surely > most or (silent_must and cancels),
    )


def _of_run_check(story: Story, name: str, machines: list[_Machine]) -> _Said:
    cancels = _on_unknown(story, name) == "cancel"
    script = _script(story, name)
    shown = [m for m in machines if m.group.in_table("resources")]
    surely_some = any(m.seen for m in shown)
    each = [
        _one_run_answer(_Asked(story, name, cancels, shown, surely_some), phase, heard)
        for phase in _phases(story, script)
        for heard in _heard(story, script, phase)
    ]
    missing = len(shown) < len(machines) and any(
        p.says.startswith("one ") or p.says in ("each", "leaves out", "invents")
        for p in _phases(story, script)
    )
    return _Said(
        may=any(one.may for one in each) or (missing and cancels),
        must=all(one.must for one in each),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A check of the run, and what it is shown."""

    story: Story
    name: str
    cancels: bool
    shown: list[_Machine]
    surely_some: bool


def _one_run_answer(asked: _Asked, phase: Phase, heard: Heard) -> _Said:
    if heard == "yes":
        return _Said(may=False, must=False)
    if heard == "silent":
        about_one = phase.says in ("leaves out", "one true", "one cannot tell")
        must = asked.cancels and (asked.surely_some or not about_one)
        return _Said(may=asked.cancels, must=must)
    if phase.says == "one blocked":
        least = _allowed(asked.story, asked.name, sum(m.seen for m in asked.shown))
        most = _allowed(asked.story, asked.name, len(asked.shown))
        return _Said(may=least < 1, must=most < 1 and asked.surely_some)
    return _Said(may=True, must=True)


def _allowed(story: Story, name: str, machines: int) -> int:
    tolerance = _rule(story, name).tolerance or 0
    if isinstance(tolerance, int):
        return tolerance
    return int(Decimal(tolerance[:-1]) * machines // 100)


def _heard_of(story: Story, name: str, machine: _Machine) -> set[Heard]:
    """What may be heard about one machine."""
    if not machine.group.in_table("resources"):
        return {"silent"}
    if name == "opt_out_tag":
        return {"no" if machine.group.tags.get("patch") == "never" else "yes"}
    if name == "machines_running":
        return {"yes" if machine.group.power in (None, "running", "Connected") else "no"}
    script = _script(story, name)
    if script.odd is not None and script.odd != machine.name:
        return {"yes"}
    return {h for phase in _phases(story, script) for h in _heard(story, script, phase)}


def _phases(story: Story, script: ScriptedCheck) -> list[Phase]:
    """Those in which it may be asked."""
    arrival = arrival_of(story) or 0.0
    found, before = [], float("inf")
    for phase in script.phases:
        if phase.until < before and phase.until <= arrival and before > 0:
            found.append(phase)
        before = min(before, phase.until)
    return found or [script.phases[-1]]


def _heard(story: Story, script: ScriptedCheck, phase: Phase) -> set[Heard]:
    own: Heard = _OWN_WORDS.get(phase.says, "silent")  # type: ignore[assignment]
    site = _rule(story, script.name).timeout
    timeout = script.timeout if site is None else site
    if phase.says == "hang" or (timeout is not None and phase.seconds > timeout + 1):
        return {"silent"}
    slow = phase.seconds > _BRIEF or (timeout is not None and phase.seconds > timeout - 1)
    return {own, "silent"} if slow else {own}
