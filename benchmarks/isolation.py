"""What it takes until a check that has a process of its own has answered.

The first question also starts the nursery, which loads the checks: beside it, Python's own start.
Every other one forks: beside it, a bare fork of this process that sends one byte.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

from benchmarks.figure import Figure, Series, Size, alternate
from benchmarks.processes import seconds_of
from benchmarks.threads import run_of
from checks import Context
from checks.discovery import discover
from core.clock import SystemClock
from core.model import Asking, Run, Status
from plugins.config import config_of
from plugins.definition import Definition
from plugins.isolation import Nursery
from plugins.runner import Way, ask

__all__ = ["figures"]

_CHECK = "opt_out_tag"
_MILLISECONDS = 1000


def figures(size: Size) -> Iterator[Figure]:
    """Milliseconds."""
    (definition,) = (
        check for check in discover(None) if check.name == _CHECK and isinstance(check, Definition)
    )
    question = partial(_asked, definition, run_of(1))
    with contextlib.closing(Nursery(None)) as nursery:
        question(nursery)
        ours, floor = alternate(size.rounds, partial(question, nursery), _forked)
    yield Figure(
        name="isolation",
        title="asking in a process of its own",
        unit="ms",
        ours=Series(ours),
        floor=Series(floor),
        target=60,
    )
    ours, floor = alternate(size.few, _first(question), _started)
    yield Figure(
        name="isolation-first",
        title="  the first time",
        unit="ms",
        ours=Series(ours),
        floor=Series(floor),
    )


def _first(question: Callable[[Nursery], float]) -> Callable[[], float]:
    def first() -> float:
        with contextlib.closing(Nursery(None)) as nursery:
            return question(nursery)

    return first


def _asked(definition: Definition, run: Run, nursery: Nursery) -> float:
    clock = SystemClock()
    now = clock.now()
    context = Context(
        run=run,
        now=now,
        deadline=now + timedelta(seconds=60),
        config=config_of(definition, {}),
        log=logging.getLogger("benchmark"),
    )
    way = Way(rule=Asking(isolation="process"), nursery=nursery)
    began = time.perf_counter()
    outcomes = ask(definition, context, clock, way=way).outcomes
    taken = (time.perf_counter() - began) * _MILLISECONDS
    if {outcome.status for outcome in outcomes} != {Status.PASSED}:
        raise SystemExit(f"the check has not passed: {outcomes[0].reason}")
    return taken


def _forked() -> float:
    began = time.perf_counter()
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(tell, b".")
        os._exit(0)
    os.read(told, 1)
    taken = (time.perf_counter() - began) * _MILLISECONDS
    os.waitpid(pid, 0)
    os.close(told)
    os.close(tell)
    return taken


def _started() -> float:
    clock, _ = seconds_of("pass")
    return clock * _MILLISECONDS
