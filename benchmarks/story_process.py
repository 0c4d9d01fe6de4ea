"""A process of its own for a whole story in memory: prints what it took until the cancel request.

The last of so many machines objects to being patched, and the simulator is in the same process.
"""

from __future__ import annotations

import json
import sys
import time

from benchmarks import straight_line
from benchmarks.cancelling import cancel_arrived
from benchmarks.given import azure, estate
from benchmarks.memory import peak_megabytes
from benchmarks.processes import quiet
from benchmarks.sample import ROOT, clock, envelope, pre_event
from cli.embedded import embedded
from core.model import Status
from simulator import serve


def _ours(machines: int) -> float:
    scenario = estate(machines, objects=True)
    with embedded(envelope(), scenario, root=ROOT, speed=1.0) as world:
        began = time.monotonic()
        world.deliver(envelope())
        taken = cancel_arrived(world.azure, world.clock) - began
        pages = sum(1 for seen in world.azure.seen if seen.what == "graph")
        if pages * 1000 < machines:
            raise SystemExit(f"the run was cancelled after {pages} pages: not for its machine")
        return taken


def _floor(machines: int) -> float:
    now = clock()
    world = azure(estate(machines, objects=True), now)
    with serve(world) as url, straight_line.session() as http:
        began = time.monotonic()
        verdicts = straight_line.judge(http, url, pre_event())
        if any(verdict.status is Status.BLOCKED for verdict in verdicts):
            straight_line.cancel(http, url, pre_event())
        return cancel_arrived(world, now) - began


def main(which: str, machines: str) -> None:
    """Measure one of the two."""
    quiet()
    seconds = (_ours if which == "ours" else _floor)(int(machines))
    print(json.dumps({"wall": seconds, "peak": peak_megabytes()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
