"""The list of orchestrations, as the Durable extension gives it: in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from handlers.engines.instances import list_instances
from tests.scripted_server import Play, Received, answer, by, hang_up, scripted

SINCE = datetime(2026, 11, 28, 2, tzinfo=UTC)
TOKEN = "x-ms-continuation-token"  # noqa: S105 - the name of a header


def client(url: str) -> Any:
    """A Durable client that the host has bound."""
    return SimpleNamespace(
        _orchestration_bindings=SimpleNamespace(rpc_base_url=f"{url}/runtime/webhooks/durabletask/")
    )


def test_every_page_is_read() -> None:
    """A night with more than a hundred runs is listed whole."""
    pages = [[{"instanceId": f"gate-{n}"} for n in range(100 * p, 100 * p + 100)] for p in range(3)]

    def choose(request: Received) -> Play:
        number = int(request.headers.get(TOKEN, "0"))
        more = {TOKEN: str(number + 1)} if number < 2 else {}
        return answer(200, pages[number], headers=more)

    with scripted(by(choose)) as server:
        found = list_instances(client(server.url), SINCE)
        asked = [urlsplit(request.target) for request in server.sent("GET")]
    assert [one["instanceId"] for one in found] == [f"gate-{n}" for n in range(300)]
    assert {url.path for url in asked} == {"/runtime/webhooks/durabletask/instances/"}
    assert parse_qs(asked[0].query)["createdTimeFrom"] == ["2026-11-28T02:00:00.000000Z"]


def test_an_empty_page_may_be_followed_by_another() -> None:
    """Storage that finds nothing in one stretch of its table goes on in the next."""

    def choose(request: Received) -> Play:
        first = TOKEN not in request.headers
        return answer(
            200, [] if first else [{"instanceId": "x"}], headers={TOKEN: "1"} if first else {}
        )

    with scripted(by(choose)) as server:
        assert list_instances(client(server.url), SINCE) == [{"instanceId": "x"}]


@pytest.mark.parametrize(
    "play",
    [
        answer(500, {"Message": "storage is down"}),
        answer(404),
        answer(302, headers={"Location": "http://127.0.0.1:9/"}),
        answer(200, {"no": "list"}),
        answer(200, ["no", "objects"]),
        answer(200, b"<html>"),
        hang_up(),
    ],
)
def test_a_list_that_is_none_is_no_empty_list(play: Play) -> None:
    """Whoever asked must not take it for "there is no gate"."""
    with scripted(play) as server, pytest.raises((ConnectionError, requests.RequestException)):
        list_instances(client(server.url), SINCE)


def test_pages_that_do_not_end_are_given_up() -> None:
    with (
        scripted(by(lambda _: answer(200, [], headers={TOKEN: "again"}))) as server,
        pytest.raises(ConnectionError, match="do not come to an end"),
    ):
        list_instances(client(server.url), SINCE)
