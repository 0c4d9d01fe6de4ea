"""One check and what it is asked about: what the runner hands to whoever puts the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.model import Machine, Outcome, Run
from plugins.api import Context
from plugins.definition import Definition

__all__ = ["Answer", "Heard", "Question"]

Answer = tuple[Outcome, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A check, asked once about each of `subjects`: machines of the run, or the run itself."""

    definition: Definition
    context: Context[Any]
    subjects: Sequence[Machine | Run]

    def put(self, subject: Machine | Run) -> Any:
        """What the check answers: anything at all, or nothing ever, or any exception."""
        function: Callable[..., Any] = self.definition.function
        if self.definition.wants_context:
            return function(subject, self.context.about(subject))
        return function(subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What was answered in time, by the position of its subject; `silence` is why the rest was not.

    About a machine there is one outcome; about the run one, or one for each machine.
    """

    answers: dict[int, Answer] = field(default_factory=dict)
    silence: str = "did not answer in time"
