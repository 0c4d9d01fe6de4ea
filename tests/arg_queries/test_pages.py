"""A question in, every row out: to the last page, in as few queries as possible."""

from __future__ import annotations

from itertools import chain

from hypothesis import given, settings
from hypothesis import strategies as st

from arg_queries.resource_graph import Rows
from tests.arg_queries.parts import (
    SUBSCRIPTION,
    ask,
    find_in,
    machine_row,
    page,
    pages,
    token_of,
)
from tests.scripted_server import Play, Received, by, scripted
from tests.simulator.world import SUBSCRIPTIONS, world


def test_pages_of_any_size_give_every_row_exactly_once() -> None:
    """From none to 3,000 rows, in order, with one query a page."""
    current: list[tuple[int, list[int]]] = [(0, [])]

    def as_drawn(request: Received) -> Play:
        count, sizes = current[0]
        return pages([{"id": str(n)} for n in range(count)], sizes)(request)

    with scripted(by(as_drawn)) as server:

        @settings(max_examples=30, deadline=None)
        @given(st.lists(st.integers(1, 1000), max_size=12))
        def every_row(sizes: list[int]) -> None:
            count = min(sum(sizes), 3000)
            current[0] = (count, _filled(sizes, count))
            server.received.clear()
            answer = ask(server.url)
            assert answer.problem is None
            assert [row["id"] for row in answer.rows] == [str(n) for n in range(count)]
            assert len(server.received) == max(1, len(current[0][1]))

        every_row()


def _filled(sizes: list[int], count: int) -> list[int]:
    """The sizes up to so many rows."""
    filled: list[int] = []
    for size in sizes:
        if sum(filled) < count:
            filled.append(min(size, count - sum(filled)))
    return filled


def test_ten_thousand_machines_cost_ten_queries() -> None:
    """One for 1,000 machines, whatever is asked of them."""
    with world('machines = [{ name = "web-{n:05}", count = 10_000 }]') as w:
        found = find_in(w)
        assert len({machine.id for machine in found.machines}) == 10_000
        assert found.gaps == ()
        assert len(w.azure.seen) == 10


def test_small_pages_are_followed_too() -> None:
    """What a page holds is Resource Graph's decision."""
    with world('graph.page_size = 3\nmachines = [{ name = "web-{n}", count = 20 }]') as w:
        found = find_in(w)
        assert sorted(int(machine.name.removeprefix("web-")) for machine in found.machines) == [
            *range(1, 21)
        ]
        assert len(w.azure.seen) == 7


def test_a_query_asks_for_full_pages_of_objects() -> None:
    """1,000 rows a page, as objects, of all subscriptions or none, after the page before."""
    with scripted(by(pages([machine_row("a"), machine_row("b")], [1, 1]))) as server:
        ask(server.url)
        first, second = server.received
        assert first.method == "POST"
        assert first.target == "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
        assert first.headers["authorization"] == "Bearer secret-1"
        assert first.headers["user-agent"].startswith("patchgate/")
        assert first.json == {
            "query": "resources",
            "subscriptions": [SUBSCRIPTION],
            "options": {
                "$top": 1000,
                "resultFormat": "objectArray",
                "allowPartialScopes": False,
            },
        }
        assert token_of(second) == "page 1"


def test_subscriptions_are_asked_about_in_groups_of_500() -> None:
    """Each once, and what the groups give is put together."""
    asked = [f"{n:08}-0000-0000-0000-000000000000" for n in range(1001)]

    def as_grouped(request: Received) -> Play:
        return page([{"id": request.json["subscriptions"][0]}])

    with scripted(by(as_grouped)) as server:
        answer = ask(server.url, subscriptions=asked)
        groups = [request.json["subscriptions"] for request in server.received]
        assert [len(group) for group in groups] == [500, 500, 1]
        assert [*chain(*groups)] == asked
        assert [row["id"] for row in answer.rows] == [asked[0], asked[500], asked[1000]]


def test_without_subscriptions_nothing_is_asked() -> None:
    """An empty list would ask about everything that our identity can read."""
    with scripted() as server:
        assert ask(server.url, subscriptions=()) == Rows(rows=())
        assert server.received == []


def test_a_token_that_comes_back_ends_it() -> None:
    """With the rows so far, and the problem named."""
    for tokens in (["a", "a"], ["a", "b", "a"]):
        plays = [page([{"id": str(n)}], after=token, total=9) for n, token in enumerate(tokens)]
        with scripted(*plays) as server:
            answer = ask(server.url)
            assert len(answer.rows) == len(server.received) == len(tokens)
            assert "do not come to an end" in str(answer.problem)


def test_an_empty_page_with_a_token_ends_it() -> None:
    """It would go on for ever, and is no end either."""
    with scripted(page([{"id": "a"}], after="1", total=2), page([], after="2", total=2)) as server:
        answer = ask(server.url)
        assert answer == Rows(rows=({"id": "a"},), problem=answer.problem)
        assert "do not come to an end" in str(answer.problem)
        assert len(server.received) == 2


def test_fewer_rows_than_announced_are_a_problem() -> None:
    """`resultTruncated` is no guide, the count is: a query without `id` is cut off in silence."""
    with scripted(page([{"name": "a"}, {"name": "b"}], total=3)) as server:
        answer = ask(server.url)
        assert len(answer.rows) == 2
        assert answer.problem == "Resource Graph: it announced 3 rows and gave 2"


def test_the_simulators_subscriptions_are_both_asked_about() -> None:
    """One query for all subscriptions of the event."""
    with world() as w:
        find_in(w)
        (seen,) = w.azure.seen
        assert seen.body["subscriptions"] == list(SUBSCRIPTIONS)
