"""Whatever a check answers or raises as an outcome: of sane size, of plain types, without secrets.

All of this runs where the check runs: an answer's own code may hang as well.
"""

from __future__ import annotations

import itertools
import json
import math
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from core.errors import shorten, text_of
from core.masking import names_secret
from core.model import Evidence, Machine, Outcome, Run, Status, Verdict
from plugins.answers import CannotTell, Planned
from plugins.question import Answer

__all__ = ["answered", "raised", "silent", "tidied"]

_REASON, _NAME, _VALUE, _ITEMS = 500, 60, 200, 20  # sizes of a reason, and of evidence
_LONGEST = 2000  # characters of a name that are looked at
_MEMORY = 4_000_000  # characters: a run of 10,000 machines, with an id of each
_LEGAL = (Status.PASSED, Status.BLOCKED, Status.SKIPPED)


def answered(check: str, subject: Machine | Run, answer: object, seconds: float) -> Answer:
    """The outcome of an answer, or those of a mapping about a run's machines.

    Never raises an `Exception`, whatever the answer is.
    """
    try:
        if isinstance(subject, Run) and isinstance(answer, Mapping):
            return _ByMachine(check=check, seconds=seconds).read(subject, answer)
        return (_of_verdict(check, _id_of(subject), answer, seconds),)
    except Exception as error:  # noqa: BLE001 - users' objects, asked for their text
        why = f"its answer cannot be read: {type(error).__name__}: {text_of(error)}"
        return silent(check, subject, why)


def raised(check: str, subject: Machine | Run, error: BaseException) -> Answer:
    """The UNKNOWN of one that raised: which exception it was, its words, and where.

    An action that was about to change something has raised no error: it has said what to remember.
    """
    if isinstance(error, Planned):
        return (_planned(check, _id_of(subject), error),)
    return (_unknown(check, _id_of(subject), _told(error)),)


def silent(check: str, subject: Machine | Run, why: str) -> Answer:
    """The UNKNOWN of a check that gave no answer."""
    return (_unknown(check, _id_of(subject), why),)


def tidied(outcome: Outcome, check: str, machine: str | None) -> Outcome:
    """An outcome that another process made, of sane sizes here as well."""
    seconds = outcome.seconds if math.isfinite(outcome.seconds) else 0.0
    return replace(
        outcome,
        check=check,
        machine=machine,
        reason=shorten(outcome.reason, _REASON),
        evidence=_sane(outcome.evidence),
        seconds=max(0.0, seconds),
        asked=1,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByMachine:
    """A run check's mapping: machine id → verdict."""

    check: str
    seconds: float

    def read(self, run: Run, answer: Mapping[Any, Any]) -> Answer:
        """One outcome for each machine of the run, and one if there are others in the answer."""
        verdicts: dict[str, Any] = {}
        for key, verdict in answer.items():
            name = text_of(key).lower()
            same = verdicts.setdefault(name, verdict) is verdict or verdicts[name] == verdict
            verdicts[name] = verdict if same else "twice, and differently"
        outcomes = [self._of(machine, verdicts) for machine in run.machines]
        if verdicts:
            names = ", ".join(shorten(name, 80) for name in list(verdicts)[:3])
            why = f"it answered about machines not of the run: {names}"
            outcomes.append(_unknown(self.check, None, why))
        return tuple(outcomes)

    def _of(self, machine: Machine, verdicts: dict[str, Any]) -> Outcome:
        key = machine.id.lower()
        if key not in verdicts:
            why = "the check's answer leaves this machine out"
            return _unknown(self.check, machine.id, why)
        verdict = verdicts.pop(key)
        if isinstance(verdict, CannotTell):
            return _unknown(self.check, machine.id, _told(verdict))
        (outcome,) = answered(self.check, machine, verdict, self.seconds)
        return outcome


def _id_of(subject: Machine | Run) -> str | None:
    return subject.id if isinstance(subject, Machine) else None


def _of_verdict(check: str, machine: str | None, answer: object, seconds: float) -> Outcome:
    if not isinstance(answer, Verdict) or answer.status not in _LEGAL:
        said = f"answered {shorten(answer, 60)}; legal are passed(), blocked(…) and skipped(…)"
        return _unknown(check, machine, said)
    return Outcome(
        check=check,
        status=Status(answer.status),
        machine=machine,
        reason=shorten(text_of(answer.reason), _REASON) if answer.reason != "" else "",
        evidence=_sane(answer.evidence) if answer.evidence else {},
        seconds=round(seconds, 3),
    )


def _unknown(check: str, machine: str | None, reason: str) -> Outcome:
    return Outcome(
        check=check, status=Status.UNKNOWN, machine=machine, reason=shorten(reason, _REASON)
    )


def _planned(action: str, machine: str | None, plan: Planned) -> Outcome:
    try:
        text = json.dumps(plan.memory, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        why = f"what it wants to remember is not plain JSON: {shorten(text_of(error), 200)}"
        return _unknown(action, machine, why)
    if len(text) > _MEMORY:
        return _unknown(action, machine, f"it wants to remember more than {_MEMORY} characters")
    memory = json.loads(text)  # as it will be when it is remembered
    return Outcome(check=action, status=Status.PASSED, machine=machine, memory=memory)


def _told(error: BaseException) -> str:
    if isinstance(error, CannotTell):
        return shorten(text_of(error), _REASON)
    if isinstance(error, MemoryError):  # there may be no room for more words
        return "raised MemoryError: it wants more memory than there is"
    frames = traceback.extract_tb(error.__traceback__)
    where = f" (line {frames[-1].lineno} of {frames[-1].name})" if frames else ""
    return f"raised {type(error).__name__}: {shorten(text_of(error), 200)}{where}"


def _sane(evidence: object) -> Evidence:
    """Evidence of a sane size and of plain JSON types, whatever the author put there."""
    if not isinstance(evidence, Mapping):
        return {}
    return dict(_pairs(evidence))


def _pairs(evidence: Mapping[Any, Any]) -> Iterator[tuple[str, str | int | float | bool | None]]:
    for key, value in itertools.islice(evidence.items(), _ITEMS):
        name, secret = _name(text_of(key)[:_LONGEST])
        plain = _plain(value)
        yield name, "(masked)" if secret and plain and isinstance(plain, str) else plain


@lru_cache(maxsize=256)  # a check uses the same few names for every machine
def _name(key: str) -> tuple[str, bool]:
    """What a value is shown under, and whether it must not be shown."""
    # Names like __class__ mean something to the decoder of Durable Functions.
    name = shorten(key, _NAME).strip("_")
    return name, names_secret(name)


def _plain(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    return shorten(text_of(value), _VALUE)
