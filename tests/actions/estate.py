"""A few machines in virtual time, with an activity log: what shipped actions are tried against.

Everything is told by one list of what was done, so Resource Graph, Resource Manager and the log
never contradict each other, except where a test lets rows or entries lag.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from actions.testing import NOW, FakeAzure, SkippingClock, a_machine, a_run
from arm.management import request_id
from core.model import Machine, Run
from plugins.answers import CannotTell

__all__ = ["STRANGER", "Estate", "a_refusal"]

STRANGER = "somebody@contoso.example"
_US = "patchgate"
_WAYS = {
    "start": ("starting", "running"),
    "restart": ("running", "running"),
    "deallocate": ("deallocating", "deallocated"),
    "poweroff": ("stopping", "stopped"),
}


def a_refusal(status: int, code: str, message: str = "It cannot be done.") -> HttpResponseError:
    """What Azure's SDK raises for an answer like this."""
    kind = ResourceNotFoundError if status == 404 else HttpResponseError
    error = kind(message)
    error.status_code = status
    error.error = SimpleNamespace(code=code, message=message)  # type: ignore[assignment]
    return error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deed:
    """Something done to a machine: when it began and ends (None: never), by whom."""

    kind: str
    began: datetime
    ends: datetime | None
    by: str
    request: str = ""
    failure: tuple[str, str] | None = None


