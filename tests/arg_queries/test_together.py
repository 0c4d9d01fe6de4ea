"""Looks that wait for the quota go together, and each gate is told of its own run alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from arg_queries.machines import Found, find_machines
from arg_queries.resource_graph import ResourceGraph
from arg_queries.rows import Rows
from arg_queries.together import Together
from core.clock import ScaledClock
from core.errors import ArmProblem
from core.ids import RunId
from simulator import Azure, load_scenario, serve
from tests.arg_queries.parts import graph
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS

_RUNS = 24


def _run(number: int) -> RunId:
    return RunId.parse(str(RUN).replace("/Weekly/", f"/Schedule-{number}/"))


@contextmanager
def _tenant(rules: str = "[graph]\nquota = 15") -> Iterator[tuple[Azure, ResourceGraph]]:
    """Runs with two machines each, and a fresh client of theirs."""
    clock = ScaledClock(start=START - timedelta(minutes=40), speed=10)
    azure = Azure(load_scenario(rules), RUN, START, END, SUBSCRIPTIONS, clock)
    for number in range(_RUNS):
        machines = f"machines = [{{ name = 'of-{number}-{{n}}', count = 2 }}]"
        azure.add(load_scenario(machines), _run(number), (START, END), SUBSCRIPTIONS)
    azure.warm()
    with serve(azure) as url:
        yield azure, graph(url, clock)


def _looked(client: ResourceGraph, azure: Azure, *, at_once: bool) -> list[Found]:
    until = azure.clock.now() + timedelta(minutes=20)
    with ThreadPoolExecutor(_RUNS if at_once else 1) as threads:
        looks = [
            threads.submit(find_machines, client, _run(n), SUBSCRIPTIONS, until)
            for n in range(_RUNS)
        ]
        return [look.result() for look in looks]


def test_together_each_run_is_told_the_same_as_alone() -> None:
    """Every machine, with its details, and no gap; for fewer queries than there are runs."""
    with _tenant() as (azure, client):
        together = _looked(client, azure, at_once=True)
        first = len(azure.seen)
    with _tenant("") as (azure, client):
        alone = _looked(client, azure, at_once=False)
        assert len(azure.seen) == _RUNS
    assert first < _RUNS
    assert together == alone
    for number, found in enumerate(together):
        assert [one.name for one in found.machines] == [f"of-{number}-1", f"of-{number}-2"]
        assert found.gaps == ()


@dataclass
class _Held:
    """A graph whose quota is used up until `open` is called, and whose answers are scripted."""

    rows: tuple[dict[str, Any], ...] = ()
    problem: str | None = None
    error: Exception | None = None
    waiting: int = 0
    asked: list[tuple[str, Sequence[str] | None]] = field(default_factory=list)
    _open: threading.Event = field(default_factory=threading.Event)

    def await_quota(self, until: datetime) -> None:
        self.waiting += 1
        assert self._open.wait(60)
        if self.problem == "no quota":
            raise ArmProblem("Resource Graph", "no quota")

    def ask(self, query: str, subscriptions: Sequence[str] | None, until: datetime) -> Rows:
        self.asked.append((query, subscriptions))
        if self.error is not None:
            raise self.error
        return Rows(rows=self.rows, problem=self.problem)

    def real_seconds(self, until: datetime) -> float:
        return 60.0

    def look(self, *wanted: tuple[RunId, Sequence[str], int]) -> list[Future[Rows]]:
        """These looks, each with subscriptions and minutes, once all of them wait."""
        together = Together(self)
        with ThreadPoolExecutor(len(wanted)) as threads:
            looks = [
                threads.submit(together.rows, run, asked, START + timedelta(minutes=minutes))
                for run, asked, minutes in wanted
            ]
            waited = threading.Event()
            while self.waiting < len(wanted):
                waited.wait(0.01)
            self._open.set()
        return looks


def _row(run: str, subscription: str = SUBSCRIPTIONS[0]) -> dict[str, Any]:
    return {"id": f"/subscriptions/{subscription}/x", "run": run}


_A, _B = _run(0), _run(1)
_BOTH = ((_A, SUBSCRIPTIONS, 0), (_B, SUBSCRIPTIONS, 0))


def test_rows_go_to_the_run_that_they_name() -> None:
    """Two looks, one query, and no row at the wrong gate."""
    held = _Held(rows=(_row(_A.key), _row(_B.key), _row(_A.key)))
    first, second = held.look(*_BOTH)
    assert len(held.asked) == 1
    assert first.result() == Rows(rows=(_row(_A.key), _row(_A.key)))
    assert second.result() == Rows(rows=(_row(_B.key),))


@pytest.mark.parametrize("run", ["", "somebody's", None, 3])
def test_a_row_of_no_run_is_missing_at_every_gate(run: Any) -> None:
    """It may be anybody's: no list is whole without it."""
    for look in _Held(rows=(_row(_A.key), _row(run))).look(*_BOTH):
        assert "not asked for" in str(look.result().problem)


def test_a_gate_sees_its_own_subscriptions_only() -> None:
    """As if it had asked by itself; both are asked about."""
    rows = (_row(_A.key), _row(_A.key, SUBSCRIPTIONS[1]), _row(_B.key), {"id": 1, "run": _A.key})
    held = _Held(rows=rows)
    first, second = held.look((_A, SUBSCRIPTIONS[:1], 0), (_B, SUBSCRIPTIONS, 0))
    assert first.result().rows == (rows[0], rows[3])
    assert second.result().rows == (rows[2],)
    assert sorted(held.asked[0][1] or ()) == sorted(SUBSCRIPTIONS)


def test_a_problem_is_everybodys() -> None:
    """A lost page may have held a machine of any of them."""
    held = _Held(rows=(_row(_A.key),), problem="a page is lost")
    assert {look.result().problem for look in held.look(*_BOTH)} == {"a page is lost"}


def test_no_quota_is_everybodys_problem() -> None:
    """Nothing is asked, and nobody waits for ever."""
    held = _Held(problem="no quota")
    assert {look.result() for look in held.look(*_BOTH)} == {
        Rows(rows=(), problem="Resource Graph: no quota")
    }
    assert held.asked == []


def test_a_fault_of_ours_reaches_everybody() -> None:
    """It is raised, and not taken for an empty list."""
    for look in _Held(error=KeyError("ours")).look(*_BOTH):
        assert isinstance(look.exception(), KeyError)


def test_only_near_deadlines_go_together() -> None:
    """A look that has time is not hurried."""
    held = _Held()
    held.look((_A, SUBSCRIPTIONS, 0), (_B, SUBSCRIPTIONS, 5), (_run(2), SUBSCRIPTIONS, 5))
    assert len(held.asked) == 2


def test_a_request_names_no_more_subscriptions_than_it_may() -> None:
    """Whoever has many of his own asks by himself."""
    many = [[f"{n:08}-0000-0000-0000-00000000000{who}" for n in range(300)] for who in (1, 2)]
    held = _Held()
    held.look((_A, many[0], 0), (_B, many[1], 0))
    assert [len(asked or ()) for _, asked in held.asked] == [300, 300]
