"""What the decorators of checks and actions leave on a function, and what it is told when asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from core.model import Isolation, Machine, Run
from plugins.reach import NOWHERE, Arm, Graph, Web

__all__ = ["Config", "Context", "Options", "When", "Word", "mark_of", "marked", "marker"]

if TYPE_CHECKING:  # from Python 3.13 on `typing` has it: a plain `Context` is one without a config
    from typing_extensions import TypeVar as _TypeVar

    Config = _TypeVar("Config", default=None)
else:
    Config = TypeVar("Config")

When = Literal["before", "after"]
Word = Literal["check", "action"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Generic[Config]):
    """What a check or an action may want to know besides its subject.

    `now` is when it was asked, and `deadline` the moment after which an answer comes too late, both
    in UTC. `config` is its own, validated when it was loaded; it is None for a plain `Context`.
    `graph`, `arm` and `web` are what it may ask: see `plugins.reach`.
    """

    run: Run
    now: datetime
    deadline: datetime
    config: Config
    log: logging.Logger
    graph: Graph = NOWHERE
    arm: Arm = NOWHERE
    web: Web = NOWHERE

    def about(self, subject: Machine | Run) -> Context[Config]:
        """The context for that subject."""
        return self

    def told(self) -> dict[str, Any]:
        """What a process of its own has to be told besides; plain JSON."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What an author says in the decorator, which the site's policy may overrule.

    `undo` is for actions alone.
    """

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
    undo: Callable[..., Any] | None = None


# Every function marked since the process began, in order: discovery sees what was marked and lost.
_marked: dict[Word, list[Any]] = {"check": [], "action": []}


def marker(word: Word, **options: Any) -> Callable[[Any], Any]:
    """What marks a function with these options and returns it unchanged.

    Raises `TypeError` that names an option there is not, and those there are.
    """
    known = [field.name for field in fields(Options) if word == "action" or field.name != "undo"]
    for option in options:
        if option not in known:
            raise TypeError(_no_option(word, option, known))

    def mark(subject: Any) -> Any:
        setattr(subject, _attribute(word), Options(**options))
        _marked[word].append(subject)
        return subject

    return mark


def _no_option(word: Word, name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"@{word} has no option {name}; {meant}there are {', '.join(known)}"


def mark_of(candidate: object, word: Word = "check") -> Options | None:
    """The options of a function that is marked so; None for anything else."""
    try:
        mark = vars(candidate).get(_attribute(word))
    except Exception:  # noqa: BLE001 - a proxy that is bound to nothing yet, for example
        return None
    return mark if isinstance(mark, Options) else None


def marked(word: Word) -> Sequence[Any]:
    """Every function marked so since the process began, in order."""
    return _marked[word]


def _attribute(word: Word) -> str:
    return f"__patchgate_{word}__"
