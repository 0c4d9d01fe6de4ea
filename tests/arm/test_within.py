"""Work that may hang."""

from __future__ import annotations

import threading
from contextvars import ContextVar

import pytest

from arm.within import within

_WHO: ContextVar[str] = ContextVar("who", default="nobody")


def test_what_the_work_gives_is_given() -> None:
    """As if it had been done here: with the caller's context, too."""
    _WHO.set("the caller")
    assert within(10, _WHO.get) == "the caller"


def test_what_the_work_raises_is_raised() -> None:
    """The very exception."""

    def fail() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        within(10, fail)


def test_work_that_hangs_is_left_to_itself() -> None:
    """Its thread keeps nobody from leaving."""
    release = threading.Event()
    before = set(threading.enumerate())
    with pytest.raises(TimeoutError):
        within(0.01, release.wait)
    (hanging,) = set(threading.enumerate()) - before
    assert hanging.daemon
    release.set()
    hanging.join()
