"""Resource Graph, Resource Manager and the web as small dictionaries.

They keep the promise of `plugins.reach`: a whole answer, or `CannotTell`. What a dictionary does
not have cannot be told, so a test that forgets something fails instead of passing for want of rows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from core.kql import KqlValue, fill, without_comments
from core.model import Run
from plugins.answers import CannotTell
from plugins.reach import NOWHERE, Graph, Page

__all__ = ["FakeArm", "FakeGraph", "FakeWeb", "Sent", "graph_of"]

T = TypeVar("T")
Row = Mapping[str, Any]
Rows = Sequence[Row] | CannotTell
_TABLE = re.compile(r"\s*([A-Za-z]\w*)")


class FakeGraph:
    """A Resource Graph that answers with the rows of the query's first table, whatever it filters.

    Rows are as the query would give them, with the columns that it projects. A callable is given
    the query's text instead, for several queries of one table, or answers that change. A
    `CannotTell` in the place of rows is raised. `asked` has the queries so far, values filled in.
    """

    def __init__(self, rows: Mapping[str, Rows] | Callable[[str], Rows]) -> None:
        self._rows = rows
        self.asked: list[str] = []

    @classmethod
    def failing(cls, why: str = "Resource Graph did not answer") -> FakeGraph:
        """One that never answers."""
        return cls(lambda _query: CannotTell(why))

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Row]:
        text = query.read_text(encoding="utf-8") if isinstance(query, Path) else query
        filled = fill(without_comments(text), values).strip()
        self.asked.append(filled)
        return _given(self._rows(filled) if callable(self._rows) else self._of_table(filled))

    def _of_table(self, query: str) -> Rows:
        assert not callable(self._rows)  # noqa: S101 - asked for by the only caller
        found = _TABLE.match(query)
        table = found[1].lower() if found else ""
        for name, rows in self._rows.items():
            if name.lower() == table:
                return rows
        return CannotTell(f"this Resource Graph has no table {table!r}: give it rows, or []")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfRun:
    """A graph that knows the run, as the real one does: `{run_id}` and its like have a value."""

    graph: Graph
    run: Run

    def ask(
        self,
        query: str | Path,
        /,
        *,
        subscriptions: Sequence[str] | None = None,
        **values: KqlValue,
    ) -> Sequence[Row]:
        known: dict[str, KqlValue] = {
            "run_id": self.run.id,
            "configuration_id": self.run.configuration_id,
            "start": self.run.start,
            "end": self.run.end,
        }
        return self.graph.ask(query, subscriptions=subscriptions, **(known | values))


def graph_of(graph: Graph | None, run: Run) -> Graph:
    """That graph, asked about a run; one that cannot be asked if there is none."""
    return NOWHERE if graph is None else _OfRun(graph=graph, run=run)


class FakeArm:
    """A Resource Manager with these objects, by their paths (in any letter case).

    A list is one of `pages`, anything else is read by `get`, and a `CannotTell` is raised. `asked`
    has the paths so far.
    """

    def __init__(self, objects: Mapping[str, Row | Rows]) -> None:
        self._objects = {path.lower(): found for path, found in objects.items()}
        self._why: str | None = None
        self.asked: list[str] = []

    @classmethod
    def failing(cls, why: str = "Azure Resource Manager did not answer") -> FakeArm:
        """One that never answers."""
        made = cls({})
        made._why = why
        return made

    def get(self, path: str, /, *, api_version: str, **query: str) -> Row:
        found = self._at(path)
        if isinstance(found, Mapping):
            return found
        raise CannotTell(f"GET {path} is a list: it is read by pages()")

    def pages(self, path: str, /, *, api_version: str, **query: str) -> Sequence[Row]:
        found = self._at(path)
        if isinstance(found, Mapping):
            raise CannotTell(f"GET {path} is no list: it is read by get()")
        return found

    def _at(self, path: str) -> Row | Sequence[Row]:
        self.asked.append(path)
        if self._why is not None:
            raise CannotTell(self._why)
        found = self._objects.get(path.lower(), CannotTell(f"GET {path}: 404 NotFound"))
        if isinstance(found, CannotTell):
            raise found
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that a check has sent to a web server."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class FakeWeb:
    """Web servers with these pages, by their whole URLs, or by what a callable says of a request.

    A `CannotTell` in the place of a page is raised, and a URL that is not there cannot be reached.
    `asked` has the requests so far.
    """

    def __init__(
        self, pages: Mapping[str, Page | CannotTell] | Callable[[Sent], Page | CannotTell]
    ) -> None:
        self._pages = pages
        self.asked: list[Sent] = []

    @classmethod
    def failing(cls, why: str = "no web server answered") -> FakeWeb:
        """One in which nothing answers."""
        return cls(lambda _sent: CannotTell(why))

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
        sent = Sent(method=method, url=url, body=body, headers=dict(headers or {}))
        self.asked.append(sent)
        if callable(self._pages):
            return _given(self._pages(sent))
        return _given(self._pages.get(url, CannotTell(f"{url} cannot be reached")))


def _given(answer: T | CannotTell) -> T:
    if isinstance(answer, CannotTell):
        raise answer
    return answer
