"""Fakes that keep the promise of the real ones: the whole answer, or `CannotTell`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks import CannotTell
from checks.testing import FakeArm, FakeGraph, FakeWeb, Sent, a_context, a_run
from plugins.reach import Page

ROW = {"id": "/m/a", "power": "running"}


def test_a_graph_answers_by_the_first_table_of_the_query() -> None:
    """In any letter case, comments or not; the rest of the query is the author's affair."""
    graph = FakeGraph({"HealthResources": [ROW], "resources": []})
    assert graph.ask("// all\nhealthresources\n| where type == 'x'") == [ROW]
    assert graph.ask("resources | project id") == []


def test_a_query_may_be_a_file(tmp_path: Path) -> None:
    """As those of the shipped checks are."""
    path = tmp_path / "q.kql"
    path.write_text("// what it is for\nresources\n| where name =~ {name}\n", encoding="utf-8")
    graph = FakeGraph({"resources": [ROW]})
    assert graph.ask(path, name="it's") == [ROW]
    assert graph.asked == ["resources\n| where name =~ 'it\\'s'"]


def test_a_query_is_filled_as_the_real_one_is() -> None:
    """The run's own values are there in a context; what has no value fails."""
    graph = FakeGraph({"resources": [ROW]})
    run = a_run("a")
    context = a_context(run, graph=graph)
    context.graph.ask("resources | where a == {run_id} and b > {start} and c in~ {c}", c=["x"])
    assert run.id in graph.asked[0]
    assert f"datetime({run.start:%Y-%m-%d}" in graph.asked[0]
    assert graph.asked[0].endswith("c in~ ('x')")
    with pytest.raises(ValueError, match=r"\{nothing\}"):
        context.graph.ask("resources | where a == {nothing}")


def test_a_table_that_is_not_there_cannot_be_told() -> None:
    """A test that forgot a table must not pass for want of rows."""
    graph = FakeGraph({"resources": []})
    for query in ("healthresources | where x", "| where x", ""):
        with pytest.raises(CannotTell, match="has no table"):
            graph.ask(query)


def test_a_graph_may_fail_as_a_whole_or_for_one_table() -> None:
    """And remembers that it was asked."""
    graph = FakeGraph.failing("throttled")
    with pytest.raises(CannotTell, match="throttled"):
        graph.ask("resources")
    assert graph.asked == ["resources"]
    partly = FakeGraph({"resources": [ROW], "alerts": CannotTell("a page is lost")})
    assert partly.ask("resources") == [ROW]
    with pytest.raises(CannotTell, match="a page is lost"):
        partly.ask("alerts")


def test_a_graph_may_be_a_function_of_the_query() -> None:
    """For two queries of one table."""
    graph = FakeGraph(lambda query: [ROW] if "power" in query else [])
    assert graph.ask("resources | where power == 'on'") == [ROW]
    assert graph.ask("resources") == []


def test_an_arm_answers_by_path() -> None:
    """Objects one by one, lists as pages; in any letter case."""
    arm = FakeArm({"/subscriptions/S/vms": [ROW], "/m/a": ROW})
    assert arm.get("/M/A", api_version="2024-01-01", expand="x") == ROW
    assert arm.pages("/subscriptions/s/vms", api_version="2024-01-01") == [ROW]
    assert arm.asked == ["/M/A", "/subscriptions/s/vms"]


def test_what_an_arm_does_not_have_cannot_be_told() -> None:
    """Nor what is asked for in the wrong way."""
    arm = FakeArm({"/list": [ROW], "/m/a": ROW, "/m/b": CannotTell("403 Forbidden")})
    for path, words in (("/m/c", "404"), ("/list", "pages"), ("/m/b", "403")):
        with pytest.raises(CannotTell, match=words):
            arm.get(path, api_version="2024-01-01")
    with pytest.raises(CannotTell, match="get"):
        arm.pages("/m/a", api_version="2024-01-01")
    with pytest.raises(CannotTell, match="down"):
        FakeArm.failing("down").pages("/list", api_version="2024-01-01")


def test_a_web_answers_by_url_and_remembers_what_was_sent() -> None:
    """A webhook's author wants to see the body."""
    page = Page(url="https://x/", status=200, body=b"ok", certificate_until=datetime.now(UTC))
    web = FakeWeb({"https://x/": page, "https://y/": CannotTell("refused")})
    assert web.fetch("https://x/", method="POST", body=b"{}", headers={"a": "b"}) is page
    assert web.asked == [Sent(method="POST", url="https://x/", body=b"{}", headers={"a": "b"})]
    for url, words in (("https://y/", "refused"), ("https://z/", "cannot be reached")):
        with pytest.raises(CannotTell, match=words):
            web.fetch(url)


def test_a_web_may_be_a_function_of_the_request() -> None:
    """Or fail for everyone."""
    web = FakeWeb(lambda sent: Page(url=sent.url, status=201, body=sent.body or b""))
    assert web.fetch("https://x/", body=b"!").body == b"!"
    with pytest.raises(CannotTell, match="no network"):
        FakeWeb.failing("no network").fetch("https://x/")
