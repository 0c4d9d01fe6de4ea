"""The way to the cancel call is gone up to the call, with the app's own parts, and only reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from arm.endpoint import Endpoint
from arm.reader import ArmReader
from arm.session import ArmSession
from cancel_client.rehearsal import Rehearser
from core.clock import Clock
from core.ids import DRILL
from core.report import Rehearsal
from core.rights import CANCEL
from tests.arm.parts import SCOPE, VERSION, Tokens, hasty
from tests.cancel_client.parts import cancel
from tests.scripted_server import Play, Received, answer, by, scripted, silence
from tests.simulator.world import RUN, HandClock, world

DRILLED = replace(RUN, name=f"{DRILL}1")
GONE = {"error": {"code": "ResourceNotFound", "message": "no such run"}}
GRANTED = {"value": [{"actions": ["Microsoft.Maintenance/*"], "notActions": []}]}


def rehearse(
    url: str, clock: Clock | None = None, credential: Tokens | None = None, seconds: float = 60
) -> Rehearsal:
    """Rehearse for the run of a drill, within so many seconds."""
    clock = clock or HandClock()
    endpoint = Endpoint(url=url, scope=SCOPE, simulated=True)
    session = ArmSession(endpoint, credential or Tokens(), clock)
    rehearser = Rehearser(
        session=session,
        reader=ArmReader(session, endpoint, clock),
        clock=clock,
        api_version=VERSION,
    )
    return rehearser.rehearse(DRILLED, clock.now() + timedelta(seconds=seconds))


def azure(run: Play | None = None, rights: Play | None = None) -> Play:
    """An Azure that knows no such run, and has granted what it takes, unless told otherwise."""

    def choose(received: Received) -> Play:
        assert received.method == "GET"
        if received.path.endswith("/providers/Microsoft.Authorization/permissions"):
            return rights or answer(200, GRANTED)
        assert received.path == str(DRILLED)
        return run or answer(404, GONE)

    return by(choose)


def parts(told: Rehearsal) -> dict[str, bool]:
    """Each part, and whether it can be gone."""
    return {one.part: one.ok for one in told.seen}


def test_all_of_it_is_seen_in_the_simulated_azure() -> None:
    with world() as w:
        told = rehearse(w.url, w.clock)
        assert {seen.method for seen in w.azure.seen} == {"GET"}
        assert w.azure.run_status == "Pending"
    assert told.reached
    assert (told.problem, told.remedy) == (None, None)
    assert parts(told) == {"token": True, "read-back": True, "right": True}


def test_what_the_identity_may_not_is_told_with_the_command_that_prints_the_role() -> None:
    with world() as w:
        w.azure.management.rights.grant(str(RUN.configuration), ["*/read"])
        told = rehearse(w.url, w.clock)
    assert parts(told) == {"token": True, "read-back": True, "right": False}
    assert not told.reached
    assert told.problem == f"right: the app's identity lacks {CANCEL} on {RUN.configuration}"
    assert told.remedy is not None
    assert told.remedy.startswith(f"patchgate permissions --configuration {RUN.configuration}")


def test_without_a_token_nothing_else_is_tried() -> None:
    def nobody() -> None:
        raise ValueError("no identity here")

    with scripted() as script:
        told = rehearse(script.url, credential=Tokens(nobody))
        assert script.received == []
    assert parts(told) == {"token": False}
    assert not told.reached
    assert told.problem == "token: no token: no identity here"
    assert "identity assign" in (told.remedy or "")


@pytest.mark.parametrize(
    ("run", "problem"),
    [
        (answer(200, {"id": str(DRILLED)}), "there is a run of that name"),
        (answer(403, {"error": {"code": "AuthorizationFailed", "message": "m"}}), "403"),
        (answer(401), "401"),
        (answer(400, {"error": {"code": "InvalidApiVersionParameter", "message": "m"}}), "400"),
        (answer(404, {"error": {"code": "InvalidResourceType", "message": "m"}}), "Resource"),
        (answer(404, {"error": {"code": "ResourceGroupNotFound", "message": "m"}}), "Group"),
        (answer(500), "500"),
        (answer(429, headers={"Retry-After": "1"}), "429"),
        (answer(307, headers={"Location": "http://127.0.0.1:9"}), "307"),
    ],
)
def test_only_a_run_that_is_looked_for_and_not_found_is_as_it_must_be(
    run: Play, problem: str
) -> None:
    """Whatever else Azure says stands in the way; the right is looked at all the same."""
    with scripted(azure(run=run)) as script:
        told = rehearse(script.url)
    assert parts(told) == {"token": True, "read-back": False, "right": True}
    assert not told.reached
    assert told.problem is not None
    assert told.problem.startswith("read-back: ")
    assert problem in told.problem
    assert told.remedy


@pytest.mark.parametrize(
    "rights",
    [
        answer(200, {"value": []}),
        answer(200, {"value": [{"actions": ["*"], "notActions": [CANCEL]}]}),
        answer(200, {"value": "all"}),
        answer(200, b"*"),
        answer(403),
        answer(500),
    ],
    ids=["none", "taken out", "no list", "no JSON", "refused", "failed"],
)
def test_a_right_that_nobody_confirms_is_none(rights: Play) -> None:
    with scripted(azure(rights=rights)) as script:
        told = rehearse(script.url)
    assert parts(told) == {"token": True, "read-back": True, "right": False}
    assert not told.reached


def test_what_passes_is_waited_out() -> None:
    plays = iter([answer(503), answer(429, headers={"Retry-After": "2"})])

    def choose(received: Received) -> Play:
        if received.path == str(DRILLED):
            return next(plays, answer(404, GONE))
        return answer(200, GRANTED)

    with scripted(by(choose)) as script:
        assert rehearse(script.url).reached


def test_an_azure_that_is_silent_is_not_waited_for_beyond_the_end() -> None:
    clock = hasty()
    with scripted(silence()) as script:
        told = rehearse(script.url, clock)
    assert parts(told) == {"token": True, "read-back": False, "right": False}
    assert not told.reached


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_the_cancel_client_sends_nothing_for_a_drill(spell: Callable[[str], str]) -> None:
    """The last line: whoever comes this far with the run of a drill is told that it is one."""
    with scripted() as script:
        told: Any = cancel(script.url, HandClock(), run=replace(RUN, name=spell(DRILLED.name)))
        assert script.received == []
    assert (told.confirmed, told.attempts, told.calls) == (False, 0, ())
    assert "drill" in told.problem
