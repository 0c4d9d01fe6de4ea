"""The decorator that marks a check, and what a check is told besides its subject."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from checks.reach import NOWHERE, Arm, Graph, Web
from checks.verdicts import CannotTell
from core.model import Isolation, Machine, Run, Verdict

__all__ = ["Context", "Options", "When", "check", "mark_of"]

if TYPE_CHECKING:  # from Python 3.13 on `typing` has it: a plain `Context` is one without a config
    from typing_extensions import TypeVar as _TypeVar

    Config = _TypeVar("Config", default=None)
else:
    Config = TypeVar("Config")

When = Literal["before", "after"]
_MARK = "__patchgate_check__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Generic[Config]):
    """What a check may want to know besides its subject.

    `now` is when it was asked, and `deadline` the moment after which an answer comes too late, both
    in UTC. `config` is the check's own, validated when it was loaded; it is None for a plain
    `Context`. `graph`, `arm` and `web` are what it may ask: see `checks.reach`.
    """

    run: Run
    now: datetime
    deadline: datetime
    config: Config
    log: logging.Logger
    graph: Graph = NOWHERE
    arm: Arm = NOWHERE
    web: Web = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an author says about a check: see `check`. The site's policy may say otherwise."""

    name: str | None = None
    when: When = "before"
    enabled: bool = True
    timeout: float | None = None
    patience: float = 0.0
    every: float = 15.0
    on_unknown: Literal["cancel", "proceed"] = "cancel"
    advisory: bool = False
    isolation: Isolation = "thread"
    memory: int = 512
    needs: tuple[str, ...] = ()


_MachineAnswer = Verdict | Awaitable[Verdict]
_ByMachine = Mapping[str, Verdict | CannotTell]
_RunAnswer = Verdict | _ByMachine | Awaitable[Verdict | _ByMachine]
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
    when: When = "before",
    enabled: bool = True,
    timeout: float | None = None,
    patience: float = 0.0,
    every: float = 15.0,
    on_unknown: Literal["cancel", "proceed"] = "cancel",
    advisory: bool = False,
    isolation: Isolation = "thread",
    memory: int = 512,
    needs: tuple[str, ...] = (),
) -> Callable[[C], C]: ...
def check(function: Any = None, /, **options: Any) -> Any:
    """Mark a function as a check and return it unchanged, so that a unit test can just call it.

    A check is asked `when="before"` the run, or `"after"` it, to judge how it ended. `timeout` is
    in seconds, from when it is asked; without one it may take until the gate must decide. With
    `patience`, in seconds, a check that has not passed is asked again, `every` so many seconds,
    until it does or the patience is over. `advisory` checks are shown and never cancel. One that is
    not `enabled` is off until the site's policy names it.

    `isolation="process"` asks it in a process that is killed when its time is over, and that may
    take `memory` megabytes. `needs` names the ARM actions that the check uses, such as
    `Microsoft.Compute/virtualMachines/read`.

    Raises `TypeError` that names an option there is not, and those there are.
    """
    for option in options:
        if option not in _OPTIONS:
            raise TypeError(_no_option(option))

    def mark(subject: Any) -> Any:
        setattr(subject, _MARK, Options(**options))
        marked.append(subject)
        return subject

    return mark if function is None else mark(function)


_OPTIONS = tuple(field.name for field in fields(Options))


def _no_option(name: str) -> str:
    near = get_close_matches(name, _OPTIONS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"@check has no option {name}; {meant}there are {', '.join(_OPTIONS)}"


def mark_of(candidate: object) -> Options | None:
    """The options of a marked function; None for anything else."""
    try:
        mark = vars(candidate).get(_MARK)
    except Exception:  # noqa: BLE001 - a proxy that is bound to nothing yet, for example
        return None
    return mark if isinstance(mark, Options) else None
