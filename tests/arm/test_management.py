"""Azure's own SDKs, within an action's bounds: nothing is changed early, late or too fast."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.compute import ComputeManagementClient

from arm.endpoint import Endpoint
from arm.management import ActionAzure, ManagementClients, request_id
from arm.writes import AT_ONCE, Writes
from core.clock import Clock
from tests.arm.certificates import LOOPBACK, certificate, server_side
from tests.arm.parts import SCOPE, Tokens, hasty
from tests.scripted_server import Play, Received, answer, by, hang_up, scripted, silence
from tests.simulator.world import RUN, SUBSCRIPTIONS, HandClock

Stage = Literal["plan", "do", "undo"]
_SUBSCRIPTION = SUBSCRIPTIONS[0]
_VM = (
    f"/subscriptions/{_SUBSCRIPTION}/resourceGroups/estate/providers"
    "/Microsoft.Compute/virtualMachines/web-01"
)
_ID = "x-ms-client-request-id"
_ERROR = {"error": {"code": "AllocationFailed", "message": "There is no room."}}


class CannotTell(Exception):
    """What the app gives for the problem."""


def _azure(
    url: str,
    stage: Stage = "do",
    *,
    clock: Clock | None = None,
    seconds: float = 600,
    writes: Writes | None = None,
    simulated: bool = True,
    credential: Tokens | None = None,
) -> ActionAzure:
    clock = clock or HandClock()
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=simulated)
    clients = ManagementClients(endpoint, credential or Tokens(), clock, writes or Writes(clock))
    return clients.for_action(
        stage=stage,
        deadline=clock.now() + timedelta(seconds=seconds),
        run=str(RUN),
        action="wake",
        problem=CannotTell,
    )


def _machines(azure: ActionAzure) -> Any:
    return azure.client(ComputeManagementClient, _SUBSCRIPTION).virtual_machines


def _start(azure: ActionAzure, name: str = "web-01") -> None:
    _machines(azure).begin_start("estate", name, polling=False)


def test_a_start_is_one_post_as_us() -> None:
    with scripted(answer(202)) as server:
        _start(_azure(server.url))
        (received,) = server.received
    assert (received.method, received.path) == ("POST", f"{_VM}/start")
    assert received.headers["authorization"] == "Bearer simulator"


def test_in_the_cloud_our_token_is_sent_to_a_host_that_proves_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the scope of that cloud, and to nobody else: over plain HTTP nothing is sent at all."""
    pem = certificate(tmp_path, LOOPBACK)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    tokens = Tokens()
    with scripted(answer(202), tls=server_side(pem)) as server:
        _start(_azure(server.url, simulated=False, credential=tokens))
        (received,) = server.received
    assert received.headers["authorization"] == "Bearer secret-1"
    assert tokens.scopes == [SCOPE]
    with scripted(answer(202)) as server:
        with pytest.raises(CannotTell):
            _start(_azure(server.url, simulated=False))
        assert server.received == []


def test_while_an_action_plans_nothing_is_changed() -> None:
    """It can look, and a change is a problem before anything is sent."""
    with scripted(answer(200, {"id": _VM})) as server:
        azure = _azure(server.url, "plan")
        assert _machines(azure).get("estate", "web-01").id == _VM
        with pytest.raises(CannotTell, match=r"would change something before ctx\.remember"):
            _start(azure)
        assert [one.method for one in server.received] == ["GET"]


@pytest.mark.parametrize("stage", ["do", "undo"])
def test_a_write_tells_who_asked_for_what(stage: Stage) -> None:
    """The same id however often it is sent, and another one for anything else."""
    with scripted(answer(202)) as server:
        _start(_azure(server.url, stage))
        _start(_azure(server.url, stage))
        _start(_azure(server.url, stage), "web-02")
        first, again, other = (one.headers[_ID] for one in server.received)
    assert first == again == request_id(str(RUN).upper(), "wake", f"{_VM}/start".lower())
    assert uuid.UUID(other).version == 5
    assert other != first


@pytest.mark.parametrize("changed", ["run", "action", "path"])
def test_another_run_action_or_path_has_another_id(changed: str) -> None:
    given = {"run": str(RUN), "action": "wake", "path": f"{_VM}/start"}
    assert request_id(**given) != request_id(**(given | {changed: "another"}))


def test_the_path_of_an_id_is_as_people_write_it() -> None:
    """Resource groups may have parentheses, which the SDK encodes."""
    with scripted(answer(202)) as server:
        _machines(_azure(server.url)).begin_start("a (b)", "web-01", polling=False)
        (received,) = server.received
    path = _VM.replace("estate", "a (b)")
    assert received.headers[_ID] == request_id(str(RUN), "wake", f"{path}/start")


def test_a_throttled_write_is_sent_again_when_azure_says() -> None:
    """And no other write is sent meanwhile."""
    clock = HandClock()
    began = clock.now()
    with scripted(answer(429, headers={"Retry-After": "17"}), answer(202)) as server:
        _start(_azure(server.url, clock=clock, writes=Writes(clock, lambda: 0.0)))
        assert len(server.sent("POST")) == 2
    assert (clock.now() - began).total_seconds() == 17


