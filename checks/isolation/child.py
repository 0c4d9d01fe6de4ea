"""The life of a child: read the order, ask the check on threads, send each outcome, end."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from checks.api import Context
from checks.config import config_of
from checks.definition import CheckDefinition
from checks.discovery import BrokenCheck
from checks.isolation.limits import lift, limit_memory
from checks.isolation.line import Line
from checks.isolation.messages import Order, order_adapter
from checks.isolation.proxies import DistantArm, DistantGraph, DistantWeb
from checks.masked_log import MASKING
from checks.question import Answer, Question
from checks.threads import THREADS, hear
from checks.verdicts import CannotTell
from core import wire
from core.clock import ScaledClock
from core.errors import BadCheck, shorten, text_of
from core.model import Machine, Run

__all__ = ["Known", "live"]

Known = Mapping[str, CheckDefinition | BrokenCheck]

_LOGGED = 200  # records of one question


def live(talk: socket.socket, known: Known) -> NoReturn:
    """Do all of it; never returns, and runs nothing that waits for the end of a process."""
    line = Line(talk)
    try:
        line.send({"hello": os.getpid()})
        order = order_adapter().validate_json(line.receive())
        _ask(line, order, known)
    except (BadCheck, CannotTell) as error:
        line.send({"failed": error.why if isinstance(error, BadCheck) else text_of(error)})
    except BaseException as error:  # noqa: BLE001 - users' code: whatever it is, the app is told
        line.send({"failed": f"{type(error).__name__}: {shorten(text_of(error), 300)}"})
    finally:
        os._exit(0)


def _ask(line: Line, order: Order, known: Known) -> None:
    definition = known.get(order.check)
    if not isinstance(definition, CheckDefinition):
        why = "there is no such check" if definition is None else definition.problem
        raise CannotTell(f"its process cannot load it: {why}")
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


def _context(line: Line, order: Order, definition: CheckDefinition) -> Context[Any]:
    log = logging.getLogger(f"patchgate.checks.{order.check}")
    log.setLevel(order.level)
    log.addFilter(MASKING)
    log.handlers, log.propagate = [_ToTheApp(line)], False
    return Context(
        run=order.run,
        now=order.now,
        deadline=order.deadline,
        config=config_of(definition, order.config),
        log=log,
        graph=DistantGraph(line),
        arm=DistantArm(line),
        web=DistantWeb(line),
    )


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
