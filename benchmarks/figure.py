"""One figure: what was measured of ours and of its floor, and what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

__all__ = ["Figure", "Series", "Size", "alternate"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is measured: `rounds` for what is quick, `few` for what takes seconds.

    `checks`: how many shipped checks are asked one by one.
    """

    rounds: int
    few: int
    machines: int
    checks: int

    @property
    def warm(self) -> bool:
        """What is asked first of a simulator shall not count."""
        return self.few > 1


@dataclass(frozen=True, slots=True)
class Series:
    """One thing, measured several times in one unit."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def least(self) -> float:
        return min(self.values)

    @property
    def most(self) -> float:
        return max(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """Ours beside its floor, round by round.

    `target` is the most that is aimed at, and `of` says of what: of ours, of ours minus the floor,
    or of the ratio. Without one the figure is for information.
    """

    name: str
    title: str
    unit: str
    ours: Series
    floor: Series
    target: float | None = None
    of: Literal["ours", "beyond", "ratio"] = "ours"

    @property
    def ratio(self) -> Series:
        """How many times its floor, in each round."""
        return Series(tuple(a / b for a, b in self._rounds if b > 0) or (float("inf"),))

    @property
    def beyond(self) -> Series:
        """Ours minus the floor, in each round."""
        return Series(tuple(a - b for a, b in self._rounds))

    @property
    def met(self) -> bool | None:
        """The median keeps to the target; None if there is none."""
        if self.target is None:
            return None
        reached: Series = getattr(self, self.of)
        return reached.median <= self.target

    @property
    def _rounds(self) -> Sequence[tuple[float, float]]:
        return tuple(zip(self.ours.values, self.floor.values, strict=True))


def alternate(rounds: int, *works: Callable[[], T]) -> tuple[tuple[T, ...], ...]:
    """Do each of the works once a round, in turn; the answers of each, round by round.

    Every other round goes backwards, so that nobody always comes first. The first round of several
    is not counted: it fills caches.
    """
    answers: tuple[list[T], ...] = tuple([] for _ in works)
    unheard = 1 if rounds > 1 else 0
    for number in range(rounds + unheard):
        turn = list(zip(works, answers, strict=True))
        for work, heard in turn if number % 2 else reversed(turn):
            answer = work()
            if number >= unheard:
                heard.append(answer)
    return tuple(tuple(heard) for heard in answers)
