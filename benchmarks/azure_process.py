"""A process of its own for the simulator: prints its URL, then what it was asked at every line.

That is the pages of Resource Graph so far, and how many of them were the first of their query.
"""

from __future__ import annotations

import sys
from dataclasses import replace

from benchmarks.given import azure, estate
from benchmarks.sample import clock
from simulator import Scenario, serve
from simulator.scenario import MachineGroup, Site

_POOL = "shop"
_SITES = (
    Site(name="shop", body="all is well"),
    Site(name="shop", path="/health", body="well"),
    Site(name="tickets", path="/patchgate", method="POST", body='{"verdict": "passed"}'),
)


def well(machines: int) -> Scenario:
    """So many machines of the run that no shipped check objects to, and what these checks ask.

    The VMs are in load balancers' pools, of which some members are not in the run.
    """
    scenario = estate(machines)
    in_run = [
        replace(group, backend_pool=_POOL) if group.kind == "vm" else group
        for group in scenario.machines
    ]
    spare = MachineGroup(name="spare-{n}", count=8, backend_pool=_POOL, in_run=False)
    return replace(scenario, machines=(*in_run, spare), sites=_SITES)


def main(machines: str) -> None:
    """Until standard input ends."""
    world = azure(well(int(machines)), clock())
    with serve(world) as url:
        print(url, flush=True)
        for _ in sys.stdin:
            asked = [seen.body for seen in world.seen if seen.what == "graph"]
            firsts = sum("$skipToken" not in body.get("options", {}) for body in asked)
            print(len(asked), firsts, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
