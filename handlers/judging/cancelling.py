"""One strand of the gate: cancel the run, in rounds, until it is confirmed or has started.

A round is a step of at most a minute, so that a worker that dies or hangs in one costs a minute and
not the run: a guard begins the next round elsewhere. Repeating the cancel call is harmless.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pydantic import ValidationError

from core import wire
from core.errors import ActivityFailed, shorten
from core.ids import RunId
from core.report import Cancellation, Decision
from core.timeline import Timeline
from handlers.engines import Engine, Task
from handlers.orders import CancelRequest
from handlers.waiting import Waiting

__all__ = ["Cancelling"]

_ROUND = timedelta(seconds=60)
_GRACE = timedelta(seconds=15)  # after a round's end, until it counts as lost
_PAUSES = (1, 5, 15, 30)  # seconds after a round that ended early; the last one stays
_CALLS = 60  # calls that a report lists; of more, the first and the last half


class Cancelling:
    """Rounds of the cancel call. `outcome` is what came of them so far."""

    def __init__(self, engine: Engine, waiting: Waiting, run: RunId, timeline: Timeline) -> None:
        self._engine, self._waiting = engine, waiting
        self._run, self._timeline = run, timeline
        self._because = ""
        self._rounds = 0
        self._until = timeline.start  # of the round under way
        self._step: Task | None = None
        self._guard: Task | None = None
        self.outcome = Cancellation(
            confirmed=False, state="not confirmed", problem="no round of the cancel call came back"
        )

    def begin(self, decision: Decision) -> None:
        """Start the first round, because of this decision."""
        self._because = decision.summary
        self._begin_round()

    def _begin_round(self) -> None:
        """Unless the run has started: then there is nothing to cancel any more."""
        now = self._engine.now
        if now >= self._timeline.start:
            return
        self._until = until = min(now + _ROUND, self._timeline.start)
        request = wire.dump(CancelRequest(run=self._run, until=until, because=self._because))
        self._rounds += 1
        self._step = self._waiting.on(self._engine.activity("cancel_run", request), self._ended)
        self._guard = self._waiting.on(self._engine.timer(until + _GRACE), self._lost)

    def _ended(self, step: Task) -> None:
        self._waiting.drop(self._guard)
        try:
            outcome = wire.load(Cancellation, step.result())
        except (ActivityFailed, ValidationError) as error:
            problem = shorten(str(error), 300)
            outcome = Cancellation(confirmed=False, state="not confirmed", problem=problem)
        self.outcome = _joined(self.outcome, outcome)
        if not self.outcome.confirmed:
            self._waiting.on(self._engine.timer(self._engine.now + self._pause()), self._again)

    def _pause(self) -> timedelta:
        """Hardly any after a round that took its time; ever longer after those that failed fast."""
        took_its_time = self._engine.now >= self._until - _ROUND / 4
        return timedelta(
            seconds=_PAUSES[0 if took_its_time else min(self._rounds, len(_PAUSES)) - 1]
        )

    def _again(self, timer: Task) -> None:
        self._begin_round()

    def _lost(self, timer: Task) -> None:
        self._waiting.drop(self._step)
        self.outcome = replace(self.outcome, problem="a round of the cancel call never came back")
        self._begin_round()


def _joined(before: Cancellation, after: Cancellation) -> Cancellation:
    calls = (*before.calls, *after.calls)
    unlisted = max(0, len(calls) - _CALLS)
    # A round that had no time left to send anything knows nothing new.
    problem = after.problem if after.confirmed or after.calls else before.problem
    return replace(
        after,
        attempts=before.attempts + after.attempts,
        calls=calls[: _CALLS // 2] + calls[-_CALLS // 2 :] if unlisted else calls,
        unlisted_calls=before.unlisted_calls + unlisted,
        problem=problem or after.problem,
    )
