"""Requests that change a machine: its power, its tags, whether it is there at all.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machines/start and its neighbours, and
https://learn.microsoft.com/rest/api/hybridcompute/machines/update. Which of two operations on one
machine wins is published for none of the pairs; Azure's own error code says that a more recent one
preempts the older, and so it is here. One that asks for what is under way already joins it, and one
that asks for what is the case already succeeds at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from simulator.compute.call import Call
from simulator.compute.faults import Course, Courses
from simulator.compute.operations import LongRunning, Operation
from simulator.compute.states import Change, State, States
from simulator.compute.views import Views
from simulator.messages import Reply, arm_error, not_found
from simulator.scenario import PowerRules

__all__ = ["VirtualMachines"]

_ONE = re.compile(
    r"(?P<id>/subscriptions/[^/]+/resourcegroups/[^/]+/providers"
    r"/(?P<provider>microsoft\.compute/virtualmachines|microsoft\.hybridcompute/machines)/[^/]+)"
    r"(?:/(?P<action>start|restart|poweroff|deallocate))?"
)
_DOES = {
    "start": "start",
    "restart": "restart",
    "poweroff": "power_off",
    "deallocate": "deallocate",
}
# What a machine is meanwhile, what it is then, and what it may be already.
_WAYS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "start": ("starting", "running", ("running",)),
    "restart": ("running", "running", ()),
    "power_off": ("stopping", "stopped", ("stopped", "deallocated")),
    "deallocate": ("deallocating", "deallocated", ("deallocated",)),
}
_STABLE = ("running", "stopped", "deallocated")


class VirtualMachines:
    """The desk for changes of machines."""

    def __init__(
        self,
        states: States,
        operations: LongRunning,
        courses: Courses,
        *,
        views: Views,
        rules: PowerRules,
    ) -> None:
        self._states, self._operations, self._courses = states, operations, courses
        self._views, self._rules = views, rules

    def answer(self, call: Call) -> Reply | None:
        """Do what is asked; None for a read, and for another path."""
        request = call.request
        wanted = _ONE.fullmatch(request.key)
        if wanted is None or request.method == "GET":
            return None
        state = self._states.at(wanted["id"], call.at)
        if state is None or state.deleted:
            gone = request.method == "DELETE" and wanted["action"] is None
            return Reply(status=204) if gone else not_found(request)
        vm = "virtualmachines" in wanted["provider"]
        match request.method, wanted["action"]:
            case "POST", str(action) if vm:
                return self._power(call, state, _DOES[action])
            case "PATCH", None:
                return self._patch(call, state)
            case "DELETE", None:
                return self._delete(call, state)
        return not_found(request)

    def _power(self, call: Call, state: State, does: str) -> Reply:
        if does == "restart" and state.power != "running":
            # In these words, as users report it.
            message = "The operation requires the VM to be running (or set to run)."
            return arm_error(409, "OperationNotAllowed", message)
        operation = self._joined(call, state, does) or self._begun(call, state, does)
        return self._accepted(call, state, operation)

    def _joined(self, call: Call, state: State, does: str) -> Operation | None:
        """An operation that has nothing to do of its own."""
        key = state.machine.id.key
        meanwhile, _, already = _WAYS[does]
        if state.power in already:
            return self._operations.begin(key, call.at, call.at)
        under_way = self._operations.under_way(key, call.at)
        if under_way and state.power == meanwhile and does != "restart":
            older = under_way[-1]
            return self._operations.begin(key, call.at, older.ends, older.failure)
        return None

    def _begun(self, call: Call, state: State, does: str) -> Operation:
        id_ = state.machine.id
        meanwhile, then, _ = _WAYS[does]
        takes: float = getattr(self._rules, does)
        course = self._courses.choose(does, id_.name, call.at, takes)
        self._make_way(id_.key, call.at)
        changes = [Change(at=call.at, machine=id_, by=call.by, power=meanwhile)]
        if course.ends is not None:
            after = then if course.well else _fallback(state, does)
            changes.append(Change(at=course.ends, machine=id_, by=call.by, power=after))
        self._states.plan(changes)
        return self._operations.begin(id_.key, call.at, course.ends, course.failure)

    def _delete(self, call: Call, state: State) -> Reply:
        id_ = state.machine.id
        if state.machine.group.kind == "arc":  # a server of Arc is gone at once, as published
            self._states.plan([Change(at=call.at, machine=id_, by=call.by, deleted=True)])
            return Reply(status=200)
        course = self._courses.choose("delete", id_.name, call.at, self._rules.delete)
        self._make_way(id_.key, call.at)
        if course.well:
            self._states.plan([_deleted(call, state, course)])
        operation = self._operations.begin(id_.key, call.at, course.ends, course.failure)
        return self._accepted(call, state, operation)

    def _patch(self, call: Call, state: State) -> Reply:
        """Tags that are sent stand in place of all that were there."""
        tags = call.body.get("tags")
        if tags is not None:
            sent = {str(name): str(value) for name, value in dict(tags).items()}
            change = Change(at=call.at, machine=state.machine.id, by=call.by, tags=sent)
            self._states.plan([change])
        after = self._states.at(state.machine.id.key, call.at) or state
        return Reply(status=200, body=self._views.model(after, call.at, view=False))

    def _make_way(self, key: str, now: datetime) -> None:
        self._operations.preempt(key, now)
        self._states.forget(key, now)

    def _accepted(self, call: Call, state: State, operation: Operation) -> Reply:
        location = state.machine.group.location
        headers = self._operations.headers(call.request, location, operation)
        return Reply(status=202, headers=headers)


def _deleted(call: Call, state: State, course: Course) -> Change:
    moment = call.at if course.ends is None else course.ends
    return Change(at=moment, machine=state.machine.id, by=call.by, deleted=True)


def _fallback(state: State, does: str) -> str:
    """What a machine is when an operation on it has failed."""
    if state.power in _STABLE:
        return state.power
    return "deallocated" if does == "start" else "running"
