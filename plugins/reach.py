"""What a check may ask while it judges: Resource Graph, Azure Resource Manager, and the web.

Each of them gives the whole answer or raises `CannotTell`, and none waits past the deadline of the
question. So a check that simply asks can neither take a missing answer for an empty one nor hang.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from core.kql import KqlValue
from plugins.answers import CannotTell

__all__ = ["NOWHERE", "Arm", "Graph", "Page", "Web"]


class Graph(Protocol):
    """Azure Resource Graph, asked as the app's identity."""

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Mapping[str, Any]]:
        """Every row of the query; a `Path` is a `.kql` file that holds it.

        Each `{name}` in the query becomes the literal of a value given here; `{run_id}`,
        `{configuration_id}`, `{start}` and `{end}` are those of the run. Asked are the run's
        subscriptions, unless others are named. A query of more than 1,000 rows must project `id`
        and be ordered. Raises `CannotTell` unless every row came.
        """
        ...


class Arm(Protocol):
    """Azure Resource Manager, read as the app's identity."""

    def get(self, path: str, /, *, api_version: str, **query: str) -> Mapping[str, Any]:
        """The JSON object at that path, which begins with /. Raises `CannotTell`."""
        ...

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Mapping[str, Any]]:
        """Every object of a list, to its last page. Raises `CannotTell` unless all came."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a web server answered, whatever its status.

    `url` is where it came from in the end, `seconds` what it took from the first request to the
    last byte, and `certificate_until` when the server's certificate ends (UTC; None without TLS).
    Names of `headers` are in lower case.
    """

    url: str
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    certificate_until: datetime | None = None


class Web(Protocol):
    """Web servers, asked with no identity of ours."""

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
        """The answer of that server, whatever its status.

        Addresses that are private, link-local or this machine's own are refused, after name
        look-up and after each redirect too, unless they lie in one of the networks to `allow`
        (`"10.20.0.0/16"`). With `redirects=0` a redirect is the answer. Anything but GET and
        HEAD goes without TLS only to networks that `allow` names, and is not redirected. Raises
        `CannotTell` if refused, and if no whole answer came.
        """
        ...


class _Nowhere:
    """For a context without surroundings, as a unit test may have one: nothing answers."""

    def ask(self, query: str | Path, /, **given: Any) -> Sequence[Mapping[str, Any]]:
        raise CannotTell("there is no Resource Graph here")

    def get(self, path: str, /, **given: Any) -> Mapping[str, Any]:
        raise CannotTell("there is no Azure Resource Manager here")

    def pages(self, path: str, /, **given: Any) -> Sequence[Mapping[str, Any]]:
        raise CannotTell("there is no Azure Resource Manager here")

    def fetch(self, url: str, /, **given: Any) -> Page:
        raise CannotTell("there is no web here")


NOWHERE = _Nowhere()
