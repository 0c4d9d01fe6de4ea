"""A host that cannot prove who it is gets nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from arm.answer import Fate
from tests.arm.certificates import LOOPBACK, STRANGER, certificate, server_side
from tests.arm.parts import cancel
from tests.scripted_server import answer, scripted, spoil


def test_a_host_with_the_right_certificate_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A company's own authority can be named in the environment, as for all of Python."""
    pem = certificate(tmp_path, LOOPBACK)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with scripted(answer(200, {}), tls=server_side(pem)) as server:
        assert cancel(server.url).fate is Fate.ANSWERED


def test_a_self_signed_certificate_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent: above all no token."""
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with scripted(tls=server_side(certificate(tmp_path, LOOPBACK))) as server:
        assert cancel(server.url).fate is Fate.NOT_SENT
        assert server.received == []


def test_a_certificate_of_another_name_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although its authority is."""
    pem = certificate(tmp_path, STRANGER)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with scripted(tls=server_side(pem)) as server:
        assert cancel(server.url).fate is Fate.NOT_SENT
        assert server.received == []


def test_tls_that_fails_after_the_request_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request was sent, and may have had its effect."""
    pem = certificate(tmp_path, LOOPBACK)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(pem))
    with scripted(spoil(), tls=server_side(pem)) as server:
        assert cancel(server.url).fate is Fate.NO_ANSWER
        assert len(server.received) == 1
