"""The seam between a story and what drives it.

A story is a generator over this small protocol: it asks the engine for tasks, yields `any` of them,
and is resumed with the one that ended. An engine may stop a story at any yield and play it again
from the start on another machine, so a story does no I/O, reads no clock but `now`, and decides
everything from the results of its tasks.

Two engines drive the same stories: Azure Durable Functions (`durable_functions`) and the in-memory
backend of `durabletask` (`in_memory`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeVar

__all__ = [
    "Begun",
    "Engine",
    "Json",
    "Known",
    "Register",
    "Starter",
    "Step",
    "Story",
    "Task",
    "play",
]

Json: TypeAlias = Any


class Task(Protocol):
    """Something that will end: a step, a timer, or the first of several."""

    @property
    def done(self) -> bool:
        """It has ended."""
        ...

    def result(self) -> Json:
        """A step's answer. Raises `ActivityFailed` if the step raised or never came back."""
        ...

    def cancel(self) -> None:
        """Give up a timer: a pending one keeps a story alive. Does nothing to a step."""
        ...


R = TypeVar("R")
Story: TypeAlias = Generator[Task, Task, R]
Step: TypeAlias = Callable[[Json], Json]


class Engine(Protocol):
    """What a story may ask for."""

    @property
    def now(self) -> datetime:
        """The story's time in UTC: the same at every replay of the same moment."""
        ...

    def activity(self, name: str, request: Json) -> Task:
        """Begin a step; its answer is the task's result."""
        ...

    def timer(self, at: datetime) -> Task:
        """Ends at that time, or at once if it is past."""
        ...

    def any(self, tasks: Sequence[Task]) -> Task:
        """Ends with the first of the tasks; yielding it gives that task."""
        ...

    def status(self, status: Json) -> None:
        """Show a small JSON value to whoever asks how the story stands."""
        ...


class Known(Protocol):
    """A story that has been started, as its engine knows it."""

    @property
    def state(self) -> str:
        """`Running`, `Completed`, `Failed`, …: the words of Durable Functions."""
        ...

    @property
    def status(self) -> Json:
        """What the story showed last."""
        ...

    @property
    def output(self) -> Json:
        """What it returned; None before."""
        ...

    @property
    def created(self) -> datetime | None:
        """When it was started, if the engine says so."""
        ...


class Starter(Protocol):
    """Where an accepted event becomes a story."""

    async def look(self, key: str) -> Known | None:
        """The story of that key, whatever its state; None if there never was one."""
        ...

    async def start(self, story: str, key: str, order: Json) -> None:
        """Start a story. Raises `CannotStart` if it was not taken, also when the key is in use."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A story in a list of stories: its key, when it was begun, its state and what it shows."""

    key: str
    created: datetime | None
    state: str
    status: Json


class Register(Starter, Protocol):
    """A starter that also knows what was started before."""

    async def since(self, moment: datetime) -> list[Begun]:
        """Every story begun since then, newest first. Raises whatever the engine's client does."""
        ...

    async def order(self, key: str) -> Json:
        """What the story of that key was given; None if there never was one."""
        ...


def play(story: Story[Json], native: Callable[[Task], Any], wrap: Callable[[Any], Task]) -> Any:
    """Drive a story on an engine whose orchestrators are generators of its own tasks.

    `native` gives the engine's task for ours, `wrap` ours for the engine's.
    """
    try:
        task = next(story)
        while True:
            ended = yield native(task)
            task = story.send(wrap(ended))
    except StopIteration as end:
        return end.value
