"""Fetch one page within a deadline, from an address that may be asked, redirects included."""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from arm.within import within
from core.clock import Clock, seconds_between
from core.errors import shorten
from plugins.answers import CannotTell
from plugins.reach import Page
from plugins.web.addresses import Network, Resolve, checked, look_up, named_by, networks
from plugins.web.line import Answer, Line, authorities
from plugins.web.target import Target

__all__ = ["GuardedWeb"]

_LONGEST = 20.0  # real seconds for one page, redirects included
_REDIRECTS = {301, 302, 303, 307, 308}
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SAFE = {"GET", "HEAD"}
_PLAYED = ".simulator"
_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE = re.compile(r"[\t -~]{0,4096}")
# What says where a request goes, where it ends, and how its answer is packed.
_OURS = {"host", "content-length", "transfer-encoding", "connection", "accept-encoding"}
_USER_AGENT = {"User-Agent": "patchgate/0.1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardedWeb:
    """Web servers for the checks of one question: a `plugins.reach.Web`.

    Nothing waits past `until`, nor longer than 20 real seconds for one page. With `simulator`, the
    URL of a simulated world, hosts that end in `.simulator` are there, and no others are. The file
    `trust` holds the authorities that vouch for servers; without it those of `REQUESTS_CA_BUNDLE`
    or `SSL_CERT_FILE` do, or else Mozilla's.
    """

    clock: Clock
    until: datetime
    resolve: Resolve = look_up
    simulator: str | None = None
    trust: str | None = None

    def fetch(
        self,
        url: str,
        /,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        allow: Sequence[str] = (),
        redirects: int = 3,
    ) -> Page:
        """The answer of that server, whatever its status; see `plugins.reach.Web`.

        With `redirects=0` a redirect is an answer like any other. A request that may change
        something is not sent again: its redirect raises `CannotTell`. Nor is it sent without TLS,
        unless it stays within the networks to `allow`: on the way anybody could answer it.
        """
        target = Target.parse(url)
        try:
            allowed = networks(allow)
        except ValueError as error:
            raise CannotTell(f"allow: {error}") from error
        seconds = min(_LONGEST, self.clock.real_seconds(self.until))
        if seconds <= 0:
            raise CannotTell(f"{target.host}: no time left")
        course = _Course(
            web=self,
            target=target,
            allowed=allowed,
            method=_legal_method(method),
            body=body,
            headers={**_USER_AGENT, **_legal_headers(headers or {})},
            redirects=redirects,
            stop=time.monotonic() + seconds,
        )
        try:
            return within(seconds, course.run)
        except TimeoutError as error:
            course.cut()
            raise CannotTell(f"{course.target.host}: no whole answer in time") from error


@dataclass(kw_only=True)
class _Course:
    """One fetch on its way: `target` is where it has come to."""

    web: GuardedWeb
    target: Target
    allowed: tuple[Network, ...]
    method: str
    body: bytes | None
    headers: Mapping[str, str]
    redirects: int
    stop: float  # of time.monotonic
    line: Line | None = field(default=None, init=False)
    over: bool = field(default=False, init=False)

    def run(self) -> Page:
        """Ask, and go where it leads. Raises `CannotTell` that names the host."""
        began = self.web.clock.now()
        left = self.redirects
        while True:
            try:
                answer = self._answer()
                location = self._leads(answer, left)
                if location is None:
                    return self._page(answer, began)
                self._go(self.target.redirected(location))
            except CannotTell as error:
                raise CannotTell(f"{self.target.host}: {error}") from error
            left -= 1

    def cut(self) -> None:
        """Give up, from another thread: nothing further is asked."""
        self.over = True
        if self.line is not None:
            self.line.cut()

    def _answer(self) -> Answer:
        """The answer of the first of the host's addresses that takes a connection."""
        addresses, port, tls = self._door()
        for number, address in enumerate(addresses, start=1):
            self.line = line = Line(self.target, address, port, tls=tls)
            try:
                problem = self._opened(line)
                if problem is None:
                    return line.ask(self.method, self.body, self.headers, self.stop)
                if number == len(addresses):
                    raise CannotTell(problem)
            finally:
                line.close()
        raise CannotTell("its name has no address")

    def _door(self) -> tuple[Sequence[str], int, str | None]:
        """Addresses that may be asked, at which port, and who vouches for the server, with TLS."""
        target, web = self.target, self.web
        if web.simulator is not None:
            played = Target.parse(web.simulator)
            if not target.host.endswith(_PLAYED):
                raise CannotTell(f"a simulated world has no hosts but those in {_PLAYED}")
            return (played.host,), played.port, None
        try:
            found = web.resolve(target.host, target.port)
        except OSError as error:
            raise CannotTell("its name cannot be looked up") from error
        tls = (web.trust or authorities()) if target.scheme == "https" else None
        addresses = checked(found, self.allowed)
        if tls is None and self.method not in _SAFE:
            self._stays_within(addresses)
        return addresses, target.port, tls

    def _stays_within(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            if not named_by(self.allowed, address):
                why = f"a {self.method} without TLS is for networks that `allow` names"
                raise CannotTell(f"refused: {why}, and {address} is in none; use https")

    def _opened(self, line: Line) -> str | None:
        """Connect; what kept us from it, if another address may do better."""
        if self.over:
            raise CannotTell("no time left")
        try:
            line.open(self.stop)
        except ssl.SSLCertVerificationError as error:
            why = f"its certificate is not accepted: {shorten(error.verify_message, 120)}"
            raise CannotTell(why) from error
        except TimeoutError:
            return "no connection in time"
        except ssl.SSLError as error:
            return f"no TLS: {shorten(error.reason or type(error).__name__, 60)}"
        except OSError as error:
            return f"no connection: {shorten(error.strerror or type(error).__name__, 60)}"
        except ValueError:  # a name that the codec for names does not take
            return "no connection: its name is none"
        return None

    def _leads(self, answer: Answer, left: int) -> str | None:
        """Where the answer sends us; None when it is one to look at."""
        location = answer.headers.get("location")
        if location is None or answer.status not in _REDIRECTS:
            return None
        if self.method not in _SAFE:
            raise CannotTell(f"it redirects a {self.method}, which is not sent again")
        if not self.redirects:
            return None
        if left <= 0:
            raise CannotTell(f"it redirects more than {self.redirects} times")
        return location

    def _go(self, target: Target) -> None:
        """What the caller said to one host is not told to another."""
        if not self.target.trusts(target):
            self.headers, self.body = _USER_AGENT, None
        self.target = target

    def _page(self, answer: Answer, began: datetime) -> Page:
        return Page(
            url=self.target.url,
            status=answer.status,
            body=answer.body,
            headers=answer.headers,
            seconds=seconds_between(began, self.web.clock.now()),
            certificate_until=answer.certificate_until,
        )


def _legal_method(method: str) -> str:
    if method not in _METHODS:
        raise CannotTell(f"{shorten(method, 20)!r} is no method that a check may use")
    return method


def _legal_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The caller's headers, which end where they end. Their values are not repeated: secrets."""
    for name, value in headers.items():
        if not _NAME.fullmatch(name) or name.lower() in _OURS:
            raise CannotTell(f"{shorten(name, 40)!r} is no header that a check may send")
        if not _VALUE.fullmatch(value):
            raise CannotTell(f"the header {name} is too long, or has illegal characters")
    return headers