def test_what_is_throttled_until_the_deadline_is_a_problem_then() -> None:
    """Nobody waits past it."""
    clock = HandClock()
    end = clock.now() + timedelta(seconds=60)
    with (
        scripted(answer(429, headers={"Retry-After": "25"})) as server,
        pytest.raises(CannotTell, match="429"),
    ):
        _start(_azure(server.url, clock=clock, seconds=60))
    assert clock.now() <= end


def test_writes_keep_to_azures_limits() -> None:
    """Ten more than are admitted at once take a second, whoever sends them."""
    clock = HandClock()
    writes, began = Writes(clock), clock.now()
    with scripted(answer(202)) as server:
        for azure in (_azure(server.url, clock=clock, writes=writes) for _ in range(2)):
            for _ in range(AT_ONCE // 2 + 5):
                _start(azure)
    assert (clock.now() - began).total_seconds() == pytest.approx(1.0, rel=0.01)


def test_after_the_deadline_nothing_is_sent() -> None:
    clock = HandClock()
    with scripted(answer(202)) as server:
        azure = _azure(server.url, clock=clock, seconds=60)
        clock.sleep(60)
        for ask in (_start, lambda azure: _machines(azure).get("estate", "web-01")):
            with pytest.raises(CannotTell, match="no time left"):
                ask(azure)
        assert server.received == []


@pytest.mark.parametrize("way", [silence, hang_up])
def test_a_post_without_an_answer_may_have_worked(way: Callable[[], Play]) -> None:
    """It is not sent again by itself, and nobody waits for it past the deadline."""
    with scripted(way(), answer(202)) as server:
        with pytest.raises(CannotTell, match="it may have worked"):
            _start(_azure(server.url, clock=hasty(), seconds=120))
        assert len(server.received) == 1


@pytest.mark.parametrize("first", [hang_up(), answer(500), answer(503)])
def test_a_read_is_asked_again(first: Play) -> None:
    with scripted(first, answer(200, {"id": _VM})) as server:
        assert _machines(_azure(server.url)).get("estate", "web-01").id == _VM


def test_what_azure_refuses_is_raised_as_its_sdk_does() -> None:
    """With its code and its words, and at once."""
    with scripted(answer(409, _ERROR), answer(404, _ERROR), answer(500, _ERROR)) as server:
        azure = _azure(server.url)
        for status, kind in ((409, HttpResponseError), (404, ResourceNotFoundError)):
            with pytest.raises(kind, match=r"There is no room\.") as refused:
                _start(azure)
            assert refused.value.status_code == status
        with pytest.raises(HttpResponseError):
            _start(azure)
        assert len(server.received) == 3


@pytest.mark.parametrize("missing", [302, 409])
def test_the_sdk_does_nothing_by_itself(missing: int) -> None:
    """It follows no redirect, and registers no resource provider."""
    body = {"error": {"code": "MissingSubscriptionRegistration", "message": "Not registered."}}
    play = answer(missing, body, headers={"Location": "http://127.0.0.1:1/"})
    with scripted(play) as server:
        with pytest.raises(HttpResponseError):
            _start(_azure(server.url))
        assert len(server.received) == 1


def test_waiting_for_an_operation_ends_at_the_deadline() -> None:
    """Also where an author lets the SDK poll: by the story's clock, not by the wall's."""
    clock = HandClock()

    def play(received: Received) -> Play:
        place = f"http://{received.headers['host']}/subscriptions/{_SUBSCRIPTION}/operations/1"
        headers = {"Azure-AsyncOperation": place, "Retry-After": "20"}
        body = {"status": "InProgress"} if received.method == "GET" else None
        return answer(202 if body is None else 200, body, headers=headers)

    with scripted(by(play)) as server:
        poller = _machines(_azure(server.url, clock=clock)).begin_start("estate", "web-01")
        with pytest.raises(CannotTell, match="an operation was not over in time"):
            poller.result(timeout=60)
        assert len(server.sent("GET")) == 600 // 20


def test_a_client_is_made_once_for_each_subscription() -> None:
    azure = _azure("http://127.0.0.1:1")
    first = azure.client(ComputeManagementClient, _SUBSCRIPTION)
    assert azure.client(ComputeManagementClient, _SUBSCRIPTION.upper()) is first
    assert azure.client(ComputeManagementClient, SUBSCRIPTIONS[1]) is not first


def test_a_subscription_is_one_before_it_is_part_of_a_url() -> None:
    with pytest.raises(CannotTell, match="must be a GUID"):
        _azure("http://127.0.0.1:1").client(ComputeManagementClient, "../x")


def test_what_is_sent_is_what_the_sdk_makes_of_it() -> None:
    """A body goes out as JSON, with the api-version that the SDK has chosen."""
    with scripted(answer(200, {"id": _VM, "location": "westeurope"})) as server:
        _machines(_azure(server.url)).begin_create_or_update(
            "estate", "web-01", {"location": "westeurope"}, polling=False
        )
        (received,) = server.received
    assert json.loads(received.body) == {"location": "westeurope"}
    assert "api-version=" in received.target
