"""The model test in parts, so that every core has one: see `test_stories_1.py` and its neighbours.

`PATCHGATE_STORIES` says how many stories all parts play together, 2,000 unless it is set, and
`PATCHGATE_SEED` with which chance: the same for everybody unless it is set, so that CI never fails
by chance. `tools/chaos.py` plays 100,000.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Stories
from tests.model.printing import told

__all__ = ["PARTS", "play", "play_part"]


class PlainChance(HypothesisProvider):
    """Hypothesis' own, without numbers that it finds in whatever modules happen to be imported.

    Those would make the stories of one seed depend on which other tests ran before.
    """

    def _maybe_draw_constant(self, *args: Any, **options: Any) -> None:
        return None


AVAILABLE_PROVIDERS["patchgate"] = f"{__name__}.{PlainChance.__name__}"

PARTS = 4
_STORIES = 2000
_RULES = 7  # at most, in one story


def play_part(part: int) -> None:
    """Play the stories of one part, from 1. The first that breaks an invariant is shrunk."""
    stories = int(os.environ.get("PATCHGATE_STORIES", _STORIES))
    chance = int(os.environ.get("PATCHGATE_SEED", "1"))
    with _on_one_core():
        play(stories // PARTS, chance * PARTS + part)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """A story's threads run in turn, and a turn is handed on faster on the same core.

    Each worker of pytest-xdist has another core, by its number; other processes are left alone.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    if sys.platform != "linux" or not worker.isdecimal():
        yield
        return
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(worker) % len(cores)]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def play(
    stories: int, chance: int, machine: type[Stories] = Stories, *, shrink: bool = True
) -> None:
    """Play so many stories of that seed. Raises `AssertionError` with all that is known of one."""
    chosen: Any = seed(chance)(type(machine.__name__, (machine,), {}))
    phases = tuple(Phase) if shrink else (Phase.generate,)
    chosen_settings = settings(
        max_examples=max(1, stories),
        stateful_step_count=_RULES,
        phases=[phase for phase in phases if phase is not Phase.explain],
        deadline=None,  # of real time, which nothing here depends on
        database=None,
        backend="patchgate",
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(chosen, settings=chosen_settings)
    except AssertionError as error:
        if chosen.failed is not None:
            error.add_note(told(chosen.failed))
        raise
