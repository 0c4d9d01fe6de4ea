"""One request to Azure Resource Manager, bounded by a deadline. It never raises: see `Answer`."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests
from requests.auth import AuthBase

from arm.answer import Answer, Fate, retry_after
from arm.endpoint import Endpoint
from arm.transport import body_of, plain_session
from arm.within import within
from core.clock import Clock
from core.errors import ArmProblem, shorten
from core.ids import ArmPath, RunId

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["ArmSession", "plain_session"]

_LONGEST_CALL = 30.0  # real seconds for one request, however far away the deadline is
_LARGEST_BODY = 1_000_000  # bytes, unless the caller expects more
_USER_AGENT = "patchgate/0.1"


_IN_TIME = 0.95  # of the time that is left: the library knows how far it got, so it speaks first


class _Bearer(AuthBase):
    """The token, as an auth object: `requests` would let a .netrc override a plain header."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class ArmSession:
    """Sends requests for parsed ids to one endpoint. Redirects are not followed."""

    def __init__(self, endpoint: Endpoint, credential: TokenCredential, clock: Clock) -> None:
        self._endpoint, self._credential, self._clock = endpoint, credential, clock
        self._session = plain_session(endpoint)
        self._session.headers["User-Agent"] = _USER_AGENT

    def send(
        self,
        method: str,
        target: RunId | ArmPath,
        *,
        api_version: str,
        until: datetime,
        body: dict[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        largest: int = _LARGEST_BODY,
    ) -> Answer:
        """Send one request about `target`, and wait for its answer until then (at most 30 s).

        `query` are parameters beside the api-version; `largest` is the most bytes of an answer.
        """
        seconds = min(_LONGEST_CALL, self._clock.real_seconds(until))
        stop = time.monotonic() + seconds
        if seconds <= 0:
            return Answer(fate=Fate.NOT_SENT, problem="no time left")
        token, problem = self._token_within(seconds)
        if problem:
            return Answer(fate=Fate.NOT_SENT, problem=problem)
        if (left := stop - time.monotonic()) <= 0:
            return Answer(fate=Fate.NOT_SENT, problem="no time left")
        request = partial(
            self._session.request,
            method,
            self._endpoint.url + quote(str(target), safe="/()$"),
            params={"api-version": api_version, **(query or {})},
            json=body,
            auth=_Bearer(token),
            allow_redirects=False,
            stream=True,
        )
        try:
            return within(left, lambda: self._ask(request, left, largest))
        except TimeoutError:
            return Answer(fate=Fate.NO_ANSWER, problem="no answer in time")

    def sign_in(self, until: datetime) -> str:
        """Ask for the token that every request carries. Why there is none; empty if there is."""
        seconds = min(_LONGEST_CALL, self._clock.real_seconds(until))
        return self._token_within(seconds)[1] if seconds > 0 else "no time left"

    def _token_within(self, seconds: float) -> tuple[str, str]:
        """The token, or why there is none."""
        try:
            return within(seconds, self._token), ""
        except TimeoutError:
            return "", "no token in time"
        except Exception as error:  # noqa: BLE001 - whatever a credential raises, nothing was sent
            return "", f"no token: {shorten(str(error), 200)}"

    def _token(self) -> str:
        return self._credential.get_token(self._endpoint.scope).token

    def _ask(
        self, request: Callable[..., requests.Response], seconds: float, largest: int
    ) -> Answer:
        """Send it, and say how far it got."""
        try:
            with request(timeout=_IN_TIME * seconds) as response:
                return self._read(response, largest)
        except ArmProblem as problem:
            return Answer(fate=Fate.NO_ANSWER, problem=problem.why)
        except requests.ConnectTimeout as error:
            return Answer(fate=Fate.NOT_SENT, problem=_told(error))
        except requests.ConnectionError as error:
            fate = Fate.NOT_SENT if _never_connected(error) else Fate.NO_ANSWER
            return Answer(fate=fate, problem=_told(error))
        except Exception as error:  # noqa: BLE001 - whatever a library makes of what came back
            return Answer(fate=Fate.NO_ANSWER, problem=_told(error))

    def _read(self, response: requests.Response, largest: int) -> Answer:
        return Answer(
            fate=Fate.ANSWERED,
            status=response.status_code,
            body=_object(body_of(response, largest)),
            retry_after=retry_after(response.headers.get("Retry-After"), self._clock.now()),
        )


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text, object_pairs_hook=_said_once)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _said_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which nothing is said twice: of two states, either could be meant."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("a name stands there twice")
    return value


def _never_connected(error: requests.ConnectionError) -> bool:
    """No connection was made, or to a stranger, so that nothing was sent."""
    from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError  # noqa: PLC0415

    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(reason, SSLError):
        # Other failures of TLS may come after the request.
        return isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError) or isinstance(
        error, requests.exceptions.ProxyError
    )


def _told(error: Exception) -> str:
    """The kind of failure alone: the text of these exceptions repeats the whole URL."""
    return type(error).__name__
