"""Patchgate beside the tutorial's way, over the same simulator, which answers 50 ms late.

Both have to cancel a run because the last of its VMs is switched off; time runs from the event
until the cancel call arrives. The simulator is a new one each time, in another process, and has
filled its tables before anybody asks.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from benchmarks.figure import Series
from benchmarks.processes import answer_of, environment
from benchmarks.sample import ROOT

__all__ = ["BUDGET", "LATENCY", "SIZES", "WAYS", "Plan", "Point", "points"]

LATENCY = 50  # milliseconds that every request waits for its answer
BUDGET = 20  # minutes from T-30, when the event comes at the latest, to T-10, the last for a cancel
SIZES = (10, 100, 1_000, 10_000, 100_000)
WAYS = {"patchgate": "gate_process", "tutorial": "tutorial"}
_LONG = 10_000  # machines, from which on the tutorial's way takes minutes
_FEW = 1_000
_OFTEN, _SELDOM = 5, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many machines, how late answers come (milliseconds), and how often all is repeated.

    `long`: the tutorial's way with ten thousand machines and more as well. `repeats`: None for
    five times, three where a round takes long, and once where it takes minutes.
    """

    sizes: Sequence[int] = SIZES
    ways: Sequence[str] = tuple(WAYS)
    long: bool = False
    latency: int = LATENCY
    repeats: int | None = None

    def rounds(self, way: str, machines: int) -> int:
        """How often that is measured; 0 for not at all."""
        slow = way == "tutorial" and machines >= _LONG
        if slow and not self.long:
            return 0
        return self.repeats or (1 if slow else _OFTEN if machines < _FEW else _SELDOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One way with so many machines: seconds by the clock and of the processor, megabytes."""

    way: str
    machines: int
    calls: dict[str, int]
    seconds: Series
    cpu: Series
    megabytes: Series


def points(plan: Plan) -> Iterator[Point]:
    """One after the other, the quick ones first."""
    for machines in plan.sizes:
        for way in plan.ways:
            rounds = plan.rounds(way, machines)
            if rounds:
                print(f"  {machines:,} machines: {way} …", file=sys.stderr, flush=True)
                taken = [_taken(way, machines, plan.latency) for _ in range(rounds)]
                yield _point(way, machines, taken)


def _point(way: str, machines: int, taken: Sequence[dict[str, Any]]) -> Point:
    middle = sorted(taken, key=lambda one: sum(one["calls"].values()))[len(taken) // 2]
    return Point(
        way=way,
        machines=machines,
        calls=middle["calls"],
        seconds=Series(tuple(one["cancelled"] - one["began"] for one in taken)),
        cpu=Series(tuple(one["cpu"] for one in taken)),
        megabytes=Series(tuple(one["peak"] for one in taken)),
    )


def _taken(way: str, machines: int, latency: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.slow_azure", str(machines), str(latency)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout  # noqa: S101, PT018 - they are pipes
        url = process.stdout.readline().strip()
        if not url:
            raise SystemExit("the simulator did not start")
        taken = answer_of(WAYS[way], url)
        seen = _asked(process.stdin, process.stdout)
        process.stdin.close()  # which ends it
    if seen["cancelled"] is None:
        raise SystemExit(f"{way} has not cancelled the run of {machines} machines")
    return {**taken, **seen}


def _asked(ask: IO[str], told: IO[str]) -> dict[str, Any]:
    ask.write("\n")
    ask.flush()
    seen: dict[str, Any] = json.loads(told.readline())
    return seen
