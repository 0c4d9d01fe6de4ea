"""The token goes to one host, and is the only thing that speaks for us."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from arm.answer import Fate
from tests.arm.parts import cancel, send
from tests.scripted_server import answer, scripted


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_redirects_are_not_followed(method: str, status: int) -> None:
    """The other host sees nothing, and the redirect is the answer."""
    with scripted() as other, scripted(answer(status, headers={"Location": other.url})) as server:
        told = send(server.url, method)
        assert (told.fate, told.status) == (Fate.ANSWERED, status)
        assert len(server.received) == 1
        assert other.received == []


@pytest.mark.parametrize("simulated", [False, True])
def test_a_netrc_cannot_replace_the_token(
    *, simulated: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`requests` would prefer the machine's .netrc to a header."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(answer(200, {})) as server:
        send(server.url, simulated=simulated)
        assert server.received[0].headers["authorization"] == "Bearer secret-1"


def test_a_simulator_on_this_machine_is_reached_without_the_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A company's proxy knows nothing of loopback ports."""
    with scripted() as proxy, scripted(answer(200, {})) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        assert send(server.url, simulated=True).fate is Fate.ANSWERED
        assert proxy.received == []


def test_what_went_wrong_is_told_without_the_url() -> None:
    """The problem goes into reports and logs: neither the id's path nor the token does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
    told = cancel(url)
    assert "secret" not in told.problem
    assert "subscriptions" not in told.problem
