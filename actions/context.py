"""What an action is told besides its subject, and how it remembers what it is about to change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, TypeVar

from core.clock import Clock, SystemClock
from core.model import Machine, Run
from plugins.answers import CannotTell, Planned
from plugins.api import Config
from plugins.api import Context as _Context

__all__ = ["Azure", "Context", "Stage"]

Stage = Literal["plan", "do", "undo"]
C = TypeVar("C")


class Azure(Protocol):
    """Clients of Azure's own SDKs, which act as the app's identity."""

    def client(self, kind: Callable[..., C], subscription: str) -> C:
        """A management client for one subscription, such as `ComputeManagementClient`.

        Its calls keep to the action's deadline and to the write limits of Azure Resource Manager,
        and raise `CannotTell` if they would change something before it has been remembered. Long
        operations are begun with `polling=False`: what they came to is looked up.
        """
        ...


class _NoAzure:
    def client(self, kind: Callable[..., C], subscription: str) -> C:
        raise CannotTell("there is no Azure here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(_Context[Config]):
    """What an action may want to know besides its subject; see also `plugins.api.Context`.

    `memory` is what was remembered about the subject: empty before, and the same at every later
    call, so that an undo finds what the action found. `azure` has clients that may change things.
    `clock` is the one to wait by. `memories` is for the runner: what was remembered, by machine.
    """

    stage: Stage = "do"
    memory: Mapping[str, Any] = field(default_factory=dict)
    azure: Azure = field(default_factory=_NoAzure)
    clock: Clock = field(default_factory=SystemClock)
    memories: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def about(self, subject: Machine | Run) -> Context[Config]:
        """The same, with what was remembered about that subject."""
        key = subject.id.lower() if isinstance(subject, Machine) else ""
        return replace(self, memory=self.memories.get(key, {}))

    def told(self) -> dict[str, Any]:
        """What a process of its own has to be told besides."""
        return {"stage": self.stage, "memories": {k: dict(v) for k, v in self.memories.items()}}

    def remember(self, **facts: Any) -> None:
        """Write down what an undo has to know, before anything is changed. Facts are plain JSON.

        The first time, the function is left here, and called again from its beginning once the
        facts are kept where they survive whatever happens to this process. So what stands before
        this line only looks, and what stands after it may be repeated. Facts of a later call are
        dropped: `memory` has those of the first. Raises `TypeError` in an undo.
        """
        if self.stage == "undo":
            raise TypeError("an undo has nothing to remember")
        if self.stage == "plan":
            raise Planned(facts)

    def sleep(self, seconds: float) -> None:
        """Wait, but not past the deadline. Raises `CannotTell` there."""
        left = (self.deadline - self.clock.now()).total_seconds()
        self.clock.sleep(max(0.0, min(seconds, left)))
        if left <= seconds:
            raise CannotTell(f"was not over by {self.deadline:%H:%M:%S} UTC")
