"""Whoever cannot prove to be Azure, or the web server that was meant, gets nothing to read."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from arg_queries.resource_graph import ResourceGraph, Rows
from arm.answer import Fate
from arm.endpoint import Endpoint
from plugins.answers import CannotTell
from tests.arg_queries.parts import page
from tests.arm.certificates import LOOPBACK, STRANGER, certificate, server_side
from tests.arm.parts import SCOPE, Tokens, cancel
from tests.checks.webs import fetch
from tests.scripted_server import scripted
from tests.simulator.world import HandClock

# What is wrong with it: its name, how long it is good, and whether its authority is ours.
_BAD = {
    "another name": (STRANGER, 1.0, True),
    "a wildcard that is none": (x509.DNSName("*.0.0.1"), 1.0, True),
    "the address as a name": (x509.DNSName("127.0.0.1"), 1.0, True),
    "expired": (LOOPBACK, -1.0, True),
    "self-signed": (LOOPBACK, 1.0, False),
}


def _ask_graph(url: str) -> Rows:
    """As in a cloud: with the authorities of the environment."""
    clock = HandClock()
    graph = ResourceGraph(Endpoint(url=url, scope=SCOPE), Tokens(), clock)
    return graph.ask("resources", ["s"], clock.now() + timedelta(seconds=20))


def _bad(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    name, days, trusted = _BAD[kind]
    pem = certificate(folder, name, days_left=days)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    return pem


@pytest.mark.parametrize("kind", _BAD)
def test_a_bad_certificate_gets_no_token_and_no_query(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither from the cancel call nor from Resource Graph, whose client is another."""
    pem = _bad(kind, tmp_path, monkeypatch)
    with scripted(tls=server_side(pem)) as server:
        assert cancel(server.url).fate is Fate.NOT_SENT
        assert _ask_graph(server.url).problem
        assert server.received == []


@pytest.mark.parametrize("kind", _BAD)
def test_a_bad_certificate_is_not_asked_on_behalf_of_a_check(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is the secret of a header sent."""
    pem = _bad(kind, tmp_path, monkeypatch)
    with scripted(tls=server_side(pem)) as server:
        with pytest.raises(CannotTell, match="certificate is not accepted"):
            fetch(server.url, headers={"Authorization": "Bearer x"})
        assert server.received == []


def test_resource_graph_with_a_good_certificate_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So what is refused above is the certificate."""
    pem = certificate(tmp_path, LOOPBACK)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with scripted(page([{"id": "a"}]), tls=server_side(pem)) as server:
        assert _ask_graph(server.url) == Rows(rows=({"id": "a"},))
