"""One strand of a story: put questions to checks, and hear the answers until a deadline.

Checks of machines are asked about machines as they appear, in parts. Checks of the whole run are
asked at once, and anew about more machines once those seem to be all: what they say of fewer counts
for nothing. Whoever has not answered by the deadline is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.model import Batch
from core.policy import Policy
from handlers.engines import Engine, Task
from handlers.judging.answers import Answers
from handlers.judging.looking import a_little_before
from handlers.orders import CheckAnswer, CheckRequest, CheckSpec, RunHead
from handlers.waiting import Waiting

__all__ = ["Questions"]

Scope = Literal["machine", "run"]

_MOST = 48  # tasks for checks in one story: replays cost the square of all tasks


class Questions:
    """All questions about one run. `news` is called whenever something has been heard."""

    def __init__(
        self,
        engine: Engine,
        waiting: Waiting,
        answers: Answers,
        *,
        run: RunHead,
        policy: Policy,
        by: datetime,
        news: Callable[[], None],
    ) -> None:
        self._engine, self._waiting, self._answers = engine, waiting, answers
        self._run, self._policy, self._by, self._news = run, policy, by, news
        self._asked: dict[Task, tuple[CheckSpec, str, int]] = {}
        self._parts = 0
        self._held: tuple[Batch, ...] = ()  # machines that no check has been asked about yet
        self._begun = False
        self._due = False  # checks of the run have to be asked anew

    @property
    def open(self) -> bool:
        """Somebody has not answered yet, or is still to be asked."""
        return bool(self._asked or self._held or self._due)

    def ask(
        self, newcomers: Sequence[Batch], everyone: Sequence[Batch], *, all_here: bool = True
    ) -> None:
        """Ask about machines that have appeared; checks of the run, about everyone anew.

        Until `all_here`, more machines may appear: checks of the run are then asked anew only once
        that is over, and so is everybody when `_MOST` questions have been put.
        """
        self._held += tuple(newcomers)
        if all_here or self._parts < _MOST:
            self._ask_about_machines()
        first, self._begun = not self._begun, True
        if first or newcomers:
            self._due = True
            for spec in self._of("run"):
                self._withdraw(spec)
        if self._due and (first or all_here):
            self._due = False
            for spec in self._of("run"):
                self._question(spec, "run", everyone, 1)

    def give_up(self, reason: str) -> None:
        """Wait for nobody any more: whoever has not answered is UNKNOWN, because of this."""
        for task, (spec, part, count) in self._asked.items():
            self._waiting.drop(task)
            self._answers.silent(spec, part, count, reason)
        if self._held:
            for spec in self._of("machine"):
                count = sum(batch.count for batch in self._held)
                self._answers.silent(spec, "held", count, reason)
        if self._due:
            for spec in self._of("run"):
                self._answers.silent(spec, "run", 1, reason)
        self._asked.clear()
        self._held, self._due = (), False

    def _of(self, scope: Scope) -> list[CheckSpec]:
        """The checks that can be asked about that."""
        return [
            spec for spec in self._answers.checks if spec.scope == scope and spec.problem is None
        ]

    def _ask_about_machines(self) -> None:
        for spec in self._of("machine"):
            for group in self._groups(self._held):
                count = sum(batch.count for batch in group)
                self._parts += 1
                self._question(spec, f"part {self._parts}", group, count)
        self._held = ()

    def _groups(self, batches: Sequence[Batch]) -> list[Sequence[Batch]]:
        """Batches together, so that all questions stay within `_MOST` tasks."""
        if not batches:
            return []
        most = max(1, (_MOST - self._parts) // max(1, len(self._answers.checks)))
        size = -(-len(batches) // most)
        return [batches[i : i + size] for i in range(0, len(batches), size)]

    def _question(self, spec: CheckSpec, part: str, machines: Sequence[Batch], count: int) -> None:
        if self._engine.now >= self._by:
            self._answers.silent(spec, part, count, "came too late to be asked")
            return
        request = CheckRequest(
            check=spec.name,
            run=self._run,
            machines=tuple(machines),
            deadline=a_little_before(self._by, self._engine.now),
            asking=spec.asking,
            config=self._policy.of(spec.name).config,
        )
        task = self._engine.activity("ask_check", wire.dump(request))
        self._asked[self._waiting.on(task, self._heard)] = (spec, part, count)

    def _withdraw(self, spec: CheckSpec) -> None:
        """A question that is asked anew: its first answer is of no interest any more."""
        for task in [task for task, (asked, _, _) in self._asked.items() if asked is spec]:
            self._waiting.drop(task)
            del self._asked[task]
        self._answers.withdraw(spec)

    def _heard(self, step: Task) -> None:
        spec, part, count = self._asked.pop(step)
        try:
            self._answers.heard(spec, part, wire.load(CheckAnswer, step.result()))
        except (ActivityFailed, ValidationError) as error:
            self._answers.silent(spec, part, count, shorten(str(error), 300))
        self._news()
