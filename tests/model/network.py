"""Requests to Azure without sockets: `requests` hands them to the simulator, in virtual time.

A request is on its way for a while, and what Azure then does, it does whether or not anybody still
waits: so a caller that timed out, or died, may have had its effect, and may have it later.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse
from urllib3.exceptions import ProtocolError

from simulator import Azure
from simulator.azure import Visit
from simulator.messages import Reply, Request
from tests.model.schedule import Schedule

__all__ = ["LINE", "Line", "Network", "Sent"]

_LONGEST = 30.0  # seconds: what arm.session and arg_queries.resource_graph give one request


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request as it left us: `at` is our clock's time. `effective`: it cancelled the run."""

    at: datetime
    method: str
    host: str
    path: str
    what: str
    authorised: bool


class Network:
    """The way to one Azure; every request takes `latency` seconds until it is there."""

    def __init__(self, schedule: Schedule, azure: Azure, latency: float) -> None:
        self._schedule, self._azure, self._latency = schedule, azure, latency
        self.sent: list[Sent] = []

    def exchange(self, request: requests.PreparedRequest) -> Reply:
        """Send it and wait for the answer. Raises what `requests` raises when there is none."""
        running = self._schedule.running
        assert running is not None, "only a process that has the baton can ask"
        asked = _request(request)
        self._schedule.pause()  # may die here, before anything was sent
        self._remember(asked, request)
        seconds = min(_LONGEST, running.patience)
        answer: list[Reply | None] = []
        wake: list[Callable[[], None]] = []

        def answered(reply: Reply | None) -> None:
            answer.append(reply)
            wake[-1]()

        self._schedule.after(self._latency, lambda: self._arrive(asked, answered))
        self._schedule.park(seconds, wake.append)  # may die here: it is on its way all the same
        if not answer:
            raise requests.ReadTimeout(request=request)
        if answer[0] is None:
            broken = ProtocolError("Connection aborted.", ConnectionResetError())
            raise requests.ConnectionError(broken, request=request)
        return answer[0]

    def _remember(self, asked: Request, request: requests.PreparedRequest) -> None:
        self.sent.append(
            Sent(
                at=self._schedule.now,
                method=asked.method,
                host=urlsplit(request.url or "").hostname or "",
                path=asked.path,
                what=asked.what,
                authorised=asked.authorised,
            )
        )

    def _arrive(self, asked: Request, answered: Callable[[Reply | None], None]) -> None:
        visit = self._azure.arrive(asked)
        if visit.delay:
            self._schedule.after(visit.delay, lambda: answered(self._answer(visit)))
        else:
            answered(self._answer(visit))

    def _answer(self, visit: Visit) -> Reply | None:
        if visit.drop == "before":
            self._azure.leave(visit, None, "dropped before the effect")
            return None
        reply = self._azure.answer(visit)
        if visit.drop == "after":
            self._azure.leave(visit, None, "dropped after the effect")
            return None
        self._azure.leave(visit, reply.status, reply.note)
        return reply


class Line(BaseAdapter):
    """What `requests` sends through. One for all stories, since clients are costly to make."""

    def __init__(self) -> None:
        super().__init__()
        self.network: Network | None = None

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        assert self.network is not None, "a request outside of any story"
        return _response(request, self.network.exchange(request))

    def close(self) -> None:
        """Nothing is open."""


LINE = Line()


def _request(request: requests.PreparedRequest) -> Request:
    parts = urlsplit(request.url or "")
    body = request.body or b""
    raw = body.encode() if isinstance(body, str) else bytes(body)
    query = {name.lower(): value for name, value in parse_qsl(parts.query)}
    headers = {name.lower(): str(value) for name, value in request.headers.items()}
    return Request(
        method=request.method or "",
        path=unquote(parts.path),
        api_version=query.get("api-version"),
        authorised=headers.get("authorization", "").startswith("Bearer "),
        json=json.loads(raw) if raw else None,
        raw=raw,
        host=parts.netloc,
        headers=headers,
        query=query,
    )


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    text = reply.body if isinstance(reply.body, str) else ""
    if reply.body is not None and not isinstance(reply.body, str):
        text = json.dumps(reply.body)
    headers: Mapping[str, str] = {"Content-Type": "application/json", **reply.headers}
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(headers)
    response.raw = HTTPResponse(
        body=io.BytesIO(text.encode()), headers=headers, status=reply.status, preload_content=False
    )
    response.url = request.url or ""
    response.request = request
    response.encoding = "utf-8"
    return response
