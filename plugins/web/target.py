"""A URL, taken apart strictly: what is not plainly a web address is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit

from plugins.answers import CannotTell

__all__ = ["Target"]

_LONGEST = 2048
# Printable ASCII without the characters that no URL holds, and of which some parsers make others.
_LEGAL = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a request goes. `path` begins with / and has the query, if there is one."""

    scheme: str
    host: str
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Take a URL apart. Raises `CannotTell`, which does not repeat it: it may hold a secret."""
        if len(url) > _LONGEST or not _LEGAL.fullmatch(url):
            raise CannotTell(f"a URL is longer than {_LONGEST} characters, or has illegal ones")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise CannotTell("a URL has a host or port that is none") from error
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise CannotTell("a URL begins neither with https:// nor with http://")
        if "@" in parts.netloc:
            raise CannotTell("a URL names a user or a password, which is not sent")
        if port == 0 or parts.netloc.endswith(":"):
            raise CannotTell("a URL has a port that is none")
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(
            scheme=scheme,
            host=_host(parts.hostname or ""),
            port=_PORTS[scheme] if port is None else port,
            path=path,
        )

    @property
    def authority(self) -> str:
        """Host and port, as the Host header and a URL have them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The whole URL."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def shown(self) -> str:
        """The URL without its query, which may hold a secret."""
        return f"{self.scheme}://{self.authority}{self.path.partition('?')[0]}"

    def redirected(self, location: str) -> Target:
        """Where a redirect leads. Raises `CannotTell`; from https to http it does not lead."""
        # What http.client read as Latin-1 goes out again as the bytes that came.
        plain = quote(location.encode("latin-1", "replace"), safe="!#$%&'()*+,/:;=?@[]~")
        try:
            target = Target.parse(urljoin(self.url, plain))
        except ValueError as error:
            raise CannotTell("it redirects to a URL with a host that is none") from error
        if self.scheme == "https" and target.scheme == "http":
            raise CannotTell("it redirects from https to http")
        return target

    def trusts(self, other: Target) -> bool:
        """What was meant for this one may be sent to the other: the same host, the same door."""
        same = (self.scheme, self.port) == (other.scheme, other.port)
        upgrade = (self.scheme, self.port, other.scheme, other.port) == ("http", 80, "https", 443)
        return self.host == other.host and (same or upgrade)


def _host(text: str) -> str:
    """A name or an address in lower case, in the one form that all understand alike."""
    host = text.lower().removesuffix(".")
    if ":" in host:
        return _address(host)
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise CannotTell("a URL has a host that is no name")
    # 2130706433 and 0x7f.1 are 127.0.0.1 to some.
    return _address(host) if _NUMBER.fullmatch(labels[-1]) else host


def _address(host: str) -> str:
    if "%" in host:
        raise CannotTell("a URL has an address with a zone, which means something here only")
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise CannotTell("a URL has a host that is no address") from error
