"""Azure's own SDKs, pointed at a simulator whose clock they wait by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import RetryPolicy, SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.hybridcompute import HybridComputeManagementClient
from azure.mgmt.resource.resources import ResourceManagementClient

from tests.simulator.world import SUBSCRIPTIONS, HandClock, World, world

__all__ = [
    "GROUP",
    "SDK",
    "arc",
    "entries",
    "refused",
    "sdk",
    "vm",
]

C = TypeVar("C")
GROUP = "Estate"
_SUBSCRIPTION = SUBSCRIPTIONS[0]


def vm(name: str) -> str:
    """The id of a VM of these tests."""
    return _id("Microsoft.Compute/virtualMachines", name)


def arc(name: str) -> str:
    """The id of an Arc server of these tests."""
    return _id("Microsoft.HybridCompute/machines", name)


def _id(type_: str, name: str) -> str:
    return f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/{GROUP}/providers/{type_}/{name}"


class _Token:
    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken("token", 4102444800)


class _Bearer(SansIOHTTPPolicy[Any, Any]):
    """The SDK's own policy refuses to send a token over plain HTTP."""

    def on_request(self, request: Any) -> None:
        request.http_request.headers["Authorization"] = "Bearer token"


class _Transport(RequestsTransport):  # type: ignore[misc]  # untyped
    """Waits by the clock of the story."""

    def __init__(self, clock: HandClock) -> None:
        super().__init__()
        self._clock = clock

    def sleep(self, duration: float) -> None:
        self._clock.sleep(duration)


class SDK:
    """Clients of one world."""

    def __init__(self, of: World) -> None:
        self.world = of
        self.compute = self._client(ComputeManagementClient)
        self.arc = self._client(HybridComputeManagementClient)
        self.resources = self._client(ResourceManagementClient)

    def _client(self, kind: Callable[..., C]) -> C:
        return kind(
            _Token(),
            _SUBSCRIPTION,
            base_url=self.world.url,
            transport=_Transport(self.world.clock),
            authentication_policy=_Bearer(),
            retry_policy=RetryPolicy.no_retries(),
        )

    def power(self, name: str) -> str:
        """The power state that the instance view tells."""
        view = self.compute.virtual_machines.instance_view(GROUP, name)
        codes = [str(status.code) for status in view.statuses or ()]
        return next(code for code in codes if code.startswith("PowerState/")).partition("/")[2]


@contextmanager
def sdk(scenario: str) -> Iterator[SDK]:
    """A world with machines in one subscription: `scenario` begins with keys of the first."""
    with world(scenario) as of:
        yield SDK(of)


def refused(work: Callable[[], object]) -> tuple[int | None, str]:
    """Status and code with which Azure refuses that."""
    with pytest.raises(HttpResponseError) as caught:
        work()
    error = caught.value.error
    return caught.value.status_code, "" if error is None else str(error.code)


def entries(of: World, narrow: str, **query: str) -> list[dict[str, Any]]:
    """The entries of the activity log that can be read now, the newest first."""
    since = "eventTimestamp ge '2026-03-01T00:00:00Z'"
    params = {"api-version": "2015-04-01", "$filter": f"{since} and {narrow}", **query}
    path = f"/subscriptions/{_SUBSCRIPTION}/providers/Microsoft.Insights/eventtypes/management"
    found: list[dict[str, Any]] = []
    answer = of.send("GET", f"{path}/values", params=params)
    while True:
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["value"]
        if "nextLink" not in page:
            return found
        answer = of.send("GET", page["nextLink"].removeprefix(of.url), params={})
