"""Look for the machines of several runs in one query, when the quota makes their gates wait.

Five hundred schedules that start at three are five hundred gates, each with a look for machines
every now and then: at three queries a second that would be minutes for each round. So whoever finds
that others wait with him asks for them, too. When nobody has to wait, each asks for himself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from arg_queries.kql import query
from arg_queries.rows import Rows
from core.errors import ArmProblem
from core.ids import RunId

__all__ = ["Together"]

_MOST = 25  # runs in one query: a page holds 1,000 rows
_SUBSCRIPTIONS = 500  # that one request may name
_NEAR = timedelta(minutes=1)  # deadlines that may share one: the earliest


class Graph(Protocol):
    """Resource Graph, as far as it is needed here."""

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows: ...
    def await_quota(self, until: datetime) -> None: ...
    def real_seconds(self, until: datetime) -> float: ...


@dataclass(slots=True, eq=False, kw_only=True)
class _Look:
    run: RunId
    subscriptions: Sequence[str]
    until: datetime
    answer: Future[Rows] = field(default_factory=Future)


class Together:
    """The looks of all gates in this process. For any number of threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._lock = threading.Lock()
        self._waiting: list[_Look] = []

    def rows(self, run: RunId, subscriptions: Sequence[str], until: datetime) -> Rows:
        """The rows of `run_machines.kql`, as `ResourceGraph.ask` would give them."""
        look = _Look(run=run, subscriptions=subscriptions, until=until)
        with self._lock:
            self._waiting.append(look)
        try:
            self._graph.await_quota(until)
        except ArmProblem as problem:
            if self._withdrawn(look):
                return Rows(rows=(), problem=str(problem))
        taken = self._taken_with(look)
        if taken:
            self._ask_for(taken)
        try:
            return look.answer.result(self._graph.real_seconds(until))
        except TimeoutError:
            return Rows(rows=(), problem="Resource Graph: no answer in time")

    def _withdrawn(self, look: _Look) -> bool:
        """It waits no longer; False if somebody asks for it already."""
        with self._lock:
            if look not in self._waiting:
                return False
            self._waiting.remove(look)
            return True

    def _taken_with(self, look: _Look) -> list[_Look]:
        """This look and others whose deadlines are near; none if somebody has taken it."""
        with self._lock:
            if look not in self._waiting:
                return []
            near = [one for one in self._waiting if abs(one.until - look.until) <= _NEAR]
            near.sort(key=lambda one: (one is not look, one.until))
            taken: list[_Look] = []
            for one in near[:_MOST]:
                if len(_subscriptions([*taken, one])) <= _SUBSCRIPTIONS or one is look:
                    taken.append(one)
            self._waiting = [one for one in self._waiting if one not in taken]
            return taken

    def _ask_for(self, looks: Sequence[_Look]) -> None:
        """Ask once, and tell each. Raises whatever is no problem of Azure's, to each as well."""
        try:
            told = self._asked(looks)
        except BaseException as error:
            for look in looks:
                look.answer.set_exception(error)
            raise
        for look, rows in zip(looks, told, strict=True):
            look.answer.set_result(rows)

    def _asked(self, looks: Sequence[_Look]) -> list[Rows]:
        if len(looks) == 1:
            (look,) = looks
            text = query("run_machines", look.run)
            return [self._graph.ask(text, look.subscriptions, look.until)]
        text = query("machines_of_runs", run_ids=[str(look.run) for look in looks])
        until = min(look.until for look in looks)
        everywhere = _subscriptions(looks)
        answer = self._graph.ask(text, everywhere, until)
        by_run: dict[str, list[Mapping[str, Any]]] = {look.run.key: [] for look in looks}
        problem = answer.problem
        for row in answer.rows:
            run = str(row.get("run"))
            if run in by_run:
                by_run[run].append(row)
            else:  # whose ever it is, somebody would miss it
                problem = problem or "Resource Graph: it gave a row of a run not asked for"
        return [
            Rows(rows=tuple(_visible(by_run[look.run.key], look, everywhere)), problem=problem)
            for look in looks
        ]


def _subscriptions(looks: Iterable[_Look]) -> list[str]:
    return list(dict.fromkeys(one for look in looks for one in look.subscriptions))


def _visible(
    rows: Iterable[Mapping[str, Any]], look: _Look, everywhere: Iterable[str]
) -> Iterable[Mapping[str, Any]]:
    """Without those of subscriptions that only others have asked about."""
    foreign = {one.lower() for one in everywhere} - {one.lower() for one in look.subscriptions}
    for row in rows:
        if not any(part in foreign for part in str(row.get("id")).lower().split("/", 3)[2:3]):
            yield row
