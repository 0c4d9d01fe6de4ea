"""What an answer says of waiting is advice: nobody waits past a deadline, or fails over it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from arm.endpoint import Endpoint
from arm.reader import ArmReader
from arm.session import ArmSession
from core.errors import ArmProblem
from core.ids import ArmPath
from tests.arg_queries.parts import ask, page
from tests.arm.parts import SCOPE, Tokens
from tests.cancel_client.parts import cancel, methods
from tests.scripted_server import Play, answer, scripted
from tests.simulator.world import HandClock

_LATER = [
    "1000000000",
    "-1",
    "9" * 400,
    "9" * 5000,
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Sat, 01 Jan 0001 00:00:00 +2359",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "nan",
    "inf",
    "1e9",
    "\xb2",
    "soon, 1000000000",
]


def _throttled(header: str) -> Play:
    return answer(429, {}, headers={"Retry-After": header})


@pytest.mark.parametrize("header", _LATER, ids=range(len(_LATER)))
def test_the_cancel_call_is_repeated_whatever_retry_after_says(header: str) -> None:
    """For it waits half a minute at the longest: the run starts soon."""
    clock = HandClock()
    until = clock.now() + timedelta(minutes=10)
    with scripted(_throttled(header)) as server:
        told = cancel(server.url, clock, seconds=600)
        assert methods(server.received).count("PUT") > 5
    assert not told.confirmed
    assert clock.now() <= until


@pytest.mark.parametrize("header", _LATER, ids=range(len(_LATER)))
def test_readers_give_up_at_their_deadline_whatever_retry_after_says(header: str) -> None:
    """With a problem that has a name."""
    clock = HandClock()
    until = clock.now() + timedelta(minutes=10)
    with scripted(_throttled(header)) as server:
        endpoint = Endpoint(url=server.url, scope=SCOPE, simulated=True)
        reader = ArmReader(ArmSession(endpoint, Tokens(), clock), endpoint, clock)
        with pytest.raises(ArmProblem, match="Azure Resource Manager, /a: "):
            reader.get(ArmPath.parse("/a"), api_version="2022-12-01", query={}, until=until)
        assert clock.now() <= until
        assert ask(server.url, clock=HandClock(), seconds=600).problem


_QUOTAS = ["99999999:00:00", "9" * 400 + ":00:00", "00:00:-5", ":::", "\xb2:\xb2:\xb2", "24:61:61"]


@pytest.mark.parametrize("after", _QUOTAS, ids=range(len(_QUOTAS)))
def test_a_quota_that_makes_no_sense_breaks_nothing(after: str) -> None:
    """Rows that came are there, and a page that was not asked for is a problem."""
    headers = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": after}
    rows: Sequence[dict[str, str]] = ({"id": "a"}, {"id": "b"})
    first = page(rows[:1], after="1", total=2, headers=headers)
    with scripted(first, page(rows[1:], total=2)) as server:
        told = ask(server.url, seconds=600)
    assert told.rows[0] == rows[0]
    assert (told.problem is None) == (len(told.rows) == 2)
