"""A process of its own for the simulator: prints its URL, then what it was asked at every line.

That is the pages of Resource Graph so far, and how many of them were the first of their query.
"""

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
            asked = [seen.body for seen in world.seen if seen.what == "graph"]
            firsts = sum("$skipToken" not in body.get("options", {}) for body in asked)
            print(len(asked), firsts, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
