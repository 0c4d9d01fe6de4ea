"""The decorator that marks an action."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeVar

from actions.context import Context
from core.model import Isolation, Machine, Run, Verdict
from plugins.answers import CannotTell
from plugins.api import When, marker

__all__ = ["action"]

_MachineAnswer = Verdict | Awaitable[Verdict]
_RunAnswer = Verdict | Mapping[str, Verdict | CannotTell]
_Action = (
    Callable[[Machine, Context[Any]], _MachineAnswer]
    | Callable[[Run, Context[Any]], _RunAnswer | Awaitable[_RunAnswer]]
)
A = TypeVar("A", bound=_Action)


def action(  # noqa: PLR0913 - each is an option of its own
    *,
    undo: _Action | None = None,
    name: str | None = None,
    when: When = "before",
    enabled: bool = False,
    timeout: float | None = None,
    patience: float = 0.0,
    every: float = 15.0,
    on_unknown: Literal["cancel", "proceed"] = "cancel",
    advisory: bool = False,
    isolation: Isolation = "thread",
    memory: int = 512,
    needs: tuple[str, ...] = (),
) -> Callable[[A], A]:
    """Mark a function as an action and return it unchanged, so that a unit test can just call it.

    An action is done `when="before"` the run, ahead of all checks, or `"after"` it. `undo` is a
    function of the same form that puts back what this one has changed: it is called for whatever
    was remembered, when the run has ended or is cancelled, and finds it in `ctx.memory`. An action
    with an undo must remember before it changes anything.

    One that fails, or gives no answer, speaks against the run as a check does, unless it is
    `advisory`. It is off until the site's policy names it. The other options are those of
    `checks.check`.

    Raises `TypeError` that names an option there is not, and those there are.
    """
    return marker(
        "action",
        undo=undo,
        name=name,
        when=when,
        enabled=enabled,
        timeout=timeout,
        patience=patience,
        every=every,
        on_unknown=on_unknown,
        advisory=advisory,
        isolation=isolation,
        memory=memory,
        needs=needs,
    )
