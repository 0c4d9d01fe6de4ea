"""Managed run commands: scripts in the guest of VMs and of servers of Arc.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machine-run-commands/create-or-update,
https://learn.microsoft.com/azure/virtual-machines/linux/run-command-managed,
https://learn.microsoft.com/rest/api/hybridcompute/machine-run-commands/create-or-update and
https://learn.microsoft.com/azure/azure-arc/servers/troubleshoot-connectivity (what is sent to a
disconnected server waits for hours). A VM that is off refuses in the words that users report of
extensions. Whether a second PUT of the same script runs it again is published nowhere; here it
does, so that a test sees what happened twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from simulator.compute.call import Call
from simulator.compute.faults import Course, Courses
from simulator.compute.operations import LongRunning
from simulator.compute.scripts import Executed, Ran
from simulator.compute.states import State, States
from simulator.compute.views import Views
from simulator.management.lists import page_of
from simulator.management.operations import Failure
from simulator.management.store import Resource, Store, resource
from simulator.messages import Reply, arm_error, not_found
from simulator.scenario import RunCommandRule
from simulator.templates import stamp

__all__ = ["RunCommands"]

_PAGE = 50
_PATH = re.compile(
    r"(?P<machine>/subscriptions/[^/]+/resourcegroups/[^/]+/providers/(?:microsoft\.compute"
    r"/virtualmachines|microsoft\.hybridcompute/machines)/[^/]+)/runcommands(?:/(?P<name>[^/]+))?"
)
_LONGEST = 90 * 60  # published: seconds, unless the request says so


class RunCommands:
    """The desk for run commands. What was sent lies on the store."""

    def __init__(
        self,
        store: Store,
        states: States,
        *,
        operations: LongRunning,
        courses: Courses,
        views: Views,
        rules: Sequence[RunCommandRule],
    ) -> None:
        self._store, self._states, self._views = store, states, views
        self._operations, self._courses, self._rules = operations, courses, rules
        self._ran: dict[str, Ran] = {}
        self._executed: list[Executed] = []

    def executed(self, now: datetime) -> tuple[Executed, ...]:
        """What guests have begun to execute until now, the oldest first."""
        return tuple(sorted((one for one in self._executed if one.at <= now), key=lambda e: e.at))

    def answer(self, call: Call) -> Reply | None:
        """List, show, run or remove; None for another path."""
        request = call.request
        wanted = _PATH.fullmatch(request.key)
        if wanted is None:
            return None
        state = self._states.at(wanted["machine"], call.at)
        if state is None or state.deleted:
            return not_found(request)
        if wanted["name"] is None:
            return self._list(call, state) if request.method == "GET" else not_found(request)
        return self._one(call, state)

    def _one(self, call: Call, state: State) -> Reply:
        request, held = call.request, self._store.get(call.request.key)
        match request.method:
            case "PUT":
                return self._put(call, state, held)
            case "DELETE":
                return Reply(status=204) if held is None else self._delete(call, state)
            case "GET" if held is not None:
                return Reply(status=200, body=self._shown(held, call, view=_expanded(call, state)))
        return not_found(request)

    def _list(self, call: Call, state: State) -> Reply:
        type_ = f"{state.machine.id.type}/runCommands"
        found = self._store.of_type(type_, str(state.machine.id))
        shown = [self._shown(one, call, view=_expanded(call, state)) for one in found]
        return page_of(call.request, shown, _PAGE)

    def _put(self, call: Call, state: State, held: Resource | None) -> Reply:
        refusal = _refusal(call, state)
        if refusal is not None:
            return refusal
        made = resource(
            call.request.path.rstrip("/"),
            {key: value for key, value in call.properties.items() if key != "instanceView"},
            location=call.body["location"],
            tags=call.body.get("tags") or {},
        )
        self._store.put(made)
        course, ran = self._run(call, state, made["name"])
        self._ran[call.request.key] = ran
        operation = self._operations.begin(call.request.key, call.at, course.ends, course.failure)
        headers = self._operations.headers(call.request, made["location"], operation)
        shown = self._shown(made, call, view=False)
        return Reply(status=200 if held else 201, body=shown, headers=headers)

    def _run(self, call: Call, state: State, name: str) -> tuple[Course, Ran]:
        """What becomes of the script, and of the operation that tells of it."""
        if state.power == "Disconnected":
            return Course(ends=None), Ran(asked=call.at, began=None, ends=None)
        id_ = state.machine.id
        rule = self._rule(id_.name, name, _script(call))
        up = self._views.agent_since(state)
        began = call.at if up is None else max(call.at, up)
        longest = float(call.properties.get("timeoutInSeconds") or _LONGEST)
        ends = began + timedelta(seconds=min(rule.takes, longest))
        ran = Ran(
            asked=call.at,
            began=began,
            ends=ends,
            exit_code=rule.exit_code,
            output=rule.output,
            error=rule.error,
            timed_out=rule.takes > longest,
        )
        course = self._courses.choose(
            "run_command", id_.name, call.at, (ends - call.at).total_seconds()
        )
        if not course.well:
            return course, Ran(asked=call.at, began=None, ends=None)
        self._executed.append(_executed(call, state, name, ran))
        return _told(call, course, ran), ran

    def _rule(self, machine: str, name: str, script: str) -> RunCommandRule:
        found = (rule for rule in self._rules if rule.means(machine, name, script))
        return next(found, RunCommandRule())

    def _delete(self, call: Call, state: State) -> Reply:
        self._store.remove(call.request.key)
        self._ran.pop(call.request.key, None)
        operation = self._operations.begin(call.request.key, call.at, call.at)
        location = state.machine.group.location
        return Reply(
            status=202, headers=self._operations.headers(call.request, location, operation)
        )

    def _shown(self, held: Resource, call: Call, *, view: bool) -> Resource:
        """As a read shows it. Parameters that are protected are shown to nobody."""
        ran, key = self._ran[held["id"].lower()], held["id"].lower()
        properties = {**held["properties"]}
        properties.pop("protectedParameters", None)
        properties["provisioningState"] = self._provisioning(key, call.at)
        if view:
            properties["instanceView"] = _instance(ran, call.at)
        return {**held, "properties": properties}

    def _provisioning(self, key: str, now: datetime) -> str:
        if self._operations.under_way(key, now):
            return "Creating"
        return self._operations.last(key).status(now)


def _refusal(call: Call, state: State) -> Reply | None:
    if state.machine.group.kind == "vm" and state.power != "running":
        message = "Cannot modify extensions in the VM when the VM is not running."
        return arm_error(409, "OperationNotAllowed", message)
    if not call.body.get("location"):
        return arm_error(400, "LocationRequired", "The location property is required.")
    source = call.properties.get("source") or {}
    if not any(
        source.get(key) for key in ("script", "scriptUri", "commandId", "galleryScriptVersionId")
    ):
        return arm_error(400, "InvalidParameter", "The source of the script is missing.")
    return None


def _script(call: Call) -> str:
    source = call.properties["source"]
    return str(source.get("script") or source.get("scriptUri") or source.get("commandId") or "")


def _executed(call: Call, state: State, name: str, ran: Ran) -> Executed:
    sent = call.properties.get("parameters") or ()
    return Executed(
        at=ran.began or call.at,
        machine=state.machine.id,
        name=name,
        script=_script(call),
        by=call.by,
        exit_code=ran.exit_code,
        parameters={str(one.get("name")): str(one.get("value")) for one in sent},
    )


def _told(call: Call, course: Course, ran: Ran) -> Course:
    """The operation ends with the script, or with its beginning if nobody wants to wait.

    A script that fails does not fail the operation, unless the request wants it so.
    """
    if call.properties.get("asyncExecution"):
        return Course(ends=ran.began)
    bad = ran.timed_out or ran.exit_code != 0
    if bad and call.properties.get("treatFailureAsDeploymentFailure"):
        message = f"The script ended with exit code {ran.exit_code}."
        return Course(
            ends=course.ends, failure=Failure(code="VMExtensionProvisioningError", message=message)
        )
    return course


def _expanded(call: Call, state: State) -> bool:
    """A server of Arc always shows it; a VM does if it is asked to."""
    asked = call.request.query.get("$expand", "").lower() == "instanceview"
    return asked or state.machine.group.kind == "arc"


def _instance(ran: Ran, now: datetime) -> dict[str, Any]:
    state = ran.state(now)
    view: dict[str, Any] = {"executionState": state, "executionMessage": "", "statuses": []}
    if ran.began is not None and state != "Pending":
        view["startTime"] = stamp(ran.began)
    if state in ("Succeeded", "Failed", "TimedOut") and ran.ends is not None:
        view |= {"output": ran.output, "error": ran.error, "endTime": stamp(ran.ends)}
        view["exitCode"] = -1 if ran.timed_out else ran.exit_code
    return view
