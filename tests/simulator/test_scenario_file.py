"""Scenario files: what is legal, and how everything else is named."""

from __future__ import annotations

import pytest

from core.errors import BadScenario
from simulator import Azure, load_scenario
from tests.simulator.world import END, RUN, START, SUBSCRIPTIONS, HandClock


def _problems(text: str) -> tuple[str, ...]:
    with pytest.raises(BadScenario) as caught:
        load_scenario(text)
    return caught.value.problems


def test_an_empty_file_is_five_plausible_machines() -> None:
    """Everything has a default: Azure VMs and Arc servers, and nothing goes wrong."""
    scenario = load_scenario("")
    assert sum(group.count for group in scenario.machines) == 5
    assert {group.kind for group in scenario.machines} == {"vm", "arc"}
    assert scenario.faults == ()


def test_no_machines_at_all_can_be_said() -> None:
    """An empty list is an empty run, not the default."""
    assert load_scenario("machines = []").machines == ()


def test_everything_that_is_wrong_is_named_together() -> None:
    """Unknown keys, wrong types and impossible values, each with its place."""
    problems = _problems("""
        titel = "x"
        [[machines]]
        name = "fine"
        [[machines]]
        nmae = "x"
        count = "3"
        [graph]
        page_size = 2000
        hidden_subscriptions = ["somewhere"]
        [run]
        cancelled_after = 3
        [[faults]]
        on = "cancle"
        first = 1
        [[faults]]
        first = 1
        always = true
    """)
    assert "titel: there is no such key; did you mean title?" in problems
    assert "machines[2].nmae: there is no such key; did you mean name?" in problems
    assert any(p.startswith("machines[2].count: ") for p in problems)
    assert any(p.startswith("graph.page_size: ") for p in problems)
    assert any(p.startswith("graph.hidden_subscriptions[1]: ") for p in problems)
    assert any(p.startswith("run: cancelled_after needs cancelled_by") for p in problems)
    assert any(p.startswith("faults[1].on: ") for p in problems)
    assert any(p.startswith("faults[2]: say which requests") for p in problems)
    assert len(problems) == 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = [", "not TOML"),
        ("[wat]", "legal are title, machines"),
        ('machines = [{ name = "x", count = 2 }]', "a name of its own"),
        ('machines = [{ name = "x y" }]', "not a legal machine name"),
        ('machines = [{ name = "x-{m}" }]', "only {n} can stand in braces"),
        ('machines = [{ name = "A" }, { name = "a" }]', "more than one is named a"),
        ("machines = [{ subscription = 0 }]", "number of a subscription"),
        ('machines = [{ absent = ["healthresource"] }]', "did you mean healthresources?"),
        ('machines = [{ resource_group = "a*b" }]', "not a legal resource group"),
        ('machines = [{ resource_group = "a/b" }]', "machines[1].resource_group"),
        ('machines = [{ kind = "arc", zone = "1" }]', "an Arc server has no zone"),
        ("machines = [{ backup_age = -1 }]", "greater than or equal to 0"),
        ('sites = [{ name = "a" }, { name = "a" }]', "2 answer any method at a.simulator/"),
        ('rows = [{ table = "resources", type = "a.b/c", sku = { x = nan } }]', "rows[1].sku: nan"),
        ("configuration.tag = {}", "did you mean tags?"),
        ("graph.lag = nan", "finite"),
        ("graph.lag = -1", "greater than or equal to 0"),
        ("cancel.status = 204", "200, 201 or 202"),
        ("faults = [{ status = 500 }]", "say which requests"),
        ("faults = [{ first = 1 }]", "say what goes wrong"),
        ("faults = [{ first = 1, effect = false }]", 'effect = false needs on = "cancel"'),
        ('faults = [{ first = 1, drop = "after", status = 500 }]', "answers nothing"),
        ('faults = [{ first = 1, redirect = "x", status = 500 }]', "a redirect is a 307"),
        ("faults = [{ first = 1, delay = 1, retry_after = 3 }]", "retry_after needs a status"),
    ],
)
def test_each_kind_of_mistake_is_explained(text: str, words: str) -> None:
    """The message says what would be right."""
    (problem,) = _problems(text)
    assert words in problem


def test_a_scenario_may_need_more_subscriptions_than_the_event_has() -> None:
    """That shows when the two meet, with all places that say so."""
    scenario = load_scenario(
        'graph.hidden_subscriptions = [3]\nmachines = [{ name = "x", subscription = 4 }]'
    )
    with pytest.raises(BadScenario) as caught:
        Azure(scenario, RUN, START, END, SUBSCRIPTIONS, HandClock())
    assert len(caught.value.problems) == 2


def test_a_machine_may_lie_in_a_subscription_by_number_or_guid() -> None:
    """Numbers are those of the event's subscriptions, from 1."""
    guid = "ABCDEF00-0000-0000-0000-000000000000"
    scenario = load_scenario(f"""
        machines = [{{ name = "a", subscription = 2 }}, {{ name = "b", subscription = "{guid}" }}]
    """)
    assert [group.subscription for group in scenario.machines] == [2, guid.lower()]
