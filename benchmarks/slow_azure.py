"""A process of its own for a simulator that lets every request wait, as a network does.

Prints its URL; then, for every line that it reads, how many requests of each kind have come, up to
and including the first cancel request, and when that one came (null if it has not).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from typing import Any

from arg_queries.kql import query
from benchmarks import tutorial
from benchmarks.given import azure, monotonic, vms
from benchmarks.sample import clock, envelope, pre_event
from core.clock import Clock
from simulator import Azure, serve
from simulator.azure import Visit
from simulator.messages import Request
from simulator.scenario import Fault

_MILLISECONDS = 1000
_GRAPH = "/providers/Microsoft.ResourceGraph/resources"


def main(machines: str, latency: str) -> None:
    """Serve so many VMs, every answer so many milliseconds late, until standard input ends."""
    slow = Fault(on="any", always=True, delay=float(latency) / _MILLISECONDS)
    now = clock()
    world = azure(replace(vms(int(machines)), faults=(slow,)), now)
    _fill(world)
    with serve(world) as url:
        print(url, flush=True)
        for _ in sys.stdin:
            print(json.dumps(_told(world, now)), flush=True)


def _fill(world: Azure) -> None:
    """Answer each contestant's first query to nobody: neither pays for the simulator's tables."""
    event = pre_event()
    named = envelope()["data"]["CorrelationId"]
    for question in (query("run_machines", event.run), tutorial.question(named)):
        body = {"query": question, "subscriptions": list(event.subscriptions)}
        request = Request(
            method="POST", path=_GRAPH, api_version="2022-10-01", authorised=True, json=body
        )
        reply = world.answer(Visit(request=request, index=0))
        if reply.status != 200 or not reply.body["data"]:
            raise SystemExit(f"the simulator does not find the machines: {reply.body}")


def _told(world: Azure, now: Clock) -> dict[str, Any]:
    calls: Counter[str] = Counter()
    for seen in world.seen:
        calls[seen.what] += 1
        if seen.what == "cancel":
            return {"calls": calls, "cancelled": monotonic(seen.at, now)}
    return {"calls": calls, "cancelled": None}


if __name__ == "__main__":
    main(*sys.argv[1:])
