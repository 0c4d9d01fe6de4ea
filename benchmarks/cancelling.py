"""From the verdict that decides to the cancel request on the wire.

The whole of Patchgate in memory, where a check notes when it answers and the simulator when the PUT
arrives. The floor: the same function called, and the same PUT sent to such a simulator.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import straight_line
from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.given import azure, monotonic
from benchmarks.processes import quiet
from benchmarks.sample import clock, envelope, pre_event
from cli.embedded import embedded
from core.clock import Clock
from core.model import Machine
from simulator import Azure, Scenario, serve

__all__ = ["cancel_arrived", "figures"]

_CHECK = '''
"""A check that notes when it has answered."""

import time

from checks import Machine, Verdict, blocked, check

ANSWERED: list[float] = []


@check
def says_no(machine: Machine) -> Verdict:
    """Nothing may be patched."""
    verdict = blocked("not today")
    ANSWERED.append(time.monotonic())
    return verdict
'''
_MODULE = "my_checks.says_no"
_PATIENCE = 60.0  # seconds, after which something is broken


def figures(size: Size) -> Iterator[Figure]:
    """Milliseconds."""
    ours, floor = alternate(size.rounds, _ours, _floor)
    yield Figure(
        name="cancel",
        title="verdict → cancel on the wire",
        unit="ms",
        ours=Series(ours),
        floor=Series(floor),
        target=50,
        of="beyond",
    )


def _ours() -> float:
    quiet()
    with _site() as root, embedded(envelope(), Scenario(), root=root, speed=1.0) as world:
        world.deliver(envelope())
        arrived = cancel_arrived(world.azure, world.clock)
        answered: list[float] = sys.modules[_MODULE].ANSWERED
        return 1000 * (arrived - max(answered))


def _floor() -> float:
    now = clock()
    world = azure(Scenario(), now)
    with _site() as root, serve(world) as url, straight_line.session() as http:
        says_no, answered = _loaded(root / "my_checks" / "says_no.py")
        straight_line.judge(http, url, pre_event())  # so that the connection is there, as ours is
        says_no(Machine(id="/machines/a", name="a"))
        straight_line.cancel(http, url, pre_event())
        return 1000 * (cancel_arrived(world, now) - max(answered))


@contextmanager
def _site() -> Iterator[Path]:
    """A folder with that one check, and the default policy."""
    with TemporaryDirectory(prefix="patchgate-bench-") as folder:
        checks = Path(folder, "my_checks")
        checks.mkdir()
        (checks / "says_no.py").write_text(_CHECK, encoding="utf-8")
        yield Path(folder)


def _loaded(path: Path) -> tuple[Callable[[Machine], object], list[float]]:
    space: dict[str, Any] = {"__name__": "floor"}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)  # noqa: S102
    return space["says_no"], space["ANSWERED"]


def cancel_arrived(world: Azure, now: Clock) -> float:
    """Wait until a cancel request has come, and say when, as `time.monotonic` counts."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        for seen in world.seen:
            if seen.what == "cancel":
                return monotonic(seen.at, now)
        time.sleep(0.005)
    raise TimeoutError("no cancel request came")
