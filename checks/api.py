"""The decorator that marks a check."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar, overload

from core.model import Isolation, Machine, Run, Verdict
from plugins.answers import CannotTell
from plugins.api import Context, When, marker

__all__ = ["check"]

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
    mark = marker("check", **options)
    return mark if function is None else mark(function)
