"""What stands in the pipeline of Azure's SDK where its retry policy would: an action's bounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import requests
from azure.core.exceptions import AzureError, ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.pipeline.transport import RequestsTransport

from arm.answer import retry_after
from arm.patience import Transient, ask_until
from arm.within import within
from arm.writes import Writes, WriteTurn
from core.clock import Clock
from core.errors import ArmProblem, shorten

__all__ = ["Bounded", "Bounds"]

_WHAT = "Azure Resource Manager"
_LONGEST_CALL = 60.0  # real seconds for one request, however far away the deadline is
_READS = ("GET", "HEAD")
# To ask for these again changes no more than to ask once.
_REPEATABLE = (*_READS, "PUT", "PATCH", "DELETE")
_CLIENT_REQUEST_ID = "x-ms-client-request-id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one stage of an action keeps to.

    `may_write` raises if nothing may be changed; `request_id` gives the id of a write by its path;
    `problem` makes an exception of a sentence.
    """

    clock: Clock
    writes: Writes
    until: datetime
    may_write: Callable[[], None]
    request_id: Callable[[str], str]
    problem: Callable[[str], Exception]


class Bounded(HTTPPolicy[Any, Any]):
    """Sends each request within the bounds, and again while there is time and it is harmless.

    Throttled requests are; others that may have worked only if it makes no difference to send them
    twice: after a POST without an answer, whoever has sent it has to look what became of it.
    """

    def __init__(self, bounds: Bounds) -> None:
        super().__init__()
        self._bounds = bounds

    def transport(self, session: requests.Session) -> RequestsTransport:
        """Connections of that session, for a client that does not wait past the deadline either."""
        return _Transport(session, self._bounds)

    def send(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        bounds, http = self._bounds, request.http_request
        if http.method not in _READS:
            bounds.may_write()
            http.headers[_CLIENT_REQUEST_ID] = bounds.request_id(unquote(urlsplit(http.url).path))
        try:
            return ask_until(lambda: self._attempt(request), clock=bounds.clock, until=bounds.until)
        except ArmProblem as error:
            raise bounds.problem(str(error)) from error

    def _attempt(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        http, bounds = request.http_request, self._bounds
        if http.method in _READS:
            return self._understood(self._sent(request), http.method)
        self._seconds()
        subscription = _subscription(http.url)
        with bounds.writes.turn(subscription, http.method, bounds.until) as turn:
            return self._understood(self._sent(request), http.method, turn)

    def _seconds(self) -> float:
        bounds = self._bounds
        seconds = min(_LONGEST_CALL, bounds.clock.real_seconds(bounds.until))
        if seconds <= 0:
            raise ArmProblem(_WHAT, "no time left to ask")
        return seconds

    def _sent(self, request: PipelineRequest[Any]) -> PipelineResponse[Any, Any]:
        seconds, method = self._seconds(), request.http_request.method
        # Read here and now, where it is bounded: the SDK would leave some answers for later.
        options = {"connection_timeout": seconds, "read_timeout": seconds, "stream": False}
        request.context.options.update(options)
        try:
            return within(seconds, lambda: self.next.send(request))
        except TimeoutError as error:
            raise _lost(method, "no answer in time") from error
        except ClientAuthenticationError as error:
            said = f"our identity was not accepted: {shorten(error.message, 160)}"
            raise Transient(_WHAT, said) from error
        except ServiceRequestError as error:
            raise Transient(_WHAT, f"not reached: {type(error).__name__}") from error
        except AzureError as error:
            raise _lost(method, f"no whole answer: {type(error).__name__}") from error

    def _understood(
        self, response: PipelineResponse[Any, Any], method: str, turn: WriteTurn | None = None
    ) -> PipelineResponse[Any, Any]:
        """The answer, unless it is to be asked for again."""
        http = response.http_response
        headers: Mapping[str, str] = http.headers
        later = retry_after(headers.get("Retry-After"), self._bounds.clock.now())
        if http.status_code == 429:
            if turn is not None:
                turn.refused(later)
            raise Transient(_WHAT, "too many requests", later, status=429)
        if turn is not None:
            turn.answered(headers)
        if http.status_code >= 500 and method in _REPEATABLE:
            raise Transient(_WHAT, "it is not well", later, status=http.status_code)
        return response


class _Transport(RequestsTransport):  # type: ignore[misc]  # which the SDK makes lazily
    """What the SDK waits by between two looks at a long operation."""

    def __init__(self, session: requests.Session, bounds: Bounds) -> None:
        super().__init__(session=session, session_owner=False)
        self._bounds = bounds

    def sleep(self, duration: float) -> None:
        """By the story's clock. Raises instead of waiting past the deadline."""
        bounds = self._bounds
        left = (bounds.until - bounds.clock.now()).total_seconds()
        if duration >= left:
            raise bounds.problem(f"{_WHAT}: an operation was not over in time")
        bounds.clock.sleep(duration)


def _lost(method: str, why: str) -> ArmProblem:
    if method in _REPEATABLE:
        return Transient(_WHAT, why)
    return ArmProblem(_WHAT, f"{why}: it may have worked")


def _subscription(url: str) -> str:
    """Whose limits count; empty for what belongs to no subscription."""
    parts = urlsplit(url).path.lower().split("/")
    return parts[2] if parts[1:2] == ["subscriptions"] and len(parts) > 2 else ""
