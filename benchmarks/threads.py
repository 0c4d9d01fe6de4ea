"""What asking a check about a machine costs beyond the check itself, on threads.

The check answers at once, so that nearly all of it is ours: taking the next machine, timing the
answer, and making an outcome of sane size of it. The floor only calls the check.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.sample import pre_event
from checks import Context, Machine, Verdict, check, passed
from checks.discovery import define
from core.clock import SystemClock
from core.model import Run, Status
from plugins.runner import ask

__all__ = ["figures", "run_of"]

_MICROSECONDS = 1_000_000


@check
def harmless(machine: Machine) -> Verdict:
    """Every machine has a name."""
    return passed(name=machine.name)


def figures(size: Size) -> Iterator[Figure]:
    """Microseconds per check and machine: by the clock, and of the processor."""
    run = run_of(size.machines)
    ours, floor = alternate(size.rounds, _taken(run, _asked), _taken(run, _called))
    yield _figure("threads", "asking, in threads: elapsed", (ours, floor), 0, target=20)
    yield _figure("threads-cpu", "asking, in threads: CPU", (ours, floor), 1, target=20)


def run_of(count: int) -> Run:
    """The sample event's run, with so many machines."""
    event = pre_event()
    return Run(
        id=str(event.run),
        configuration_id=str(event.configuration),
        name=event.run.name,
        start=event.start,
        end=event.end,
        machines=tuple(Machine(id=f"/machines/{n}", name=f"vm-{n}") for n in range(count)),
    )


def _figure(
    name: str,
    title: str,
    taken: tuple[tuple[tuple[float, float], ...], ...],
    which: int,
    target: float | None = None,
) -> Figure:
    ours, floor = (Series(tuple(one[which] for one in works)) for works in taken)
    return Figure(
        name=name, title=title, unit="µs", ours=ours, floor=floor, target=target, of="beyond"
    )


def _taken(run: Run, work: Callable[[Run], None]) -> Callable[[], tuple[float, float]]:
    def taken() -> tuple[float, float]:
        began, burnt = time.perf_counter(), time.process_time()
        work(run)
        spans = (time.perf_counter() - began, time.process_time() - burnt)
        clock, processor = (span / len(run.machines) * _MICROSECONDS for span in spans)
        return clock, processor

    return taken


def _asked(run: Run) -> None:
    clock = SystemClock()
    now = clock.now()
    context = Context(
        run=run,
        now=now,
        deadline=now + timedelta(seconds=60),
        config=None,
        log=logging.getLogger("benchmark"),
    )
    outcomes = ask(define(harmless), context, clock).outcomes
    if {outcome.status for outcome in outcomes} != {Status.PASSED}:
        raise SystemExit("the check has not passed about every machine")


def _called(run: Run) -> None:
    for machine in run.machines:
        harmless(machine)
