"""The cancel client with its real parts: HTTP to the simulator, or to a scripted server."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from arg_queries.resource_graph import ResourceGraph
from arg_queries.runs import RunRow, run_state
from arm.endpoint import Endpoint
from arm.session import ArmSession
from cancel_client.client import CancelClient
from core.clock import Clock
from core.ids import RunId
from core.report import Cancellation
from tests.arg_queries.parts import page
from tests.arm.parts import SCOPE, VERSION, Tokens
from tests.scripted_server import Play, Received, answer, by
from tests.simulator.world import RUN, HandClock, World

__all__ = [
    "PatientClock",
    "cancel",
    "cancel_in",
    "cancels",
    "client",
    "methods",
    "refusing",
    "run_answer",
]


class PatientClock(HandClock):
    """Time stands still; a server that is slow because the machine is busy is waited for."""

    def real_seconds(self, until: datetime) -> float:
        return 60.0 if self.now() < until else 0.0


def client(url: str, clock: Clock) -> CancelClient:
    """One that reads back from the run itself and from Resource Graph, like the app's."""
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=True)
    graph = ResourceGraph(endpoint, Tokens(), clock)

    def read_state(run: RunId, until: datetime) -> RunRow:
        return run_state(graph, run, until)

    return CancelClient(ArmSession(endpoint, Tokens(), clock), read_state, clock, VERSION)


def cancel(url: str, clock: Clock, seconds: float = 600, run: RunId = RUN) -> Cancellation:
    """Cancel the run, within so many seconds of the story's time."""
    return client(url, clock).cancel(run, clock.now() + timedelta(seconds=seconds))


def cancel_in(world: World, seconds: float = 600) -> Cancellation:
    """Cancel the simulator's run. Whatever happens: on time, and no other path is touched."""
    until = world.clock.now() + timedelta(seconds=seconds)
    told = cancel(world.url, world.clock, seconds)
    assert all(seen.at < until for seen in world.azure.seen)
    assert {seen.path for seen in world.azure.seen} <= {
        str(RUN),
        "/providers/Microsoft.ResourceGraph/resources",
    }
    assert world.clock.now() <= until
    return told


def cancels(world: World) -> list[float]:
    """When cancel calls arrived, in seconds after the first."""
    at = [seen.at for seen in world.azure.seen if seen.what == "cancel"]
    return [(moment - at[0]).total_seconds() for moment in at]


def refusing(*refusals: Play) -> Play:
    """An Azure that answers the first cancel calls like this, and takes the next."""
    waiting = list(refusals)
    state = ["Pending"]

    def choose(request: Received) -> Play:
        if request.method == "PUT" and waiting:
            return waiting.pop(0)
        if request.method == "PUT":
            state[0] = "Cancelled"
        return page() if request.method == "POST" else run_answer(state[0])

    return by(choose)


def run_answer(status: str, run: object = RUN) -> Play:
    """The run as the GET and the PUT answer it."""
    return answer(200, {"id": str(run), "properties": {"status": status}})


def methods(received: Iterable[Received]) -> list[str]:
    """What was asked, in order."""
    return [request.method for request in received]
