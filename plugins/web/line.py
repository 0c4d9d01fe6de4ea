"""One request to one address that was checked, and its whole answer."""

from __future__ import annotations

import os
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from core.errors import shorten
from plugins.answers import CannotTell
from plugins.web.target import Target

__all__ = ["Answer", "Line", "authorities"]

_LARGEST = 1_000_000  # bytes of an answer, also after it was unpacked
_TO_CONNECT = 5.0  # real seconds for one address, so that there is time for the next


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    certificate_until: datetime | None


class Line(HTTPConnection):
    """A connection to `address` that speaks to, and with TLS proves to be, the target's host."""

    def __init__(self, target: Target, address: str, port: int, *, tls: str | None) -> None:
        super().__init__(address, port)
        self._target, self._tls = target, tls
        self._certificate_until: datetime | None = None
        self._open: socket.socket | None = None  # `sock` is gone before the answer has been read

    def open(self, stop: float) -> None:
        """Connect. Raises `OSError`, and `ssl.SSLError` when the host cannot prove who it is."""
        tls = None if self._tls is None else _context(self._tls)
        self.timeout = max(0.001, min(_TO_CONNECT, stop - time.monotonic()))
        line = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._open = line
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            line.settimeout(max(0.001, stop - time.monotonic()))
            secured = tls.wrap_socket(
                line, server_hostname=self._target.host, suppress_ragged_eofs=False
            )
            self.sock = self._open = secured
            self._certificate_until = _until(secured)

    def ask(
        self, method: str, body: bytes | None, headers: Mapping[str, str], stop: float
    ) -> Answer:
        """Send the request and read the whole answer. Raises `CannotTell`."""
        if self._open is None:
            raise CannotTell("there is no connection")
        self._open.settimeout(max(0.001, stop - time.monotonic()))
        try:
            own = {"Host": self._target.authority, "Accept-Encoding": "identity"}
            self.request(method, self._target.path, body, {**headers, **own})
            with self.getresponse() as response:
                return self._answer(response)
        except TimeoutError as error:
            raise CannotTell("no whole answer in time") from error
        except (OSError, HTTPException, ValueError) as error:  # their text may repeat the URL
            raise CannotTell(
                f"its answer broke off or is no HTTP: {type(error).__name__}"
            ) from error

    def cut(self) -> None:
        """Hang up, from any thread: whoever waits on this line waits no longer."""
        if self._open is not None:
            with suppress(OSError):
                # Past TLS, whose own shutdown would take the session from under its reader.
                socket.socket.shutdown(self._open, socket.SHUT_RDWR)

    def close(self) -> None:
        super().close()
        if self._open is not None and self._open is not self.sock:
            self._open.close()

    def _answer(self, response: HTTPResponse) -> Answer:
        packed = response.read(_LARGEST + 1)
        if len(packed) > _LARGEST:
            raise CannotTell(f"its answer is longer than {_LARGEST / 1e6:g} MB")
        if response.length:
            raise CannotTell("its answer broke off before its end")
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        encoding = headers.get("content-encoding", "").strip().lower()
        return Answer(
            status=response.status,
            headers=headers,
            body=_unpacked(packed, encoding),
            certificate_until=self._certificate_until,
        )


def _unpacked(packed: bytes, encoding: str) -> bytes:
    """The body of a server that packs although it was asked not to, up to the same size."""
    if encoding in ("", "identity") or not packed:
        return packed
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise CannotTell(
            f"its answer is packed in a way that was not asked for: {shorten(encoding, 40)}"
        )
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either header
    try:
        body = unpacking.decompress(packed, _LARGEST + 1)
    except zlib.error as error:
        raise CannotTell("its answer is packed and cannot be unpacked") from error
    if len(body) > _LARGEST:
        raise CannotTell(f"its answer is longer than {_LARGEST / 1e6:g} MB when unpacked")
    if not unpacking.eof or unpacking.unused_data:
        raise CannotTell("its answer broke off before its end")
    return body


def authorities() -> str:
    """The file of the authorities that vouch for servers: the site's own, or Mozilla's list."""
    import certifi  # noqa: PLC0415

    own = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    return own or certifi.where()


@cache
def _context(authorities: str) -> ssl.SSLContext:
    """TLS for clients, with the authorities of a file or of a folder. Raises `CannotTell`."""
    try:
        if Path(authorities).is_dir():
            context = ssl.create_default_context(capath=authorities)
        else:
            context = ssl.create_default_context(cafile=authorities)
    except OSError as error:  # `ssl.SSLError` is one
        why = f"the authorities of this app cannot be read: {type(error).__name__}"
        raise CannotTell(why) from error
    # An answer that ends with the connection is whole when the server has said so, within TLS.
    # Before OpenSSL 3 there was no such option, and no need to take it back.
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    return context


def _until(line: ssl.SSLSocket) -> datetime | None:
    ends = (line.getpeercert() or {}).get("notAfter")
    if not isinstance(ends, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
