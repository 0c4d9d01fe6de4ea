"""Checks that answer, or raise, whatever a test wants."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from checks import Machine, Run, Verdict
from core.model import Outcome

MANY = tuple(f"m{i}" for i in range(50))


class Sulky(Exception):
    """It cannot even be shown."""

    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


class SulkyMapping(Mapping[str, Verdict]):
    """An answer that fails when it is read."""

    def __getitem__(self, key: str) -> Verdict:
        raise Sulky

    def __iter__(self) -> Iterator[str]:
        raise Sulky

    def __len__(self) -> int:
        raise Sulky


def type_name(value: object) -> str:
    """The name of its class."""
    return type(value).__name__


def only(outcomes: tuple[Outcome, ...]) -> Outcome:
    """The one there is."""
    (outcome,) = outcomes
    return outcome


def answering(answer: Any) -> Callable[[Machine], Any]:
    """A check with that answer."""

    def some_check(machine: Machine) -> Any:
        return answer

    return some_check


def answering_run(answer: Any) -> Callable[[Run], Any]:
    """The same about the run."""

    def some_check(run: Run) -> Any:
        return answer

    return some_check


def answering_async(answer: Any) -> Callable[[Machine], Awaitable[Any]]:
    """The same, async."""

    async def some_check(machine: Machine) -> Any:
        return answer

    return some_check


def raising(error: BaseException) -> Callable[[Machine], Verdict]:
    """A check that raises."""

    def some_check(machine: Machine) -> Verdict:
        raise error

    return some_check


def raising_async(error: BaseException) -> Callable[[Machine], Awaitable[Verdict]]:
    """The same, async."""

    async def some_check(machine: Machine) -> Verdict:
        raise error

    return some_check
