"""Read objects and lists from Azure Resource Manager, asked again while there is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from arm.answer import Answer, Fate
from arm.endpoint import Endpoint
from arm.patience import Transient, ask_until
from arm.session import ArmSession
from core.clock import Clock
from core.errors import ArmProblem, BadId, shorten
from core.ids import ArmPath

__all__ = ["ArmReader"]

_LARGEST = 16_000_000  # bytes of one page
_MOST_PAGES = 500
_MOST_OBJECTS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where one page is."""

    path: ArmPath
    api_version: str
    query: Mapping[str, str]


class ArmReader:
    """Reads at one endpoint. Throttling, failures of Azure and silence are waited out."""

    def __init__(self, session: ArmSession, endpoint: Endpoint, clock: Clock) -> None:
        self._session, self._endpoint, self._clock = session, endpoint, clock

    def get(
        self, path: ArmPath, *, api_version: str, query: Mapping[str, str], until: datetime
    ) -> Mapping[str, Any]:
        """The JSON object at that path. Raises `ArmProblem` if there is none by then."""
        return self._object(_Place(path=path, api_version=api_version, query=query), until)

    def pages(
        self, path: ArmPath, *, api_version: str, query: Mapping[str, str], until: datetime
    ) -> Sequence[Mapping[str, Any]]:
        """Every object of a list. Raises `ArmProblem` unless all pages came by then."""
        place = _Place(path=path, api_version=api_version, query=query)
        found: list[Mapping[str, Any]] = []
        for _ in range(_MOST_PAGES):
            page = self._object(place, until)
            found.extend(_listed(page, place))
            if len(found) > _MOST_OBJECTS:
                raise ArmProblem(_told(path), f"its list has more than {_MOST_OBJECTS:,} objects")
            following = self._next(page, place)
            if following is None:
                return found
            place = following
        raise ArmProblem(_told(path), f"its list has more than {_MOST_PAGES} pages")

    def _object(self, place: _Place, until: datetime) -> Mapping[str, Any]:
        def attempt() -> Mapping[str, Any]:
            answer = self._session.send(
                "GET",
                place.path,
                api_version=place.api_version,
                query=place.query,
                until=until,
                largest=_LARGEST,
            )
            return _understood(answer, place.path)

        return ask_until(attempt, clock=self._clock, until=until)

    def _next(self, page: Mapping[str, Any], place: _Place) -> _Place | None:
        """Where the next page is: a whole URL, followed only if it is of our own endpoint."""
        link = page.get("nextLink")
        if link is None or link == "":
            return None
        own = urlsplit(self._endpoint.url)
        try:
            url = urlsplit(link if isinstance(link, str) else "")
        except ValueError as error:
            raise ArmProblem(_told(place.path), f"its next page is no URL: {error}") from error
        if (url.scheme, url.netloc.lower()) != (own.scheme, own.netloc.lower()):
            raise ArmProblem(_told(place.path), f"its next page is elsewhere: {shorten(link, 80)}")
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        try:
            path = ArmPath.parse(unquote(url.path), "next page")
        except BadId as error:
            raise ArmProblem(_told(place.path), str(error)) from error
        return _Place(
            path=path, api_version=query.pop("api-version", place.api_version), query=query
        )


def _understood(answer: Answer, path: ArmPath) -> Mapping[str, Any]:
    what = _told(path)
    if answer.fate is not Fate.ANSWERED:
        raise Transient(what, f"no answer: {answer.problem}")
    status = answer.status or 0
    if status == 429 or status >= 500:
        raise Transient(what, answer.error, answer.retry_after, status=status)
    if status != 200:
        raise ArmProblem(what, answer.error, status=status)
    if answer.body is None:
        raise ArmProblem(what, "its answer is no JSON object")
    return answer.body


def _listed(page: Mapping[str, Any], place: _Place) -> Sequence[Mapping[str, Any]]:
    values = page.get("value")
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ArmProblem(_told(place.path), "its answer is no list of objects")
    return values


def _told(path: ArmPath) -> str:
    """The last parts, which say what was asked for."""
    return "Azure Resource Manager, " + "/".join(path.text.rsplit("/", 3)[-3:])
