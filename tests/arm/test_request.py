"""What goes over the wire."""

from __future__ import annotations

import pytest

from core.ids import RunId
from tests.arm.parts import SCOPE, VERSION, Tokens, cancel, send
from tests.scripted_server import answer, scripted
from tests.simulator.world import CANCEL, RUN, SUBSCRIPTIONS


def test_the_cancel_call_is_what_azure_publishes() -> None:
    """Method, the run's id as path, api-version, body, token and our name."""
    with scripted(answer(200, {})) as server:
        cancel(server.url)
        (request,) = server.received
        assert request.method == "PUT"
        assert request.target == f"{RUN}?api-version={VERSION}"
        assert request.json == CANCEL
        assert request.headers["content-type"] == "application/json"
        assert request.headers["authorization"] == "Bearer secret-1"
        assert request.headers["user-agent"].startswith("patchgate/")


def test_reading_sends_no_body() -> None:
    """A GET is the id, the api-version and the token."""
    with scripted(answer(200, {})) as server:
        send(server.url)
        (request,) = server.received
        assert (request.method, request.target) == ("GET", f"{RUN}?api-version={VERSION}")
        assert request.body == b""


@pytest.mark.parametrize(
    ("group", "quoted"),
    [
        ("Größe", "Gr%C3%B6%C3%9Fe"),
        ("運用", "%E9%81%8B%E7%94%A8"),
        ("ops-(west).2_x", "ops-(west).2_x"),
    ],
)
def test_letters_of_any_alphabet_are_quoted(group: str, quoted: str) -> None:
    """Resource groups may have them; the path stays one path, and every other part as it is."""
    run = RunId.parse(str(RUN).replace("/Ops/", f"/{group}/"))
    with scripted(answer(200, {})) as server:
        send(server.url, run=run)
        (request,) = server.received
        assert request.path == (
            f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/{quoted}/providers"
            "/Microsoft.Maintenance/maintenanceConfigurations/Weekly"
            "/providers/Microsoft.Maintenance/applyUpdates/20260301020000"
        )


def test_the_token_is_asked_for_with_the_scope_of_the_cloud() -> None:
    """Its audience is the cloud's Resource Manager, and nothing else."""
    tokens = Tokens()
    with scripted(answer(200, {})) as server:
        send(server.url, credential=tokens)
    assert tokens.scopes == [SCOPE]
