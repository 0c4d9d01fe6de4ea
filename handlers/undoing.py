"""Put back what actions have changed, in the reverse order of doing.

An undo looks at the real state as well as at what is remembered, so repeating one is harmless: what
did not work is tried again, ever later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core import wire
from core.report import CheckReport, Memory, Tally
from handlers.acted import acted
from handlers.engines import Engine, Story
from handlers.judging.answers import Answers, sum_of
from handlers.orders import ActRequest, CheckSpec, RunHead

__all__ = ["undo_all"]

_PAUSES = (30, 120, 300, 600)  # seconds between the tries of one undo
_TRY = timedelta(minutes=20)  # for one of them


def undo_all(
    engine: Engine, memories: Sequence[Memory], run: RunHead
) -> Story[tuple[CheckReport, ...]]:
    """How each undo went, in the order of undoing. Never raises for what a step does."""
    undone: list[CheckReport] = []
    for memory in reversed(memories):
        report = yield from _undo(engine, memory, run)
        undone.append(report)
    return tuple(undone)


def _undo(engine: Engine, memory: Memory, run: RunHead) -> Story[CheckReport]:
    answers, left, told = Answers(), memory.packed, Tally()
    spec = _spec(memory)
    answers.in_force((spec,))
    tries = 0
    while True:
        tries += 1
        left = yield from _try(engine, replace(memory, packed=left), run, spec, answers)
        (report,) = answers.reports()
        if not left or tries > len(_PAUSES):
            return replace(report, tally=sum_of((told, report.tally)), asked=tries)
        # What was put back is not asked about again, so it is counted here.
        if memory.scope == "machine":
            told = sum_of((told, replace(report.tally, blocked=0, unknown=0)))
        pause = timedelta(seconds=_PAUSES[tries - 1])
        yield engine.any((engine.timer(engine.now + pause),))


def _try(
    engine: Engine, memory: Memory, run: RunHead, spec: CheckSpec, answers: Answers
) -> Story[str]:
    """What is still to be undone."""
    concerned = len(wire.unpack_memories(memory.packed))
    request = _request(memory, run, engine.now + _TRY)
    answer = yield from acted(engine, request, spec, answers, concerned)
    return memory.packed if answer is None else answer.memory


def _request(memory: Memory, run: RunHead, by: datetime) -> ActRequest:
    return ActRequest(
        action=memory.action,
        stage="undo",
        run=run,
        machines=memory.machines,
        memory=memory.packed,
        deadline=by,
        # Its patience was for doing; here it is tried again by this story.
        asking=replace(memory.asking, patience=0.0),
        config=memory.config,
    )


def _spec(memory: Memory) -> CheckSpec:
    return CheckSpec(
        name=memory.action,
        title=memory.title,
        scope=memory.scope,
        origin=memory.origin,
        kind="action",
        undoes=True,
    )
