"""Resource Graph as the tests ask it, and as a scripted server plays it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from arg_queries.machines import Found, find_machines
from arg_queries.resource_graph import ResourceGraph, Rows
from arm.endpoint import Endpoint
from core.clock import Clock
from tests.arm.parts import SCOPE, Tokens
from tests.scripted_server import Play, Received, answer
from tests.simulator.world import RUN, SUBSCRIPTIONS, HandClock, World

__all__ = [
    "LATER",
    "SUBSCRIPTION",
    "ask",
    "ask_world",
    "find",
    "find_in",
    "graph",
    "machine_id",
    "machine_row",
    "page",
    "pages",
    "token_of",
]

Row = Mapping[str, Any]
SUBSCRIPTION = SUBSCRIPTIONS[0]
LATER = timedelta(minutes=10)


def graph(url: str, clock: Clock | None = None, credential: Tokens | None = None) -> ResourceGraph:
    """The real client, of the server with this URL."""
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=True)
    return ResourceGraph(endpoint, credential or Tokens(), clock or HandClock())


def ask(
    url: str,
    *,
    clock: Clock | None = None,
    credential: Tokens | None = None,
    subscriptions: Sequence[str] = (SUBSCRIPTION,),
    seconds: float = 600,
) -> Rows:
    """Some query, which a scripted server does not read."""
    clock = clock or HandClock()
    until = clock.now() + timedelta(seconds=seconds)
    return graph(url, clock, credential).ask("resources", subscriptions, until)


def ask_world(world: World, kql: str) -> Rows:
    """A query of the simulator."""
    until = world.clock.now() + LATER
    return graph(world.url, world.clock).ask(kql, SUBSCRIPTIONS, until)


def find(
    url: str, *, subscriptions: Sequence[str] = (SUBSCRIPTION,), seconds: float = 600
) -> Found:
    """The run's machines, by a server that is scripted."""
    clock = HandClock()
    until = clock.now() + timedelta(seconds=seconds)
    return find_machines(graph(url, clock), RUN, subscriptions, until)


def find_in(world: World, subscriptions: Sequence[str] = SUBSCRIPTIONS) -> Found:
    """The run's machines, by the simulator."""
    until = world.clock.now() + LATER
    return find_machines(graph(world.url, world.clock), RUN, subscriptions, until)


def machine_id(name: str, subscription: str = SUBSCRIPTION) -> str:
    """An Azure VM."""
    return (
        f"/subscriptions/{subscription}/resourceGroups/Estate"
        f"/providers/Microsoft.Compute/virtualMachines/{name}"
    )


def machine_row(name: str, **columns: Any) -> dict[str, Any]:
    """A row of `run_machines.kql`."""
    id_ = machine_id(name)
    return {
        "id": f"{id_.lower()}/providers/microsoft.maintenance/applyupdates/{RUN.name}",
        "resourceId": id_.lower(),
        "machineId": id_,
        "location": "westeurope",
        "tags": None,
        "os": "Linux",
        "power": "PowerState/running",
        **columns,
    }


def page(
    rows: Sequence[object] = (),
    *,
    after: str | None = None,
    total: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> Play:
    """One page of rows, the last one unless there is a token for what comes after."""
    body: dict[str, Any] = {
        "totalRecords": len(rows) if total is None else total,
        "count": len(rows),
        "data": list(rows),
        "facets": [],
        "resultTruncated": "true" if after else "false",
    }
    if after:
        body["$skipToken"] = after
    return answer(200, body, headers=headers)


def pages(rows: Sequence[Row], sizes: Sequence[int]) -> Callable[[Received], Play]:
    """The rows on pages of these sizes, whose tokens say nothing of what is on them."""
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    names = [None, *(f"page {n}" for n in range(1, len(sizes)))]

    def choose(request: Received) -> Play:
        number = names.index(token_of(request))
        first = starts[number] if starts else 0
        size = sizes[number] if sizes else 0
        following = names[number + 1] if number + 1 < len(sizes) else None
        return page(rows[first : first + size], after=following, total=len(rows))

    return choose


def token_of(request: Received) -> str | None:
    """The skip token that was sent."""
    token: str | None = request.json["options"].get("$skipToken")
    return token
