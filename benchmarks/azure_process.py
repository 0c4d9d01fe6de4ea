"""A process of its own for the simulator: prints its URL, then its queries so far at every line."""

from __future__ import annotations

import sys

from benchmarks.given import azure, clock, estate
from simulator import serve


def main(machines: str) -> None:
    """Until standard input ends."""
    world = azure(estate(int(machines)), clock())
    with serve(world) as url:
        print(url, flush=True)
        for _ in sys.stdin:
            print(sum(seen.what == "graph" for seen in world.seen), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
