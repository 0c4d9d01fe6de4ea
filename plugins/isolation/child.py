"""The life of a child: read the order, ask the check on threads, send each outcome, end."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from core import wire
from core.clock import ScaledClock
from core.errors import BadPlugin, shorten, text_of
from core.model import Machine, Run
from plugins.answers import CannotTell
from plugins.api import Context
from plugins.config import config_of
from plugins.definition import Broken, Definition
from plugins.isolation.limits import lift, limit_memory
from plugins.isolation.line import Line
from plugins.isolation.messages import Order, order_adapter
from plugins.isolation.proxies import DistantArm, DistantGraph, DistantWeb
from plugins.masked_log import MASKING
from plugins.question import Answer, Question
from plugins.threads import THREADS, hear

__all__ = ["Known", "live"]

Known = Mapping[str, Definition | Broken]

_LOGGED = 200  # records of one question


def live(talk: socket.socket, known: Known) -> NoReturn:
    """Do all of it; never returns, and runs nothing that waits for the end of a process."""
    line = Line(talk)
    try:
        line.send({"hello": os.getpid()})
        order = order_adapter().validate_json(line.receive())
        _ask(line, order, known)
    except (BadPlugin, CannotTell) as error:
        line.send({"failed": error.why if isinstance(error, BadPlugin) else text_of(error)})
    except BaseException as error:  # noqa: BLE001 - users' code: whatever it is, the app is told
        line.send({"failed": f"{type(error).__name__}: {shorten(text_of(error), 300)}"})
    finally:
        os._exit(0)


def _ask(line: Line, order: Order, known: Known) -> None:
    definition = known.get(order.check)
    if not isinstance(definition, Definition):
        why = "there is no such check" if definition is None else definition.problem
        raise CannotTell(f"its process cannot load it: {why}")
    if order.told.get("stage") == "undo" and definition.undo is not None:
        definition = definition.undo
    question = _Limited(
        definition=definition,
        context=_context(line, order, definition),
        subjects=_subjects(order),
        memory=order.memory,
    )

    def told(position: int, answer: Answer) -> None:
        line.send({"answer": [position, [wire.dump(outcome) for outcome in answer]]})

    limit_memory(order.memory, min(THREADS, len(question.subjects)) + 1)
    heard = hear(question, ScaledClock(start=order.now, speed=order.speed), listener=told)
    if len(heard.answers) < len(question.subjects):
        raise CannotTell(heard.silence)


def _subjects(order: Order) -> tuple[Machine | Run, ...]:
    if order.machines is None:
        return (order.run,)
    return tuple(order.run.machines[position] for position in order.machines)


def _context(line: Line, order: Order, definition: Definition) -> Context[Any]:
    log = logging.getLogger(f"patchgate.checks.{order.check}")
    log.setLevel(order.level)
    log.addFilter(MASKING)
    log.handlers, log.propagate = [_ToTheApp(line)], False
    context: Context[Any] = definition.kind.context(
        run=order.run,
        now=order.now,
        deadline=order.deadline,
        config=config_of(definition, order.config),
        log=log,
        graph=DistantGraph(line),
        arm=DistantArm(line),
        web=DistantWeb(line),
        **order.told,
    )
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limited(Question):
    """A question to a check that may take so many megabytes."""

    memory: int

    def put(self, subject: Machine | Run) -> Any:
        try:
            answer = Question.put(self, subject)  # no super(): slots made another class of this one
        except MemoryError:
            self._too_much()
        return self._awaited(answer) if self.definition.is_async else answer

    async def _awaited(self, answer: Any) -> Any:
        try:
            return await answer
        except MemoryError:
            self._too_much()

    def _too_much(self) -> NoReturn:
        lift()
        raise CannotTell(f"used more than {self.memory} MB") from None


class _ToTheApp(logging.Handler):
    """Hands on what the check logs, within reason."""

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line, self._left = line, _LOGGED

    def emit(self, record: logging.LogRecord) -> None:
        self._left -= 1
        if self._left > 0:
            text = self.format(record)
        elif self._left == 0:
            text = "it logs more, which is not shown"
        else:
            return
        self._line.send({"log": [record.levelno, text]})
