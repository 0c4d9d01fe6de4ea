"""Ask a check, and make an outcome of whatever comes of it.

A check is somebody else's code: it may raise, exit, hang for ever or answer nonsense. Each of these
is an UNKNOWN of the machine it was asked about, and none of them keeps the others from being heard.
It runs on threads of ours that can be abandoned, never on the worker's.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
import math
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from checks.api import Context
from checks.definition import CheckDefinition
from checks.verdicts import CannotTell
from core.clock import Clock, seconds_between
from core.errors import shorten, text_of
from core.model import Evidence, Machine, Outcome, Run, Status, Verdict

__all__ = ["ask_check"]

_THREADS = 8  # for one question
_MOST_THREADS = 512  # of all questions in this process, the hung ones included
_ASYNC = 64  # coroutines of one check under way at once
_STEP = 0.02  # real seconds without an end after which another thread helps
_REASON, _VALUE, _ITEMS = 500, 200, 20  # sizes of a reason, and of evidence

_live = threading.BoundedSemaphore(_MOST_THREADS)

_Slot = tuple[object, float] | BaseException | None


def ask_check(
    definition: CheckDefinition,
    run: Run,
    context: Context[Any],
    clock: Clock,
) -> tuple[Outcome, ...]:
    """One outcome per machine of the run, or one for the run; never later than the deadline.

    Whatever has not answered by `context.deadline` is UNKNOWN, and its thread is abandoned.
    """
    if definition.scope == "run":
        (slot,) = _answers(definition, (run,), context, clock)
        return _of_run(definition.name, run, slot)
    slots = _answers(definition, run.machines, context, clock)
    return tuple(
        _outcome(definition.name, machine.id, slot)
        for machine, slot in zip(run.machines, slots, strict=True)
    )


def _answers(
    definition: CheckDefinition,
    subjects: Sequence[Machine | Run],
    context: Context[Any],
    clock: Clock,
) -> list[_Slot]:
    """What the check answered about each subject, as far as it did in time."""
    hearing = _Hearing(definition, subjects, context, clock)
    hearing.until(context.deadline)
    return list(hearing.slots)


class _Hearing:
    """One check and its subjects: threads take the next subject until there is none."""

    def __init__(
        self,
        definition: CheckDefinition,
        subjects: Sequence[Machine | Run],
        context: Context[Any],
        clock: Clock,
    ) -> None:
        self._definition, self._subjects = definition, subjects
        self._context, self._clock = context, clock
        self.slots: list[_Slot] = [None] * len(subjects)
        self._next = itertools.count()
        self._left = len(subjects)
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._closed = False

    def until(self, deadline: datetime) -> None:
        """Ask until all have answered or the deadline comes."""
        if not self._subjects:
            return
        most = 1 if self._definition.is_async else min(_THREADS, len(self._subjects))
        threads = 0
        while not self._done.is_set() and (left := self._clock.real_seconds(deadline)) > 0:
            threads += threads < most and self._another_thread()
            self._done.wait(min(left, _STEP) if threads < most else left)
        self._closed = True

    def _another_thread(self) -> bool:
        """Start one, unless there are too many already: hung checks keep theirs."""
        if not _live.acquire(blocking=False):
            return False
        try:
            thread = threading.Thread(
                target=self._on_a_thread, daemon=True, name=self._definition.name
            )
            thread.start()
        except RuntimeError:  # the operating system has no more
            _live.release()
            return False
        return True

    def _on_a_thread(self) -> None:
        try:
            if self._definition.is_async:
                self._many()
            else:
                self._one_after_another()
        finally:
            _live.release()

    def _one_after_another(self) -> None:
        while (index := self._take()) is not None:
            began = self._clock.now()
            try:
                answer = self._call(self._subjects[index])
                if inspect.iscoroutine(answer):
                    answer.close()
                # A mapping may be any code of the author's: it is read here, where it may hang.
                answer = dict(answer.items()) if isinstance(answer, Mapping) else answer
                slot: _Slot = (answer, seconds_between(began, self._clock.now()))
            except BaseException as error:  # noqa: BLE001 - users' code: sys.exit too
                slot = error
            self._put(index, slot)

    def _many(self) -> None:
        async def worker() -> None:
            while (index := self._take()) is not None:
                began = self._clock.now()
                try:
                    answer = await self._call(self._subjects[index])
                    answer = dict(answer.items()) if isinstance(answer, Mapping) else answer
                    slot: _Slot = (answer, seconds_between(began, self._clock.now()))
                except BaseException as error:  # noqa: BLE001 - users' code: sys.exit too
                    slot = error
                self._put(index, slot)

        async def workers() -> None:
            await asyncio.gather(*(worker() for _ in range(min(_ASYNC, len(self._subjects)))))

        try:
            asyncio.run(workers())
        except BaseException as error:  # noqa: BLE001 - users' code can even stop the loop
            for index, slot in enumerate(self.slots):
                if slot is None:
                    self._put(index, error)

    def _take(self) -> int | None:
        index = next(self._next)
        return index if index < len(self._subjects) and not self._closed else None

    def _put(self, index: int, slot: _Slot) -> None:
        self.slots[index] = slot
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self._done.set()

    def _call(self, subject: Machine | Run) -> Any:
        function: Callable[..., Any] = self._definition.function
        if self._definition.wants_context:
            return function(subject, self._context)
        return function(subject)


def _of_run(check: str, run: Run, slot: _Slot) -> tuple[Outcome, ...]:
    """A verdict for the run as a whole, or a verdict for each of its machines."""
    answers, seconds = slot if isinstance(slot, tuple) else (None, 0.0)
    if not isinstance(answers, Mapping):
        return (_outcome(check, None, slot),)
    verdicts: dict[str, Any] = {}
    for key, verdict in answers.items():
        name = text_of(key).lower()
        same = verdicts.setdefault(name, verdict) is verdict or verdicts[name] == verdict
        verdicts[name] = verdict if same else "twice, and differently"
    outcomes = [
        _outcome(check, machine.id, (verdicts.pop(machine.id.lower()), seconds))
        if machine.id.lower() in verdicts
        else _unknown(check, machine.id, "the check's answer leaves this machine out")
        for machine in run.machines
    ]
    if verdicts:
        names = ", ".join(shorten(name, 80) for name in list(verdicts)[:3])
        outcomes.append(
            _unknown(check, None, f"it answered about machines not of the run: {names}")
        )
    return tuple(outcomes)


def _outcome(check: str, machine: str | None, slot: _Slot) -> Outcome:
    if slot is None:
        return _unknown(check, machine, "did not answer in time")
    if isinstance(slot, BaseException):
        return _unknown(check, machine, _told(slot))
    try:
        return _of_verdict(check, machine, *slot)
    except Exception as error:  # noqa: BLE001 - users' objects, asked for their text
        why = f"its answer cannot be read: {type(error).__name__}: {text_of(error)}"
        return _unknown(check, machine, why)


def _of_verdict(check: str, machine: str | None, answer: object, seconds: float) -> Outcome:
    if not isinstance(answer, Verdict) or answer.status not in _LEGAL:
        said = f"answered {shorten(answer, 60)}; legal are passed(), blocked(…) and skipped(…)"
        return _unknown(check, machine, said)
    return Outcome(
        check=check,
        status=Status(answer.status),
        machine=machine,
        reason=shorten(text_of(answer.reason), _REASON),
        evidence=_sane(answer.evidence),
        seconds=round(seconds, 3),
    )


_LEGAL = (Status.PASSED, Status.BLOCKED, Status.SKIPPED)


def _unknown(check: str, machine: str | None, reason: str) -> Outcome:
    return Outcome(
        check=check, status=Status.UNKNOWN, machine=machine, reason=shorten(reason, _REASON)
    )


def _told(error: BaseException) -> str:
    if isinstance(error, CannotTell):
        return shorten(text_of(error), _REASON)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno} of {frames[-1].name})" if frames else ""
    return f"raised {type(error).__name__}: {shorten(text_of(error), 200)}{where}"


def _sane(evidence: object) -> Evidence:
    """Evidence of a sane size and of plain JSON types, whatever the author put there."""
    if not isinstance(evidence, Mapping):
        return {}
    return {
        # Names like __class__ mean something to the decoder of Durable Functions.
        shorten(text_of(key), 60).strip("_"): _plain(value)
        for key, value in itertools.islice(evidence.items(), _ITEMS)
    }


def _plain(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return shorten(text_of(value), _VALUE)
