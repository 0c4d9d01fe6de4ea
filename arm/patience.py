"""Ask again while there is time: waits that respect `Retry-After` and end at a deadline.

The retry policies of the Azure SDK sleep past a deadline when a `Retry-After` is long, so they are
switched off and this takes their place.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random_exponential

from core.clock import Clock
from core.errors import ArmProblem, OutOfTime

__all__ = ["Transient", "ask_until"]

T = TypeVar("T")

_LONGEST_WAIT = 60.0
_backoff = wait_random_exponential(multiplier=0.5, max=_LONGEST_WAIT)


class Transient(ArmProblem):
    """It may work when asked again, after `retry_after` seconds if Azure said so."""

    def __init__(
        self, what: str, why: str, retry_after: float | None = None, *, status: int | None = None
    ) -> None:
        super().__init__(what, why, status=status)
        self.retry_after = retry_after


def ask_until(attempt: Callable[[], T], *, clock: Clock, until: datetime) -> T:
    """The first answer of `attempt`, which raises `Transient` to be called again.

    Raises `OutOfTime` when the next attempt would lie past the deadline, and whatever else
    `attempt` raises. A first attempt is made however little time there is.
    """

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Transient) and error.retry_after:  # "after 0 s" says nothing
            return error.retry_after
        return _backoff(state)

    def stop(state: RetryCallState) -> bool:
        return clock.now() + timedelta(seconds=min(state.upcoming_sleep, 86400.0)) >= until

    retrying = Retrying(
        retry=retry_if_exception_type(Transient),
        wait=wait,
        stop=stop,
        sleep=clock.sleep,
        reraise=True,
    )
    try:
        return retrying(attempt)
    except Transient as error:
        raise OutOfTime(error.what, error.said, status=error.status) from error
