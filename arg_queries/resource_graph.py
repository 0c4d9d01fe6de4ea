"""Ask Resource Graph one question and get every row, or be told that some are missing.

Facts: https://learn.microsoft.com/azure/governance/resource-graph/concepts/work-with-data (pages)
and .../concepts/guidance-for-throttled-requests (quota headers).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
)
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions

from arg_queries.quota import QUERIES, Governor, Turn
from arg_queries.rows import Rows
from arg_queries.together import Together
from arm.answer import retry_after
from arm.endpoint import Endpoint
from arm.patience import Transient, ask_until
from arm.session import plain_session
from arm.within import within
from core.clock import Clock
from core.errors import ArmProblem, shorten
from core.ids import RunId

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["ResourceGraph", "Rows"]

_WHAT = "Resource Graph"
_PAGE = 1000  # rows; the most that a page may hold
_GROUP = 500  # subscriptions named in one request
_LONGEST_CALL = 30.0  # real seconds for one page
_TOO_MANY = 429
_REFUSED = {400, 404, 405, 413}  # asking the same again gives the same answer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    rows: Sequence[Mapping[str, Any]]
    total: int
    token: str | None
    headers: Mapping[str, str]  # which tell of the quota


class ResourceGraph:
    """A question in, all rows out: page by page, within the quota, until a deadline."""

    def __init__(self, endpoint: Endpoint, credential: TokenCredential, clock: Clock) -> None:
        self._clock = clock
        self._governor = Governor(clock)
        self._together = Together(self)
        self._plain_http = endpoint.simulated
        self._client = ResourceGraphClient(
            credential,
            base_url=endpoint.url,
            credential_scopes=[endpoint.scope],
            transport=RequestsTransport(session=plain_session(endpoint, QUERIES)),
            retry_total=0,
            permit_redirects=False,
            http_logging_policy=SansIOHTTPPolicy(),  # the SDK's own would log headers of answers
            user_agent="patchgate/0.1",
        )

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows:
        """Run the query over the subscriptions; None: all that our identity can read.

        Never raises for what Azure does: see `Rows`.
        """
        rows: list[Mapping[str, Any]] = []
        try:
            for group in _groups(subscriptions):
                for page in self._pages(query, group, until):
                    rows.extend(page)
        except ArmProblem as problem:
            return Rows(rows=tuple(rows), problem=str(problem))
        return Rows(rows=tuple(rows))

    def machines_of(self, run: RunId, subscriptions: Sequence[str], until: datetime) -> Rows:
        """The rows of `run_machines.kql`: asked for with those of other runs that wait, too."""
        return self._together.rows(run, subscriptions, until)

    def await_quota(self, until: datetime) -> None:
        """Until a query may be sent. Raises `ArmProblem` if that is not before the deadline."""
        with self._governor.turn(until) as turn:
            turn.unused()

    def real_seconds(self, until: datetime) -> float:
        """How long until then, by the wall clock."""
        return self._clock.real_seconds(until)

    def _pages(
        self, query: str, subscriptions: list[str] | None, until: datetime
    ) -> Iterator[Sequence[Mapping[str, Any]]]:
        token: str | None = None
        tokens: set[str] = set()
        seen = 0
        while True:
            page = ask_until(
                partial(self._page, query, subscriptions, token, until),
                clock=self._clock,
                until=until,
            )
            seen += len(page.rows)
            yield page.rows
            if not page.token:
                break
            if page.token in tokens or not page.rows:
                raise ArmProblem(_WHAT, "its pages do not come to an end")
            token = page.token
            tokens.add(token)
        if seen < page.total:
            raise ArmProblem(_WHAT, f"it announced {page.total} rows and gave {seen}")

    def _page(
        self, query: str, subscriptions: list[str] | None, token: str | None, until: datetime
    ) -> _Page:
        request = QueryRequest(
            query=query,
            subscriptions=subscriptions,
            options=QueryRequestOptions(top=_PAGE, skip_token=token, result_format="objectArray"),
        )
        self._seconds(until)
        with self._governor.turn(until) as turn:
            return self._in_turn(request, turn, self._seconds(until))

    def _seconds(self, until: datetime) -> float:
        """Real seconds that a query may take. Raises `ArmProblem` if there are none left."""
        seconds = min(_LONGEST_CALL, self._clock.real_seconds(until))
        if seconds <= 0:
            raise ArmProblem(_WHAT, "no time left to ask")
        return seconds

    def _in_turn(self, request: QueryRequest, turn: Turn, seconds: float) -> _Page:
        try:
            page = within(seconds, lambda: self._send(request, seconds))
        except TimeoutError as error:
            raise Transient(_WHAT, "no answer in time") from error
        except ClientAuthenticationError as error:
            raise Transient(_WHAT, f"our identity was not accepted: {_told(error)}") from error
        except HttpResponseError as error:
            raise self._problem(error, turn) from error
        except AzureError as error:
            raise Transient(_WHAT, f"no answer: {type(error).__name__}") from error
        except (ValueError, RecursionError) as error:
            # What the SDK raises for JSON that is not what it should be, among others.
            raise Transient(_WHAT, "its answer cannot be understood") from error
        turn.answered(page.headers)
        return page

    def _send(self, request: QueryRequest, seconds: float) -> _Page:
        page: Any = self._client.resources(
            request,
            cls=self._understood,
            connection_timeout=seconds,
            read_timeout=seconds,
            enforce_https=not self._plain_http,
        )
        understood: _Page = page  # `cls` makes it what it is, which the SDK's types cannot say
        return understood

    def _understood(self, pipeline: Any, answer: Any, headers: Any) -> _Page:
        data = getattr(answer, "data", None)  # no answer at all for an empty body
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise Transient(_WHAT, "its answer is not a list of rows")
        return _Page(
            rows=data,
            total=answer.total_records or 0,
            token=answer.skip_token,
            headers=pipeline.http_response.headers,
        )

    def _problem(self, error: HttpResponseError, turn: Turn) -> ArmProblem:
        if error.status_code is None:
            return Transient(_WHAT, f"no whole answer: {type(error).__name__}")
        headers: Mapping[str, str] = getattr(error.response, "headers", {})
        later = retry_after(headers.get("Retry-After"), self._clock.now())
        if error.status_code == _TOO_MANY:
            turn.refused(later)
        else:
            turn.answered(headers)
        if error.status_code in _REFUSED:
            return ArmProblem(_WHAT, f"it refused the query: {error.status_code} {_told(error)}")
        return Transient(_WHAT, _told(error), later, status=error.status_code)


def _groups(subscriptions: Sequence[str] | None) -> Iterator[list[str] | None]:
    """As many as one request may name; None once for all that can be read."""
    if subscriptions is None:
        yield None
        return
    for start in range(0, len(subscriptions), _GROUP):
        yield list(subscriptions[start : start + _GROUP])


def _told(error: HttpResponseError) -> str:
    """Azure's own words: the innermost, for around them it only says that there are some."""
    outer = getattr(error, "error", None)
    words = [outer, *(getattr(outer, "details", None) or ())][-1]
    text = f"{words.code}: {words.message}" if getattr(words, "code", None) else error.message
    return shorten(text, 160)
