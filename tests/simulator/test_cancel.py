"""The cancel call, the read-back, and the run itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.simulator.world import CANCEL, END, RUN, START, query, world


def test_cancelling_before_the_start_cancels() -> None:
    """It takes effect at once, and shows in the answer, the truth, the GET and the run row."""
    with world() as w:
        assert w.status() == "Pending"
        answer = w.cancel()
        assert answer.status_code == 200
        assert answer.json()["properties"]["status"] == "Cancelled"
        assert w.azure.run_status == "Cancelled"
        assert w.azure.cancelled_at == START - timedelta(minutes=40)
        assert w.status() == "Cancelled"
        (row,) = w.rows(query("run_state"))
        assert row["status"] == "Cancelled"
        assert "cancelled using cancellation API" in row["message"]
        w.clock.move_to(END)
        assert w.azure.run_status == "Cancelled"


def test_the_run_row_shows_a_cancel_later() -> None:
    """Rows lag behind the truth by the scenario's run_row_lag; the GET does not."""
    with world("graph.run_row_lag = 90") as w:
        w.cancel()
        assert w.status() == "Cancelled"
        assert w.rows(query("run_state"))[0]["status"] == "Pending"
        w.clock.sleep(89)
        assert w.rows(query("run_state"))[0]["status"] == "Pending"
        w.clock.sleep(1)
        assert w.rows(query("run_state"))[0]["status"] == "Cancelled"
        assert [row["status"] for row in w.rows(query("run_results"))] == ["Cancelled"]


def test_cancelling_again_is_answered_200_and_changes_nothing() -> None:
    """The time of the cancel stays that of the first call that worked."""
    with world("cancel.status = 202") as w:
        assert w.cancel().status_code == 202
        first = w.azure.cancelled_at
        w.clock.sleep(60)
        assert w.cancel().status_code == 200
        assert w.azure.cancelled_at == first


@pytest.mark.parametrize(("scenario", "status"), [("", 409), ("cancel.too_late_status = 400", 400)])
def test_cancelling_after_the_start_is_refused(scenario: str, status: int) -> None:
    """Too late: an error in ARM's form, and the run goes on."""
    with world(scenario) as w:
        w.clock.move_to(START)
        answer = w.cancel()
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"code", "message"}
        assert w.azure.run_status == "InProgress"
        assert w.azure.cancelled_at is None


def test_the_path_is_compared_without_case() -> None:
    """Azure does not mind the letter case of an id."""
    with world() as w:
        assert w.send("PUT", str(RUN).upper(), CANCEL).status_code == 200
        assert w.azure.run_status == "Cancelled"


@pytest.mark.parametrize("body", [None, {}, {"properties": {"status": "Cancelled"}}, [CANCEL]])
def test_a_wrong_body_is_a_400(body: object) -> None:
    """Anything but `properties.status = Cancel` is refused and does nothing."""
    with world() as w:
        assert w.send("PUT", str(RUN), body).status_code == 400
        assert w.azure.run_status == "Pending"


def test_an_unknown_run_is_a_404() -> None:
    """There is one run; every other id is not found, for both calls."""
    with world() as w:
        other = str(RUN)[:-1] + "9"
        assert w.send("PUT", other, CANCEL).status_code == 404
        assert w.send("GET", other).status_code == 404
        assert [seen.what for seen in w.azure.seen] == ["cancel", "read"]


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}]
)
def test_without_a_token_it_is_a_401(headers: dict[str, str]) -> None:
    """No call works without a Bearer token."""
    with world() as w:
        refused = w.send("PUT", str(RUN), CANCEL, headers=headers)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"] == "Bearer"
        assert w.azure.run_status == "Pending"


def test_without_an_api_version_it_is_a_400() -> None:
    """Azure Resource Manager never guesses the api-version."""
    with world() as w:
        refused = w.send("PUT", str(RUN), CANCEL, params={})
        assert refused.status_code == 400
        assert refused.json()["error"]["code"] == "MissingApiVersionParameter"


def test_a_call_that_starts_host_maintenance_is_noted_as_dangerous() -> None:
    """`applyUpdates/default` is another operation: it fails loudly, and is remembered."""
    with world() as w:
        path = str(RUN.configuration) + "/providers/Microsoft.Maintenance/applyUpdates/default"
        assert w.send("PUT", path, {}).status_code == 500
        (seen,) = w.azure.seen
        assert seen.what == "other"
        assert seen.note.startswith("dangerous")


def test_anything_else_is_a_404_and_remembered() -> None:
    """The simulator has no other APIs, and says so as ARM does."""
    with world() as w:
        assert w.send("GET", "/subscriptions").json()["error"]["code"] == "ResourceNotFound"
        assert w.send("DELETE", str(RUN)).status_code == 404
        assert [(s.method, s.what, s.status) for s in w.azure.seen] == [
            ("GET", "other", 404),
            ("DELETE", "other", 404),
        ]


def test_every_request_is_remembered_with_the_time_of_the_story() -> None:
    """Method, path, body, status and time, in the order of arrival."""
    with world() as w:
        w.cancel()
        w.clock.sleep(7)
        w.read()
        cancel, read = w.azure.seen
        assert (cancel.method, cancel.what, cancel.status, cancel.body) == (
            "PUT",
            "cancel",
            200,
            CANCEL,
        )
        assert cancel.path == str(RUN)
        assert (read.at - cancel.at).total_seconds() == 7


def test_the_read_back_may_not_exist() -> None:
    """`read = false`: nobody has published that runs of a configuration can be read."""
    with world("cancel.read = false") as w:
        assert w.cancel().status_code == 200
        assert w.read().status_code == 404
        assert w.azure.run_status == "Cancelled"


@pytest.mark.parametrize(
    ("who", "words"),
    [("somebody", "cancellation api"), ("system", "internal platform failure")],
)
def test_the_run_may_be_cancelled_by_others(who: str, words: str) -> None:
    """At the time that the scenario says, and with the words that tell who it was."""
    with world(f'run = {{ cancelled_by = "{who}", cancelled_after = 30 }}') as w:
        assert w.status() == "Pending"
        w.clock.sleep(30)
        assert w.status() == "Cancelled"
        assert words in w.rows(query("run_state"))[0]["message"].lower()
        assert w.cancel().status_code == 200


def test_a_run_that_nobody_cancels_starts_and_ends() -> None:
    """By the clock: in progress from its start, and ended at its end."""
    with world() as w:
        w.clock.move_to(START)
        assert w.status() == "InProgress"
        w.clock.move_to(END)
        assert w.status() == "Succeeded"


def test_a_run_may_end_early() -> None:
    """`ends_after` counts from the start of the run."""
    with world("run.ends_after = 600") as w:
        w.clock.move_to(START + timedelta(seconds=600))
        assert w.status() == "Succeeded"
