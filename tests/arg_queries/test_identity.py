"""The token goes to one host, is the only thing that speaks for us, and registers nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError

from arg_queries.resource_graph import Rows
from tests.arg_queries.parts import ask, page
from tests.arm.parts import Tokens
from tests.scripted_server import answer, scripted

_ROW = {"id": "a"}


def _error(code: str, message: str = "no") -> object:
    return {"error": {"code": code, "message": message}}


def test_a_409_does_not_make_the_sdk_register_anything() -> None:
    """It would, for a subscription in the URL, and raise where there is none."""
    message = "The subscription is not registered to use namespace 'Microsoft.ResourceGraph'."
    refused = answer(409, _error("MissingSubscriptionRegistration", message))
    with scripted(refused, page([_ROW])) as server:
        assert ask(server.url) == Rows(rows=(_ROW,))
        assert {request.path for request in server.received} == {
            "/providers/Microsoft.ResourceGraph/resources"
        }


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    """The token is for one host."""
    with scripted() as other:
        away = answer(status, headers={"Location": other.url, "Retry-After": "100000"})
        with scripted(away) as server:
            assert str(status) in str(ask(server.url, seconds=60).problem)
            assert len(server.received) == 1
        assert other.received == []


def test_a_token_that_is_refused_is_not_used_again() -> None:
    """The next attempt asks the identity, which may have a new one."""
    tokens = Tokens()
    with scripted(answer(401, _error("InvalidAuthenticationToken")), page([_ROW])) as server:
        assert ask(server.url, credential=tokens).problem is None
        assert [r.headers["authorization"] for r in server.received] == [
            "Bearer secret-1",
            "Bearer secret-2",
        ]


@pytest.mark.parametrize(
    "error",
    [
        ClientAuthenticationError(message="no managed identity here"),
        ServiceRequestError("no managed identity here"),
    ],
)
def test_without_a_token_nothing_is_asked(error: AzureError) -> None:
    """That is a problem like any other, and tried again."""

    def refuse() -> None:
        raise error

    with scripted() as server:
        answered = ask(server.url, credential=Tokens(refuse), seconds=20)
        assert answered == Rows(rows=(), problem=answered.problem)
        assert answered.problem
        assert server.received == []


def test_a_netrc_cannot_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`requests`, on which the SDK is built, would prefer the machine's .netrc."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(page([_ROW])) as server:
        ask(server.url)
        assert server.received[0].headers["authorization"] == "Bearer secret-1"
