"""Snapshots of disks.

Source: https://learn.microsoft.com/rest/api/compute/snapshots/create-or-update
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from simulator.compute.agenda import Agenda
from simulator.compute.call import Call
from simulator.compute.disks import Disks
from simulator.compute.faults import Courses
from simulator.compute.operations import LongRunning, Operation
from simulator.compute.states import State
from simulator.management.lists import page_of
from simulator.management.store import Resource, Store, resource
from simulator.messages import Reply, arm_error, not_found
from simulator.rows.groups import disk_ids
from simulator.rows.row import RunFacts, guid
from simulator.scenario import PowerRules, SnapshotRule
from simulator.templates import Words, fill_in, stamp

__all__ = ["Snapshots", "held_from"]

_TYPE = "Microsoft.Compute/snapshots"
_PAGE = 100
_LIST = re.compile(
    r"(?P<scope>/subscriptions/[^/]+(/resourcegroups/[^/]+)?)"
    r"/providers/microsoft\.compute/snapshots"
)
_ONE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.compute/snapshots/[^/]+"
)
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


class Snapshots:
    """The desk for snapshots, which lie on the store."""

    def __init__(
        self,
        store: Store,
        disks: Disks,
        *,
        operations: LongRunning,
        courses: Courses,
        agenda: Agenda,
        rules: PowerRules,
    ) -> None:
        self._store, self._disks = store, disks
        self._operations, self._courses = operations, courses
        self._agenda, self._rules = agenda, rules

    def answer(self, call: Call) -> Reply | None:
        """List, show, make, change or remove; None for another path."""
        request = call.request
        listed = _LIST.fullmatch(request.key)
        if listed is not None and request.method == "GET":
            return page_of(request, self._store.of_type(_TYPE, listed["scope"]), _PAGE)
        if _ONE.fullmatch(request.key) is None:
            return None
        held = self._store.get(request.key)
        match request.method:
            case "PUT":
                return self._put(call, held)
            case "DELETE":
                return Reply(status=204) if held is None else self._delete(call, held)
            case "GET" if held is not None:
                return Reply(status=200, body=held)
        return not_found(request)

    def _put(self, call: Call, held: Resource | None) -> Reply:
        source = str((call.properties.get("creationData") or {}).get("sourceResourceId", ""))
        disk = self._disks.owner(source.lower(), call)
        refusal = _refusal(call, source, disk, held)
        if refusal is not None or disk is None:
            return refusal or not_found(call.request)
        if held is not None:
            held["tags"] = call.body.get("tags", held.get("tags"))
            self._store.put(held)
            operation = self._operations.begin(call.request.key, call.at, call.at)
            return self._accepted(call, held, operation)
        made = _made(call, source)
        self._store.put(made)
        name = disk.machine.id.name
        course = self._courses.choose("snapshot", name, call.at, self._rules.snapshot)
        if course.ends is not None:
            end = "Succeeded" if course.well else "Failed"
            self._agenda.at(course.ends, lambda _: self._ended(made["id"], end))
        operation = self._operations.begin(call.request.key, call.at, course.ends, course.failure)
        return self._accepted(call, made, operation)

    def _ended(self, id_: str, end: str) -> None:
        done = {"completionPercent": 100.0} if end == "Succeeded" else {}
        self._store.set(id_, provisioningState=end, **done)

    def _delete(self, call: Call, held: Resource) -> Reply:
        source = str(held["properties"]["creationData"]["sourceResourceId"]).lower()
        disk = self._disks.owner(source, call)
        name = "" if disk is None else disk.machine.id.name
        takes = self._rules.delete_snapshot
        course = self._courses.choose("delete_snapshot", name, call.at, takes)
        if course.well and course.ends is not None:
            self._agenda.at(course.ends, lambda _: self._store.remove(held["id"]))
        operation = self._operations.begin(call.request.key, call.at, course.ends, course.failure)
        return self._accepted(call, held, operation, body=False)

    def _accepted(
        self, call: Call, shown: Resource, operation: Operation, *, body: bool = True
    ) -> Reply:
        headers = self._operations.headers(call.request, shown["location"], operation)
        return Reply(status=202, body=shown if body else None, headers=headers)


def held_from(rule: SnapshotRule, machine: State, facts: RunFacts, store: Store) -> None:
    """Hold a snapshot with which a scenario begins."""
    id_ = machine.machine.id
    words = Words(
        run=str(facts.run),
        configuration=str(facts.run.configuration),
        machine=str(id_),
        subscription=id_.subscription,
        now=facts.began,
        start=facts.start,
        end=facts.end,
    )
    group = f"/subscriptions/{id_.subscription}/resourceGroups/{id_.resource_group}/providers"
    disks = disk_ids(machine.machine)
    made = resource(
        f"{group}/{_TYPE}/{rule.name}",
        {
            **_properties(disks[min(rule.disk, len(disks) - 1)], incremental=True),
            "timeCreated": stamp(facts.began - timedelta(hours=rule.age)),
            "provisioningState": "Succeeded",
            "completionPercent": 100.0,
        },
        location=machine.machine.group.location,
        tags=dict(fill_in(rule.tags, words)),
    )
    store.put(made)


def _refusal(call: Call, source: str, disk: State | None, held: Resource | None) -> Reply | None:
    """What Azure would not make; the codes for a source that is gone are published nowhere."""
    problem = _problem(call, source)
    if problem is not None:
        return arm_error(400, "InvalidParameter", problem)
    if disk is None:
        return arm_error(404, "NotFound", f"Disk {source} is not found.")
    of = source if held is None else str(held["properties"]["creationData"]["sourceResourceId"])
    if of.lower() != source.lower():
        message = "Changing property 'creationData.sourceResourceId' is not allowed."
        return arm_error(409, "PropertyChangeNotAllowed", message)
    return None


def _problem(call: Call, source: str) -> str | None:
    creation = call.properties.get("creationData") or {}
    if not _NAME.fullmatch(call.request.path.rstrip("/").rpartition("/")[2]):
        return "The name of the snapshot is not legal."
    if creation.get("createOption") != "Copy" or not source:
        return "Required parameter 'creationData' needs createOption Copy and a source."
    return None if call.body.get("location") else "Required parameter 'location' is missing."


def _made(call: Call, source: str) -> Resource:
    incremental = bool(call.properties.get("incremental"))
    body: dict[str, Any] = {
        **_properties(source, incremental=incremental),
        "timeCreated": stamp(call.at),
        "provisioningState": "Updating",
        "completionPercent": 0.0,
    }
    path = call.request.path.rstrip("/")
    location, tags = call.body["location"], call.body.get("tags") or {}
    return resource(path, body, location=location, tags=tags)


def _properties(source: str, *, incremental: bool) -> dict[str, Any]:
    return {
        "creationData": {
            "createOption": "Copy",
            "sourceResourceId": source,
            "sourceUniqueId": guid(source.lower()),
        },
        "incremental": incremental,
        "incrementalSnapshotFamilyId": guid(f"family {source.lower()}"),
        "diskSizeGB": 64,
        "diskState": "Unattached",
    }
