"""`patchgate events remove`: it asks first, and keeps what it was not told to remove."""

from __future__ import annotations

import pytest

from tests.cli.events.cloud import ID, ONE, TOPIC, cloud
from tests.cli.published import hold

TWO = f'{ONE}{ONE}name = "other"\n'


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_it_asks_and_removes(answer: str) -> None:
    with cloud(TWO) as azure:
        ran = azure.events("remove", "gate", answer=answer)
        left = azure.events("list", "--json").json
    assert ran.code == 0, ran.err
    question = "Remove gate (pre, post to function patchgate/maintenance_event)? [y/N]"
    assert question in ran.err
    assert ran.out == "removed event subscription gate\n"
    assert [one["name"] for one in left["subscriptions"]] == ["other"]
    assert left["topic"] is not None


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("yo\n", 1), (None, 2)])
def test_anything_but_a_yes_leaves_all_as_it_is(answer: str | None, code: int) -> None:
    with cloud(TWO) as azure:
        ran = azure.events("remove", "gate", answer=answer)
        assert azure.writes() == []
    assert ran.code == code
    assert "nothing was removed" in ran.err


def test_yes_does_not_ask_and_an_empty_topic_goes_if_that_is_said() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("remove", "gate", "--yes", "--with-topic", "--json")
        assert azure.azure.management.store.get(TOPIC) is None
        assert azure.azure.management.store.get(ID) is not None
    assert ran.code == 0, ran.err
    hold(ran.json, "events-remove")
    assert ran.json["removed"] == ["event subscription gate", "system topic Weekly-events"]


def test_a_topic_that_is_not_empty_stays() -> None:
    with cloud(TWO) as azure:
        ran = azure.events("remove", "gate", "--yes", "--with-topic")
        assert azure.held(TOPIC)
    assert ran.code == 0
    assert "the system topic Weekly-events stays: it has 1 subscription (other)" in ran.words


def test_an_empty_topic_stays_unless_that_is_said_and_can_be_removed_later() -> None:
    with cloud(ONE) as azure:
        assert azure.events("remove", "gate", "--yes").code == 0
        assert azure.held(TOPIC)
        ran = azure.events("remove", "--with-topic", "--yes")
        assert ran.code == 0, ran.err
        assert azure.azure.management.store.get(TOPIC) is None
        again = azure.events("remove", "--with-topic", "--yes")
    assert (again.code, "no system topic" in again.err) == (1, True)


def test_a_topic_alone_is_not_removed_while_it_has_subscriptions() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("remove", "--with-topic", "--yes")
        assert azure.writes() == []
    assert ran.code == 1
    assert "stays: it has 1 subscription (gate)" in ran.err


def test_it_says_so_if_nobody_is_told_before_a_run_any_more() -> None:
    """Runs go on without a gate: that is not what is meant by tidying up."""
    with cloud(f'{ONE}{ONE}name = "late"\ntypes = ["post"]\n') as azure:
        last = azure.events("remove", "gate", "--yes").err
        other = azure.events("remove", "late", "--yes").err
    assert "gate is the only one that is told before a run of Weekly" in last
    assert other == ""


def test_neither_name_nor_topic_is_2() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("remove", "--yes")
        assert azure.azure.seen == ()
    assert ran.code == 2
    assert "say which" in ran.err
