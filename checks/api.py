"""The decorator that marks a check, and the three answers that it may give."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar, overload

from core.model import Machine, Run, Status, Verdict

__all__ = [
    "CannotTell",
    "Context",
    "Options",
    "blocked",
    "check",
    "mark_of",
    "passed",
    "skipped",
]

Config = TypeVar("Config")
_MARK = "__patchgate_check__"


class CannotTell(Exception):
    """Raised by a check that has no answer. Like any other exception it makes an UNKNOWN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Generic[Config]):
    """What a check may want to know besides its subject.

    `deadline` is the moment, in UTC, after which an answer comes too late. `config` is the check's
    own, validated when it was loaded; it is None for a plain `Context`.
    """

    run: Run
    deadline: datetime
    config: Config
    log: logging.Logger


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an author says about a check. The site's policy may say otherwise."""

    name: str | None = None
    timeout: float | None = None
    on_unknown: Literal["cancel", "proceed"] = "cancel"
    advisory: bool = False
    needs: tuple[str, ...] = ()


_MachineAnswer = Verdict | Awaitable[Verdict]
_RunAnswer = Verdict | Mapping[str, Verdict] | Awaitable[Verdict | Mapping[str, Verdict]]
_Check = (
    Callable[[Machine], _MachineAnswer]
    | Callable[[Machine, Context[Any]], _MachineAnswer]
    | Callable[[Run], _RunAnswer]
    | Callable[[Run, Context[Any]], _RunAnswer]
)
C = TypeVar("C", bound=_Check)

# Every function marked since the process began, in order: discovery sees what was marked and lost.
marked: list[Any] = []


@overload
def check(function: C, /) -> C: ...
@overload
def check(
    *,
    name: str | None = None,
    timeout: float | None = None,
    on_unknown: Literal["cancel", "proceed"] = "cancel",
    advisory: bool = False,
    needs: tuple[str, ...] = (),
) -> Callable[[C], C]: ...
def check(function: Any = None, /, **options: Any) -> Any:
    """Mark a function as a check and return it unchanged, so that a unit test can just call it.

    `timeout` is in seconds, from when the check is asked; without one it may take until the gate
    must decide. `advisory` checks are shown and never cancel. `needs` names the ARM actions that
    the check uses, such as `Microsoft.Compute/virtualMachines/read`.
    """

    def mark(subject: Any) -> Any:
        setattr(subject, _MARK, Options(**options))
        marked.append(subject)
        return subject

    return mark if function is None else mark(function)


def mark_of(candidate: object) -> Options | None:
    """The options of a marked function; None for anything else."""
    try:
        mark = vars(candidate).get(_MARK)
    except Exception:  # noqa: BLE001 - a proxy that is bound to nothing yet, for example
        return None
    return mark if isinstance(mark, Options) else None


def passed(reason: str = "", **evidence: str | float | bool | None) -> Verdict:
    """Nothing speaks against patching."""
    return Verdict(status=Status.PASSED, reason=reason, evidence=dict(evidence))


def blocked(reason: str, **evidence: str | float | bool | None) -> Verdict:
    """Do not patch, because of `reason`; `evidence` is what was seen."""
    return Verdict(status=Status.BLOCKED, reason=reason, evidence=dict(evidence))


def skipped(reason: str, **evidence: str | float | bool | None) -> Verdict:
    """The question does not arise here, because of `reason`. Counts as no objection."""
    return Verdict(status=Status.SKIPPED, reason=reason, evidence=dict(evidence))
