"""tell_owners: what is told of whom."""

from __future__ import annotations

import json

from patchgate_owners.telling import tell_owners

from actions.testing import FakeWeb, Page, a_machine, a_run, try_action

URL = "https://duty.example/tonight"
RUN = a_run(a_machine("web", tags={"owner": "shop"}), a_machine("bare"))


def web(status: int = 200) -> FakeWeb:
    """The web service."""
    return FakeWeb({URL: Page(url=URL, status=status, body=b"")})


def test_owners_are_told_by_machine() -> None:
    service = web()
    (outcome,) = try_action(tell_owners, RUN, config={"url": URL}, web=service).outcomes
    assert (outcome.status, outcome.evidence) == ("passed", {"owners": 1})
    (sent,) = service.asked
    assert json.loads(sent.body or b"")["owners"] == {"web": "shop"}


def test_a_service_that_refuses_fails_it() -> None:
    (outcome,) = try_action(tell_owners, RUN, config={"url": URL}, web=web(503)).outcomes
    assert outcome.status == "blocked"
