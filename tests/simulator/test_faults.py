"""Everything that a scenario can make go wrong with a request."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.simulator.world import ALL, world


def _fault(**keys: str) -> str:
    return "[[faults]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items())


def test_a_status_replaces_the_answer_and_the_effect() -> None:
    """429 with Retry-After for the first calls; the run stays as it is until they are over."""
    with world(_fault(on='"cancel"', first="2", status="429", retry_after="5")) as w:
        for _ in range(2):
            refused = w.cancel()
            assert refused.status_code == 429
            assert refused.headers["Retry-After"] == "5"
            assert w.azure.run_status == "Pending"
        assert w.cancel().status_code == 200
        assert w.azure.run_status == "Cancelled"


def test_a_failure_may_come_after_the_effect() -> None:
    """A 500 with `effect = true`: refused in words, done in truth."""
    with world(_fault(on='"cancel"', first="1", status="500", effect="true")) as w:
        assert w.cancel().status_code == 500
        assert w.azure.run_status == "Cancelled"


def test_a_success_may_have_another_status() -> None:
    """A status below 300 keeps the right body and the effect."""
    with world(_fault(on='"cancel"', first="1", status="201")) as w:
        answer = w.cancel()
        assert answer.status_code == 201
        assert answer.json()["properties"]["status"] == "Cancelled"
        assert w.azure.run_status == "Cancelled"


def test_a_cancel_may_be_without_effect() -> None:
    """Answered as if it had worked, while nothing happened; only the read-back tells."""
    with world(_fault(on='"cancel"', first="1", effect="false")) as w:
        assert w.cancel().json()["properties"]["status"] == "Cancelled"
        assert w.status() == "Pending"
        assert w.azure.cancelled_at is None
        assert w.azure.seen[0].note == "answered as if it had worked"
        w.cancel()
        assert w.status() == "Cancelled"


@pytest.mark.parametrize(("when", "status"), [("before", "Pending"), ("after", "Cancelled")])
def test_the_connection_is_really_dropped(when: str, status: str) -> None:
    """The client sees its connection end without an answer, before or after the effect."""
    with world(_fault(on='"cancel"', calls="[1]", drop=f'"{when}"')) as w:
        with pytest.raises(requests.ConnectionError):
            w.cancel()
        assert w.azure.run_status == status
        (seen,) = w.azure.seen
        assert seen.status is None
        assert seen.note == f"dropped {when} the effect"
        assert w.cancel().status_code == 200


def test_only_the_calls_of_the_list_go_wrong() -> None:
    """`calls` counts the requests of one kind from 1."""
    with world(_fault(on='"read"', calls="[1, 3]", status="503")) as w:
        assert w.cancel().status_code == 200
        assert [w.read().status_code for _ in range(4)] == [503, 200, 503, 200]


def test_always_means_every_request() -> None:
    """`always` has no end, and `any` no kind."""
    with world(_fault(always="true", status="503")) as w:
        assert {w.read().status_code, w.cancel().status_code, w.graph(ALL).status_code} == {503}


def test_the_first_fault_that_hits_is_in_force() -> None:
    """Order matters: an early fault covers a later one."""
    faults = _fault(on='"read"', first="1", status="500") + "\n"
    with world(faults + _fault(always="true", status="503")) as w:
        assert [w.read().status_code for _ in range(2)] == [500, 503]


def test_a_body_replaces_the_right_one() -> None:
    """The status and the effect stay; the text is whatever the scenario says."""
    with world(_fault(on='"graph"', first="1", body='"<html>gateway</html>"')) as w:
        answer = w.graph(ALL)
        assert answer.status_code == 200
        assert answer.text == "<html>gateway</html>"
        assert len(w.rows(ALL)) == 5


def test_a_redirect_leads_elsewhere() -> None:
    """A 307 with its Location, and no effect."""
    with world(_fault(on='"cancel"', first="1", redirect='"https://example.com/"')) as w:
        answer = w.cancel()
        assert answer.status_code == 307
        assert answer.headers["Location"] == "https://example.com/"
        assert w.azure.run_status == "Pending"


def test_a_delay_holds_up_its_own_request_only() -> None:
    """While one request hangs in the story's time, others are answered."""
    with world(_fault(on='"cancel"', first="1", delay="20")) as w:
        answers: list[int] = []
        hanging = threading.Thread(target=lambda: answers.append(w.cancel().status_code))
        hanging.start()
        while not w.azure.seen:
            hanging.join(0.005)
        assert w.status() == "Pending"
        assert answers == []
        w.clock.sleep(20)
        hanging.join(5)
        assert answers == [200]
        assert w.azure.run_status == "Cancelled"
        assert [seen.what for seen in w.azure.seen] == ["cancel", "read"]
