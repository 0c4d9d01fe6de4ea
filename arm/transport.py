"""HTTP for Azure: an answer has a largest size, also unpacked, and its connection can be cut.

`requests` reads and unpacks an answer whole, however large, and does so even for a redirect that
it is told not to follow. The Azure SDK gets the same session, and with it the same bounds.
"""

from __future__ import annotations

import socket
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from arm.endpoint import Endpoint
from arm.lines import watch
from core.errors import ArmProblem

__all__ = ["BoundedSession", "body_of", "plain_session"]

# Bytes of an answer. Resource Graph's own limit is 16 MiB:
# https://learn.microsoft.com/azure/governance/resource-graph/troubleshoot/general
_LARGEST = 17_000_000
_PIECE = 65536  # bytes that are unpacked at once


def plain_session(endpoint: Endpoint, connections: int = 10) -> requests.Session:
    """A session in which only our token speaks for us, whatever the machine's .netrc says.

    It uses the environment's proxies and certificates, but not for a simulator on this machine, and
    keeps so many `connections` open to use them again.
    """
    session = BoundedSession(connections)
    session.trust_env = not endpoint.simulated
    return session


class BoundedSession(requests.Session):
    """Answers of at most 17 MB. Redirects are answers like any other, and no cookie is kept."""

    def __init__(self, connections: int) -> None:
        super().__init__()
        self.auth = _as_it_is
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(pool_maxsize=connections))

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """None: to follow a redirect, `requests` would read its whole body first."""

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """As `requests` does. Raises `ArmProblem` for an answer that is too long."""
        streamed = kwargs.pop("stream", False)
        response = super().send(request, stream=True, **kwargs)
        if not streamed:
            with response:
                # As its property `content` sets them.
                response._content = body_of(response)  # noqa: SLF001
                response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001
        return response


def body_of(response: requests.Response, largest: int = _LARGEST) -> bytes:
    """The whole body, unpacked. Raises `ArmProblem` when it is longer than so many bytes."""
    received = bytearray()
    for piece in response.iter_content(_PIECE):
        received += piece
        if len(received) > largest:
            raise ArmProblem("Azure", f"the answer is longer than {largest / 1e6:g} MB")
    return bytes(received)


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Watched(HTTPConnection):
    """A connection that `arm.lines` knows from its first byte on, for each work that it serves."""

    def _new_conn(self) -> socket.socket:
        line = super()._new_conn()
        watch(line)
        return line

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # from earlier work
            watch(self.sock)
        super().request(*args, **kwargs)


class _WatchedSecure(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _WatchedSecure


_POOLS = {"http": _Pool, "https": _SecurePool}


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
