"""The model test can fail: each of these changes to the product is found within a few stories.

A change is made where the product can be taken apart: at a step, at the way to the engine, or at a
story's own engine. Its message is that of the invariant which it breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import wire
from core.ids import RunId
from core.report import Cancellation, Tally
from handlers.activities import steps
from handlers.app import STORIES
from handlers.engines import Engine, Json, Known, Step, Story, Task
from handlers.orders import CancelRequest, CheckAnswer, Look
from tests.model.engine import Register
from tests.model.machine import Stories
from tests.model.shards import play
from tests.model.site import ModelServices
from tests.model.world import Product

_STORIES = 250  # far fewer than CI plays
_SEED = 7
_SOONER = {
    "an UNKNOWN counts as a yes": 5,
    "a 200 is proof": 2,
    "cancelled after the start": 9,
}  # seeds that find it at once


def _with_step(name: str, changed: Callable[[ModelServices, Step], Step]) -> Product:
    def made(services: ModelServices) -> dict[str, Step]:
        real = steps(services)
        return {**real, name: changed(services, real[name])}

    return Product(steps=made)


def _unknown_passes(_: ModelServices, step: Step) -> Step:
    """Whoever gives no answer is taken to have said yes."""

    def asked(request: Json) -> Json:
        answer = wire.load(CheckAnswer, step(request))
        tally = answer.tally
        heard = Tally(passed=tally.passed + tally.unknown, blocked=tally.blocked)
        return wire.dump(replace(answer, tally=heard))

    return asked


def _nothing_is_missing(_: ModelServices, step: Step) -> Step:
    """What Resource Graph hides is taken not to be there."""
    return lambda request: wire.dump(replace(wire.load(Look, step(request)), gaps=(), undetailed=0))


def _every_machine_is_blocked(_: ModelServices, step: Step) -> Step:
    def asked(request: Json) -> Json:
        answer = wire.load(CheckAnswer, step(request))
        return wire.dump(replace(answer, tally=Tally(blocked=max(1, answer.tally.total))))

    return asked


def _a_200_is_proof(_: ModelServices, step: Step) -> Step:
    """What Azure answers to the cancel call is taken for what it did."""

    def cancel(request: Json) -> Json:
        outcome = wire.load(Cancellation, step(request))
        if any(call.method == "PUT" and call.status == 200 for call in outcome.calls):
            outcome = replace(outcome, confirmed=True, state="cancelled")
        return wire.dump(outcome)

    return cancel


def _once_is_enough(services: ModelServices, step: Step) -> Step:
    """The first round is the last: nobody asks again."""
    asked: list[Json] = []

    def cancel(request: Json) -> Json:
        if asked:
            return wire.dump(Cancellation(confirmed=True, state="cancelled"))
        asked.append(request)
        return step(request)

    return cancel


def _of_the_next_run(_: ModelServices, step: Step) -> Step:
    def cancel(request: Json) -> Json:
        wanted = wire.load(CancelRequest, request)
        other = RunId(configuration=wanted.run.configuration, name=wanted.run.name + "1")
        return step(wire.dump(replace(wanted, run=other)))

    return cancel


def _beyond_the_start(_: ModelServices, step: Step) -> Step:
    def cancel(request: Json) -> Json:
        wanted = wire.load(CancelRequest, request)
        return step(wire.dump(replace(wanted, until=wanted.until + timedelta(minutes=10))))

    return cancel


class _Blind(Register):
    """Does not look whether there is such a story already."""

    async def look(self, key: str) -> Known | None:
        return None


class _Forgetful(Register):
    """Takes a story, and forgets it."""

    async def start(self, story: str, key: str, order: Json) -> None:
        return


@dataclass(frozen=True)
class _Late:
    """An engine whose timers fire five minutes late."""

    engine: Engine

    @property
    def now(self) -> datetime:
        return self.engine.now

    def activity(self, name: str, request: Json) -> Task:
        return self.engine.activity(name, request)

    def timer(self, at: datetime) -> Task:
        return self.engine.timer(at + timedelta(minutes=5))

    def any(self, tasks: Any) -> Task:
        return self.engine.any(tasks)

    def status(self, status: Json) -> None:
        self.engine.status(status)


def _late(engine: Engine, order: Json) -> Story[Json]:
    return STORIES["gate"](_Late(engine), order)


_CHANGES = {
    "an UNKNOWN counts as a yes": (_with_step("ask_check", _unknown_passes), "THE PROMISE"),
    "a gap is not there": (_with_step("find_machines", _nothing_is_missing), "THE PROMISE"),
    "a 200 is proof": (_with_step("cancel_run", _a_200_is_proof), "it is not"),
    "a second round is not needed": (_with_step("cancel_run", _once_is_enough), "it is not"),
    "a fine run is blocked": (_with_step("ask_check", _every_machine_is_blocked), "that is fine"),
    "another run is cancelled": (_with_step("cancel_run", _of_the_next_run), "is not the cancel"),
    "cancelled after the start": (_with_step("cancel_run", _beyond_the_start), "after the start"),
    "no look before the start": (Product(register=_Blind), "was started"),
    "accepted and forgotten": (Product(register=_Forgetful), "is not there"),
    "timers fire late": (Product(stories={**STORIES, "gate": _late}), "check_by|that is fine"),
}


@pytest.mark.parametrize("change", _CHANGES)
def test_the_model_finds(change: str) -> None:
    product, message = _CHANGES[change]
    machine = type("Changed", (Stories,), {"product": product})

    with pytest.raises(AssertionError, match=message):
        play(_STORIES, _SOONER.get(change, _SEED), machine, shrink=False)