@dataclass(slots=True)
class Estate:
    """The machines of one run, by name. `takes` is how long an operation lasts, in seconds.

    `fails` are operations that are taken on and fail, `refuses` those that are not taken on, by
    (kind, machine): each time an error is given out it is gone. `log_lag` and `row_lag` are in
    seconds; `log` None is one that cannot be read.
    """

    off: Sequence[str] = ()
    on: Sequence[str] = ()
    arc: Mapping[str, str] = field(default_factory=dict)
    takes: float = 20.0
    agent_after: float = 10.0
    log_lag: float = 0.0
    row_lag: float = 0.0
    readable: bool = True
    fails: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    hangs: set[tuple[str, str]] = field(default_factory=set)
    refuses: dict[tuple[str, str], list[Exception]] = field(default_factory=dict)
    after: Callable[[str, str], None] = lambda _kind, _name: None  # once a deed has begun
    clock: SkippingClock = field(default_factory=lambda: SkippingClock(NOW))
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    first: dict[str, str] = field(default_factory=dict)
    deeds: dict[str, list[_Deed]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.first = {**dict.fromkeys(self.off, "deallocated"), **dict.fromkeys(self.on, "running")}
        self.deeds = {name: [] for name in self.first}

    @property
    def run(self) -> Run:
        machines = [a_machine(name, power=power) for name, power in self.first.items()]
        arc = [a_machine(name, kind="arc", power=power) for name, power in self.arc.items()]
        return a_run(*machines, *arc)

    def given(self, **more: Any) -> dict[str, Any]:
        """What is around an action here."""
        return {"graph": self, "arm": self, "azure": self.azure, "now": self.clock, **more}

    @property
    def azure(self) -> FakeAzure:
        names = ("begin_start", "begin_deallocate", "get")
        machines = SimpleNamespace(**{name: getattr(self, name) for name in names})
        tags = SimpleNamespace(
            get_at_scope=self.get_at_scope, begin_update_at_scope=self.begin_update_at_scope
        )
        return FakeAzure(
            ComputeManagementClient=SimpleNamespace(virtual_machines=machines),
            ResourceManagementClient=SimpleNamespace(tags=tags),
        )

    # What is the case.

    def power(self, name: str, at: datetime | None = None) -> str:
        """A machine's power state at that moment, or now."""
        now = at or self.clock.now()
        power = self.first[name]
        for deed in self.deeds[name]:
            if deed.began <= now:
                meanwhile, then = _WAYS[deed.kind]
                over = deed.ends is not None and deed.ends <= now
                power = (power if deed.failure else then) if over else meanwhile
        return power

    def powers(self) -> dict[str, str]:
        """All of them, now."""
        return {name: self.power(name) for name in self.first if name not in self.gone}

    def does(self, kind: str, name: str, *, by: str = STRANGER, request: str = "") -> _Deed:
        """Somebody does something to a machine now."""
        with self.lock:
            now = self.clock.now()
            ends: datetime | None = now + timedelta(seconds=self.takes)
            if (kind, name) in self.hangs:
                ends = None
            failure = self.fails.pop((kind, name), None)
            deed = _Deed(kind=kind, began=now, ends=ends, by=by, request=request, failure=failure)
            self.deeds[name].append(deed)
        self.after(kind, name)
        return deed

    # Azure's SDK.

    def begin_start(self, group: str, name: str, *, polling: bool, cls: Any = None) -> Any:
        return self._ours("start", name, cls)

    def begin_deallocate(self, group: str, name: str, *, polling: bool, cls: Any = None) -> Any:
        return self._ours("deallocate", name, cls)

    def get(self, group: str | None = None, name: str = "", **other: Any) -> Any:
        """`virtual_machines.get` of the SDK, and `ctx.arm.get`, which gives a path."""
        if other:
            return self._object(str(group))
        if name in self.gone:
            raise a_refusal(404, "ResourceNotFound")
        return SimpleNamespace(name=name)

    def _ours(self, kind: str, name: str, cls: Any) -> Any:
        self.asked.append((kind, name))
        if name in self.gone:
            raise a_refusal(404, "ResourceNotFound")
        errors = self.refuses.get((kind, name))
        if errors:
            raise errors.pop(0)
        path = f"{self._id(name)}/{kind}"
        deed = self.does(
            kind, name, by=_US, request=request_id(self.run.id, "start_machines", path)
        )
        place = f"https://elsewhere.example/operations/{name}/{self.deeds[name].index(deed)}"
        headers = {"Azure-AsyncOperation": f"{place}?api-version=2024-07-01&t=1"}
        response = SimpleNamespace(http_response=SimpleNamespace(headers=headers))
        return SimpleNamespace(result=lambda: cls(response, None, {}) if cls else None)

    def get_at_scope(self, scope: str) -> Any:
        name = self._alive(scope)
        return SimpleNamespace(properties=SimpleNamespace(tags=dict(self.tags.get(name, {}))))

    def begin_update_at_scope(self, scope: str, body: Any, *, polling: bool) -> None:
        name = self._alive(scope)
        self.asked.append((body["operation"], name))
        tags = self.tags.setdefault(name, {})
        for key, value in body["properties"]["tags"].items():
            (held,) = [one for one in tags if one.lower() == key.lower()] or [""]
            if body["operation"] == "Merge":
                tags.pop(held, None)
                tags[key] = value
            elif tags.get(held) == value:
                del tags[held]

    def _alive(self, scope: str) -> str:
        name = scope.rpartition("/")[2]
        if name in self.gone:
            raise a_refusal(404, "ResourceNotFound")
        return name

    # Resource Graph and Resource Manager.

    def ask(self, query: Any, /, **values: Any) -> Sequence[Mapping[str, Any]]:
        with self.lock:
            seen = self.clock.now() - timedelta(seconds=self.row_lag)
            return [self._row(machine, seen) for machine in self.run.machines]

    def _row(self, machine: Machine, seen: datetime) -> Mapping[str, Any]:
        if machine.kind == "arc":
            power = self.arc[machine.name]
        else:
            power = f"PowerState/{self.power(machine.name, seen)}"
        known = machine.name not in self.gone
        return {
            "id": f"row of {machine.name}",
            "machine": machine.id.lower(),
            "known": machine.id if known else "",
            "power": power if known else "",
            "tags": self.tags.get(machine.name, {}),
        }

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        with self.lock:
            if path.endswith("/eventtypes/management/values"):
                return self._entries(query["$filter"])
            return [self._listed(name) for name in self.first if name not in self.gone]

    def _listed(self, name: str) -> Mapping[str, Any]:
        now, power = self.clock.now(), self.power(name)
        ends = [deed.ends for deed in self.deeds[name] if deed.ends is not None]
        ready = not ends or max(ends) + timedelta(seconds=self.agent_after) <= now
        status = {"displayStatus": "Ready" if ready else "Not Ready"}
        view: dict[str, Any] = {"statuses": [{"code": f"PowerState/{power}"}]}
        if power == "running":
            view["vmAgent"] = {"statuses": [status]}
        return {"id": self._id(name), "properties": {"instanceView": view}}

    def _object(self, path: str) -> Mapping[str, Any]:
        _, name, number = path.rsplit("/", 2)
        deed = self.deeds[name][int(number)]
        if deed.ends is None or deed.ends > self.clock.now():
            return {"status": "InProgress"}
        if deed.failure is None:
            return {"status": "Succeeded"}
        code, message = deed.failure
        return {"status": "Failed", "error": {"code": code, "message": message}}

    def _entries(self, wanted: str) -> Sequence[Mapping[str, Any]]:
        assert "eventTimestamp ge '" in wanted
        if not self.readable:
            raise CannotTell("403 AuthorizationFailed")
        latest = self.clock.now() - timedelta(seconds=self.log_lag)
        return [
            entry
            for name, deeds in self.deeds.items()
            for number, deed in enumerate(deeds)
            for entry in self._told(name, number, deed)
            if datetime.fromisoformat(entry["eventTimestamp"]) <= latest
        ]

    def _told(self, name: str, number: int, deed: _Deed) -> list[dict[str, Any]]:
        common = {
            "resourceId": self._id(name).upper(),
            "operationName": {"value": f"Microsoft.Compute/virtualMachines/{deed.kind}/action"},
            "correlationId": f"{name}-{number}",
            "caller": deed.by,
        }
        began = {
            **common,
            "eventTimestamp": deed.began.isoformat(),
            "status": {"value": "Started"},
            "httpRequest": {"clientRequestId": deed.request or f"request of {deed.by}"},
        }
        if deed.ends is None:
            return [began]
        status = {"value": "Failed" if deed.failure else "Succeeded"}
        return [began, {**common, "eventTimestamp": deed.ends.isoformat(), "status": status}]

    def _id(self, name: str) -> str:
        return a_machine(name).id
