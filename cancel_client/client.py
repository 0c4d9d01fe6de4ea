"""The cancel call, made until a read-back confirms it.

`PUT {run}?api-version=… {"properties":{"status":"Cancel"}}` sent raw: only preview releases of the
official SDK have the operation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from arm.session import ArmSession
from cancel_client.answers import (
    Meaning,
    meaning_of_cancel,
    meaning_of_read,
    says_cancelled,
)
from core.clock import Clock
from core.ids import RunId
from core.report import Call, Cancellation

__all__ = ["CancelClient", "StateReader"]

_BODY = {"properties": {"status": "Cancel"}}
_READ_BACKS = 3  # looks at the run before an accepted call is repeated
_WAITS = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds between looks; the last one stays
_LONGEST_WAIT = 30.0  # seconds, whatever Retry-After asks: the run starts soon
_LOOK = 10.0  # seconds for one look at one source: a source that hangs must not keep us from asking
_LEAST_LOOK = 1.0  # real seconds that a look gets however fast the clock runs


class State(Protocol):
    """How a run stands elsewhere than at the run itself: Azure's words."""

    @property
    def status(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def problem(self) -> str | None: ...


StateReader = Callable[[RunId, datetime], State]


@dataclass(slots=True, kw_only=True)
class _Attempt:
    """What has been done so far for one run."""

    run: RunId
    until: datetime
    calls: list[Call] = field(default_factory=list)
    asked: int = 0
    looks_left: int = 0
    retry_after: float | None = None
    confirmed_by: str | None = None
    last: dict[str, str] = field(default_factory=dict)  # what was called → what it meant


class CancelClient:
    """Cancels runs. `read_state` asks a second source (Resource Graph) how the run stands."""

    def __init__(
        self, session: ArmSession, read_state: StateReader, clock: Clock, api_version: str
    ) -> None:
        self._session, self._read_state, self._clock = session, read_state, clock
        self._api_version = api_version

    def cancel(self, run: RunId, until: datetime) -> Cancellation:
        """Cancel the run and prove it, until then at the latest; nothing is sent afterwards.

        Harmless to repeat. Never raises for what Azure does: what it saw is in the answer. For the
        run of a drill nothing is ever sent: see `rehearsal`.
        """
        if run.is_drill:
            problem = "it is the run of a drill, which does not exist: nothing is sent for one"
            return Cancellation(confirmed=False, state="not confirmed", problem=problem)
        attempt = _Attempt(run=run, until=until)
        turn = 0
        while self._clock.now() < until:
            if attempt.looks_left == 0:
                self._ask(attempt)
            self._look(attempt)
            if attempt.confirmed_by is not None:
                break
            attempt.looks_left = max(0, attempt.looks_left - 1)
            self._wait(attempt, _WAITS[min(turn, len(_WAITS) - 1)])
            turn += 1
        return self._told(attempt)

    def _ask(self, attempt: _Attempt) -> None:
        answer = self._session.send(
            "PUT",
            attempt.run,
            api_version=self._api_version,
            until=attempt.until,
            body=_BODY,
        )
        meaning = meaning_of_cancel(answer)
        attempt.asked += 1
        attempt.retry_after = answer.retry_after
        attempt.looks_left = _READ_BACKS if meaning.accepted else 1
        self._note(attempt, "PUT", "cancel the run", answer.status, meaning)

    def _look(self, attempt: _Attempt) -> None:
        """Read back from both sources. Either may confirm."""
        if self._clock.now() >= attempt.until:
            return
        answer = self._session.send(
            "GET", attempt.run, api_version=self._api_version, until=self._soon(attempt)
        )
        meaning = meaning_of_read(answer, attempt.run)
        self._note(attempt, "GET", "read the run back", answer.status, meaning)
        if meaning.confirmed:
            attempt.confirmed_by = "read-back"
            return
        if self._clock.now() >= attempt.until:
            return
        state = self._read_state(attempt.run, self._soon(attempt))
        meaning = _meaning_of_state(state)
        self._note(attempt, "POST", "ask Resource Graph", None, meaning)
        if meaning.confirmed:
            attempt.confirmed_by = "Resource Graph"

    def _soon(self, attempt: _Attempt) -> datetime:
        seconds = max(_LOOK, _LEAST_LOOK * self._clock.speed)
        return min(attempt.until, self._clock.now() + timedelta(seconds=seconds))

    def _wait(self, attempt: _Attempt, usual: float) -> None:
        asked_for = attempt.retry_after or 0.0
        attempt.retry_after = None
        seconds = max(usual, min(asked_for, _LONGEST_WAIT))
        left = attempt.until - self._clock.now()
        self._clock.sleep(min(timedelta(seconds=seconds), left).total_seconds())

    def _note(
        self, attempt: _Attempt, method: str, what: str, status: int | None, meaning: Meaning
    ) -> None:
        attempt.last[what] = meaning.say
        attempt.calls.append(
            Call(
                at=self._clock.now(),
                method=method,
                what=what,
                status=status,
                meaning=meaning.say,
            )
        )

    def _told(self, attempt: _Attempt) -> Cancellation:
        confirmed = attempt.confirmed_by is not None
        seen = "; ".join(f"{what}: {say}" for what, say in attempt.last.items())
        return Cancellation(
            confirmed=confirmed,
            state="cancelled" if confirmed else "not confirmed",
            confirmed_by=attempt.confirmed_by,
            confirmed_at=self._clock.now() if confirmed else None,
            attempts=attempt.asked,
            calls=tuple(attempt.calls),
            problem=None if confirmed else seen or "nothing was sent",
        )


def _meaning_of_state(state: State) -> Meaning:
    if state.problem is not None:
        return Meaning(say=f"no proof: {state.problem}")
    if not state.status:
        return Meaning(say="no row of this run yet")
    if says_cancelled(state.status):
        said = f": {state.message}" if state.message else ""
        return Meaning(say=f"its row says cancelled{said}", confirmed=True)
    return Meaning(say=f"its row says {state.status!r}")
