"""The run does not hold more of the fleet than it may."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell
from checks.builtin.blast_radius import BlastRadius, blast_radius
from core.model import Status, Tags
from tests.builders import SUBSCRIPTION
from tests.checks.asking import ask_in
from tests.checks.builtin.played import one, pages_for, played, refused
from tests.checks.builtin.saying import SayingGraph, of_run, told, vm

NAME = "blast_radius"
FLEET = """
[[machines]]
name = "web-{n:02}"
count = 3
tags = { "it's \\"this\\"" = "a 'quoted' \\\\ value" }
[[machines]]
name = "spare-{n:02}"
count = 3
in_run = false
"""


def said(own: int, *rows: dict[str, Any], **config: Any) -> Any:
    """What the check says of so many machines with the tag app=shop, among these of the fleet."""
    machines = [vm(f"a{n}", tags=Tags({"App": "Shop"})) for n in range(own)]
    run = of_run(*machines)
    return blast_radius(run, told(run, BlastRadius(**config), SayingGraph({NAME: rows})))


def test_a_run_within_its_limits_passes() -> None:
    outcome = one(played(NAME, "passed"))
    assert outcome.status.value == "passed"
    assert outcome.evidence == {"machines": 3, "groups": 2}


def test_most_of_a_group_blocks() -> None:
    """Names and values of tags have no case."""
    outcome = one(played(NAME, "blocked"))
    assert outcome.status.value == "blocked"
    assert outcome.reason == "more than 50 %: 4 of 6 machines with service=shop (67 %)"
    assert outcome.evidence["percent"] == 66.7


def test_too_many_machines_block_whatever_the_fleet_is() -> None:
    outcome = one(played(NAME, "passed", max_machines=2))
    assert outcome.status.value == "blocked"
    assert outcome.reason == "the run has 3 machines, more than 2"


def test_a_fleet_that_cannot_be_counted_is_unknown() -> None:
    assert one(played(NAME, "unknown")).status.value == "unknown"
    assert refused(NAME, 2, max_percent=50).status.value == "unknown"


def test_without_a_limit_the_question_does_not_arise() -> None:
    outcome = one(ask_in("", NAME))
    assert outcome.status.value == "skipped"
    assert outcome.reason == "no limit is set: give it max_machines or max_percent"


def test_a_number_of_machines_needs_no_query() -> None:
    assert pages_for(NAME, 3, max_machines=5) == ({"passed": 1}, 0)


@pytest.mark.parametrize(("percent", "word"), [(49.9, "blocked"), (50, "passed"), (100, "passed")])
def test_without_a_tag_all_machines_are_one_group(percent: float, word: str) -> None:
    outcome = one(ask_in(FLEET, NAME, {"max_percent": percent}))
    assert outcome.status.value == word
    if word == "blocked":
        assert outcome.reason == "more than 49.9 %: 3 of 6 machines of the fleet (50 %)"


def test_a_tag_is_quoted_whatever_it_is_called() -> None:
    """As is its value, which is read from a machine."""
    outcome = one(ask_in(FLEET, NAME, {"max_percent": 50, "tag": 'it\'s "this"'}))
    assert outcome.status.value == "blocked"
    assert "3 of 3 machines with it's \"this\"=a 'quoted' \\ value (100 %)" in outcome.reason


def test_machines_without_the_tag_are_a_group_as_well() -> None:
    outcome = one(ask_in(FLEET, NAME, {"max_percent": 40, "tag": "app"}))
    assert outcome.reason == "more than 40 %: 3 of 6 machines without the tag app (50 %)"


def test_arc_servers_are_part_of_the_fleet() -> None:
    scenario = (
        FLEET + '[[machines]]\nname = "branch-{n}"\ncount = 4\nkind = "arc"\nin_run = false\n'
    )
    assert one(ask_in(scenario, NAME, {"max_percent": 30})).status.value == "passed"


def test_1500_machines_are_one_page() -> None:
    assert pages_for(NAME, 1500, max_percent=100) == ({"passed": 1}, 1)


def test_a_run_that_is_larger_than_the_fleet_is_unknown() -> None:
    """Some of the fleet cannot be seen, and the share of what can be is no answer."""
    with pytest.raises(CannotTell, match="shows 1 machines with app=shop, and the run alone has 2"):
        said(2, {"value": "shop", "machines": 1}, max_percent=50, tag="app")
    with pytest.raises(CannotTell, match="shows 0 machines"):
        said(2, max_percent=50)


def test_too_many_groups_are_none() -> None:
    machines = [vm(f"a{n}", tags=Tags({"name": f"a{n}"})) for n in range(501)]
    run = of_run(*machines)
    config = BlastRadius(max_percent=50, tag="name")
    with pytest.raises(CannotTell, match="501 different values of the tag name"):
        blast_radius(run, told(run, config, SayingGraph({NAME: ()})))


def test_the_worst_groups_are_named() -> None:
    machines = [vm(f"a{n}", tags=Tags({"app": f"app{n}"})) for n in range(5)]
    run = of_run(*machines)
    rows = [{"value": f"app{n}", "machines": 5 - n} for n in range(5)]
    graph = SayingGraph({NAME: rows})
    verdict = blast_radius(run, told(run, BlastRadius(max_percent=10, tag="App"), graph))
    assert verdict.reason.startswith(
        "more than 10 %: 1 of 1 machines with App=app4 (100 %); 1 of 2"
    )
    assert verdict.reason.endswith("; and 2 more groups")


@given(
    own=st.integers(1, 40),
    others=st.integers(0, 40),
    percent=st.integers(0, 100),
)
def test_the_share_is_what_it_says(own: int, others: int, percent: int) -> None:
    """Never more than so many of a hundred."""
    row = {"value": "shop", "machines": own + others}
    verdict = said(own, row, max_percent=percent, tag="app")
    assert (verdict.status is Status.BLOCKED) == (100 * own > percent * (own + others))


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"max_machines": -1}, "max_machines"),
        ({"max_percent": 101}, "max_percent"),
        ({"max_percent": float("nan")}, "max_percent"),
        ({"max_percent": 5, "tag": " "}, "name of a tag"),
        ({"max_percent": 5, "tag": "app "}, "name of a tag"),
        ({"max_machines": 5, "tag": "app"}, "tag needs max_percent"),
        ({"max_percent": 5, "subscriptions": ("prod",)}, "no subscription id"),
    ],
    ids=str,
)
def test_a_limit_that_makes_no_sense_is_no_policy(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        BlastRadius(**config)


def test_a_subscription_in_another_letter_case_is_counted_once() -> None:
    """Asked for twice, its machines might make the fleet look twice as large."""
    run = of_run(vm("a"))
    graph = SayingGraph({NAME: [{"value": "", "machines": 4}]})
    config = BlastRadius(max_percent=50, subscriptions=(SUBSCRIPTION.upper(),))
    blast_radius(run, told(run, config, graph))
    assert graph.asked[0][1]["subscriptions"] == (SUBSCRIPTION,)
