"""Three thousand machines that are started, and stopped again, within the write limits of Azure.

Of `start_machines` and its undo, as they are shipped, with Azure's own SDK: only the wire is
missing, and time is the story's, so that half an hour of it takes seconds. The Azure behind it
takes 200 writes at once and 10 a second, and answers 429 beyond that. The floor is what these
limits alone make of it: (n - 200) / 10 s to start them, and as much to stop them.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from actions.builtin.start_machines import start_machines
from actions.context import Stage
from actions.testing import NOW, SkippingClock, Status, a_machine, a_run, try_do, try_undo
from arm.endpoint import Endpoint
from arm.management import ActionAzure, ManagementClients
from arm.token import credential_for
from arm.writes import Writes
from benchmarks.figure import Figure, Series, Size
from core.model import Run
from plugins.answers import CannotTell

__all__ = ["figures"]

_MANY, _FEW = 3000, 400
_AT_ONCE, _PER_SECOND = 200, 10.0
_START, _STOP, _AGENT = timedelta(seconds=20), timedelta(seconds=20), timedelta(seconds=10)
_SECONDS = 3600.0
_ENDPOINT = Endpoint(url="http://azure.invalid", scope="simulator/.default", simulated=True)


def figures(size: Size) -> Iterator[Figure]:
    """Seconds of the story, from the first look until all are up, and until all are off again."""
    count = _MANY if size.warm else _FEW
    yield Figure(
        name="start-machines",
        title=f"start {count:,} machines and stop them again",
        unit="s",
        ours=Series((_ours(count),)),
        floor=Series((2 * (count - _AT_ONCE) / _PER_SECOND,)),
        target=1.2,
        of="ratio",
    )


def _ours(count: int) -> float:
    azure = _Azure(count)
    memories = {"": {"off": [m.id for m in azure.run.machines], "at": NOW.isoformat()}}
    started = _timed(azure, "do", memories)
    azure.clock.sleep(_SECONDS)  # they are patched, and the limits are as fresh as before
    return started + _timed(azure, "undo", memories)


def _timed(azure: _Azure, stage: Stage, memories: Mapping[str, Mapping[str, Any]]) -> float:
    began = azure.clock.now()
    play = try_do if stage == "do" else try_undo
    outcomes = play(
        start_machines,
        azure.run,
        memories,
        graph=azure,
        arm=azure,
        azure=azure.clients(stage),
        now=azure.clock,
        seconds=_SECONDS,
    )
    if wrong := [one for one in outcomes if one.status is not Status.PASSED]:
        raise AssertionError(f"{len(wrong)} did not go well: {wrong[0]}")
    return (azure.clock.now() - began).total_seconds()


@dataclass(slots=True)
class _Vm:
    id: str
    begun: datetime | None = None  # the last of the two, when it began and by which request
    to: str = "deallocated"
    requests: list[tuple[str, datetime, str]] = field(default_factory=list)

    def power(self, now: datetime) -> str:
        """As it is then."""
        if self.begun is None:
            return "deallocated"
        meanwhile, takes = ("starting", _START) if self.to == "running" else ("deallocating", _STOP)
        return self.to if self.begun + takes <= now else meanwhile


class _Azure(BaseAdapter):
    """Machines that are off; its answers come at once, and its limits are those of Azure."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.clock = SkippingClock(NOW)
        machines = [a_machine(f"m-{number:04}", power="deallocated") for number in range(count)]
        self.run: Run = a_run(*machines)
        self._vms = {machine.id.lower(): _Vm(machine.id) for machine in machines}
        self._lock = threading.Lock()
        self._left, self._at = float(_AT_ONCE), self.clock.now()
        self._writes = Writes(self.clock, lambda: 0.5)

    def clients(self, stage: Stage) -> ActionAzure:
        """Those of the SDK, as the app makes them, with this in the place of the wire."""
        clients = ManagementClients(_ENDPOINT, credential_for(_ENDPOINT), self.clock, self._writes)
        clients.session.mount("http://", self)
        return clients.for_action(
            stage=stage,
            deadline=self.clock.now() + timedelta(seconds=_SECONDS),
            run=self.run.id,
            action="start_machines",
            problem=CannotTell,
        )

    def send(
        self, request: requests.PreparedRequest, *given: Any, **options: Any
    ) -> requests.Response:
        """A start, or a deallocation."""
        machine, _, does = request.path_url.partition("?")[0].rpartition("/")
        with self._lock:
            now = self.clock.now()
            filled = self._left + _PER_SECOND * (now - self._at).total_seconds()
            self._left, self._at = min(float(_AT_ONCE), filled), now
            if self._left < 1 - 1e-6:
                return _response(request, 429, {"Retry-After": "1"})
            self._left -= 1
            vm = self._vms[machine.lower()]
            vm.begun, vm.to = now, "running" if does == "start" else "deallocated"
            vm.requests.append((does, now, str(request.headers["x-ms-client-request-id"])))
            left = {"x-ms-ratelimit-remaining-subscription-writes": str(int(self._left))}
        return _response(request, 202, left)

    def close(self) -> None:
        """There is nothing to close."""

    def ask(self, query: object, /, **values: object) -> Sequence[Mapping[str, Any]]:
        """Resource Graph."""
        now = self.clock.now()
        return [
            {"id": key, "machine": key, "known": vm.id, "power": f"PowerState/{vm.power(now)}"}
            for key, vm in self._vms.items()
        ]

    def get(self, path: str, /, *, api_version: str, **query: str) -> Mapping[str, Any]:
        """Nothing is asked for one by one."""
        raise CannotTell(f"GET {path}")

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        """The list of machines, or the activity log."""
        now = self.clock.now()
        if path.endswith("/eventtypes/management/values"):
            return [entry for vm in self._vms.values() for entry in _entries(vm)]
        return [_listed(vm, now) for vm in self._vms.values()]


def _response(
    request: requests.PreparedRequest, status: int, headers: Mapping[str, str]
) -> requests.Response:
    response = requests.Response()
    response.status_code, response.url, response.request = status, str(request.url), request
    response.headers.update(headers)
    response.raw = HTTPResponse(body=io.BytesIO(b""), status=status, preload_content=False)
    return response


def _listed(vm: _Vm, now: datetime) -> Mapping[str, Any]:
    power = vm.power(now)
    view: dict[str, Any] = {"statuses": [{"code": f"PowerState/{power}"}]}
    if power == "running" and vm.begun is not None:
        ready = vm.begun + _START + _AGENT <= now
        view["vmAgent"] = {"statuses": [{"displayStatus": "Ready" if ready else "Not Ready"}]}
    return {"id": vm.id, "properties": {"instanceView": view}}


def _entries(vm: _Vm) -> Iterator[Mapping[str, Any]]:
    for does, at, request in vm.requests:
        yield MappingProxyType(
            {
                "resourceId": vm.id,
                "operationName": {"value": f"Microsoft.Compute/virtualMachines/{does}/action"},
                "correlationId": request,
                "eventTimestamp": at.isoformat(),
                "status": {"value": "Succeeded"},
                "caller": "patchgate",
                "httpRequest": {"clientRequestId": request},
            }
        )
