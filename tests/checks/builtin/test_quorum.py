"""Enough members of each group are left running while the run lasts."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.builtin.quorum import Quorum, quorum
from core.model import Outcome
from tests.builders import SUBSCRIPTION
from tests.checks.asking import ask_in, site
from tests.checks.builtin.played import by_name, one, pages_for, played, refused, words
from tests.checks.builtin.saying import SayingGraph, arc, of_run, statuses, told, vm

NAME = "quorum"
SET = "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/availabilitysets/web"


def estate(own: str, others: str = "", *, count: int = 2) -> str:
    """Two machines of the run, and so many others, all of one subscription."""
    group = f'[[machines]]\nname = "own-{{n}}"\ncount = 2\nsubscription = 1\n{own}\n'
    rest = (
        f'[[machines]]\nname = "other-{{n}}"\ncount = {count}\nsubscription = 1\nin_run = false\n'
    )
    return group + rest + (others or own) + "\n"


def first(outcomes: tuple[Outcome, ...]) -> Outcome:
    """What is said of the run's first machine."""
    return by_name(outcomes)["own-1"]


def in_run(machine: str, status: str = "Pending", starts: str = "start", ends: str = "end") -> str:
    """That machine in another run."""
    other = "providers/microsoft.maintenance/maintenanceconfigurations/other/providers"
    return f"""
[[rows]]
table = "maintenanceresources"
type = "microsoft.maintenance/applyupdates"
name = "other-{status}"
machine = "{machine}"
[rows.properties]
correlationId = "/subscriptions/x/resourcegroups/ops/{other}/microsoft.maintenance/applyupdates/1"
resourceId = "{{machine}}"
status = "{status}"
startDateTime = "{{{starts}}}"
endDateTime = "{{{ends}}}"
"""


def test_half_of_a_set_and_of_a_pool_may_be_patched() -> None:
    found = by_name(played(NAME, "passed"))
    assert {outcome.status.value for outcome in found.values()} == {"passed"}
    assert found["web-01"].evidence == {
        "group": "availability set web",
        "members": 4,
        "left": 2,
        "needed": 2,
        "in_this_run": 2,
        "in_other_runs": 0,
        "off": 0,
        "power_not_told": 0,
    }


def test_members_that_are_off_or_in_another_run_are_not_left() -> None:
    found = by_name(played(NAME, "blocked"))
    assert {outcome.status.value for outcome in found.values()} == {"blocked"}
    assert found["web-01"].reason == (
        "0 of 3 members of availability set web would be left (2 in this run, 1 off), and 2 are"
        " needed"
    )
    assert found["api-01"].reason == (
        "1 of 3 members of pool api of api-lb would be left (1 in this run, 1 in other runs), and"
        " 2 are needed"
    )


def test_a_machine_whose_network_interface_is_hidden_is_unknown() -> None:
    found = by_name(played(NAME, "unknown"))
    assert found["web-01"].status.value == "passed"
    assert found["tools-01"].status.value == "unknown"
    assert found["tools-01"].reason == "resources has no row of its network interface"


def test_a_machine_in_no_group_is_skipped() -> None:
    outcome = first(ask_in(estate(""), NAME, {"by": "availability_set"}))
    assert (outcome.status.value, outcome.reason) == ("skipped", "is in no availability set")


def test_without_a_kind_of_group_the_question_does_not_arise() -> None:
    with site("") as world:
        outcomes = world.ask(NAME)
        asked = len([seen for seen in world.azure.seen if seen.what == "graph"])
    assert {outcome.status.value for outcome in outcomes} == {"skipped"}
    assert asked == 1


@pytest.mark.parametrize(
    ("by", "group", "name"),
    [
        ("availability_set", 'availability_set = "Web"', "availability set web"),
        ("scale_set", 'scale_set = "Web"', "scale set web"),
        ("backend_pool", 'backend_pool = "Web"', "pool web of web-lb"),
        ("zone", 'zone = "2"\nlocation = "NorthEurope"', "zone 2 of northeurope"),
        ("tag", 'tags = { Role = "Web" }', "role=web"),
    ],
)
def test_every_kind_of_group_is_counted(by: str, group: str, name: str) -> None:
    config = {"by": by, "min_left": 2} | ({"tag": "role"} if by == "tag" else {})
    outcome = first(ask_in(estate(group), NAME, config))
    assert outcome.status.value == "passed"
    assert (outcome.evidence["group"], outcome.evidence["left"]) == (name, 2)
    outcome = first(ask_in(estate(group), NAME, config | {"min_left": 3}))
    assert outcome.status.value == "blocked"
    assert f"2 of 4 members of {name} would be left (2 in this run)" in outcome.reason


def test_zones_of_other_regions_and_values_of_other_case_are_told_apart() -> None:
    """A zone is one of a region; a tag's value has no case."""
    zones = estate('zone = "1"', 'zone = "1"\nlocation = "uksouth"')
    assert first(ask_in(zones, NAME, {"by": "zone"})).evidence["members"] == 2
    tags = estate('tags = { role = "web" }', 'tags = { ROLE = "WEB" }')
    assert first(ask_in(tags, NAME, {"by": "tag", "tag": "Role"})).evidence["members"] == 4


def test_arc_servers_stand_in_for_each_other_by_tag() -> None:
    server = 'kind = "arc"\ntags = { role = "dns" }\n'
    scenario = estate(server, server + 'power = "Disconnected"')
    outcome = first(ask_in(scenario, NAME, {"by": "tag", "tag": "role"}))
    assert outcome.status.value == "blocked"
    assert outcome.evidence["off"] == 2
    others = {"by": ["availability_set", "backend_pool"]}
    assert first(ask_in(scenario, NAME, others)).status.value == "skipped"


@pytest.mark.parametrize(
    ("row", "left"),
    [
        (in_run("other-1"), 1),
        (in_run("other-1") + in_run("other-1", "InProgress", "end-1h", "end+2h"), 1),
        (in_run("other-1", "Sleeping"), 1),
        (in_run("other-1", "Cancelled"), 2),
        (in_run("other-1", "Succeeded"), 2),
        (in_run("other-1", "Pending", "start-3h", "start"), 2),
        (in_run("other-1", "Pending", "end", "end+3h"), 2),
        (in_run("own-1"), 2),
    ],
)
def test_members_in_other_runs_at_that_time_are_down(row: str, left: int) -> None:
    scenario = estate('availability_set = "web"') + row
    assert first(ask_in(scenario, NAME, {"by": "availability_set"})).evidence["left"] == left


def test_a_run_whose_row_has_no_id_is_another_run() -> None:
    """Its members are down all the same, in pools too."""
    nameless = re.sub("correlationId = .*", "", in_run("other-1"))
    for group in ('availability_set = "web"', 'backend_pool = "web"'):
        config = {"by": group.partition(" ")[0]}
        evidence = first(ask_in(estate(group) + nameless, NAME, config)).evidence
        assert (evidence["left"], evidence["in_other_runs"]) == (1, 1)


@pytest.mark.parametrize(
    ("pools", "status"),
    [("", "skipped"), ("loadBalancerBackendAddressPools = []", "skipped"), (None, "unknown")],
)
def test_a_network_interface_without_a_pool_is_one_all_the_same(
    pools: str | None, status: str
) -> None:
    """Azure leaves the list out, or empty: `mv-expand` makes no row of an empty one."""
    machine = '[[machines]]\nname = "own-1"\nsubscription = 1\n'
    interface = f"""
[[rows]]
table = "resources"
type = "microsoft.network/networkinterfaces"
machine = "own-1"
[rows.properties]
ipConfigurations = [{{ properties = {{ {pools} }} }}]
virtualMachine = {{ id = "{{machine}}" }}
"""
    scenario = machine if pools is None else machine + interface
    assert first(ask_in(scenario, NAME, {"by": "backend_pool"})).status.value == status


def test_a_machine_that_is_alone_blocks_unless_the_site_says_otherwise() -> None:
    scenario = '[[machines]]\nname = "own-1"\navailability_set = "web"\n'
    config = {"by": "availability_set"}
    assert first(ask_in(scenario, NAME, config)).status.value == "blocked"
    outcome = first(ask_in(scenario, NAME, config | {"alone": "skip"}))
    assert outcome.status.value == "skipped"
    assert outcome.reason == "is the only one of availability set web"


@pytest.mark.parametrize("query", [2, 3])
def test_a_query_that_is_refused_makes_all_unknown(query: int) -> None:
    """The groups first, then their members."""
    assert refused(NAME, query, by="availability_set").status.value == "unknown"


HIDDEN = "99999999-9999-4999-8999-999999999999"


@pytest.mark.parametrize("config", [{"min_left": "50%"}, {"min_left": "0%"}, {"alone": "skip"}])
def test_where_hidden_members_would_matter_a_subscription_that_cannot_be_read_is_unknown(
    config: dict[str, Any],
) -> None:
    """Half of what can be seen may be less than half; and who looks alone may have company."""
    scenario = estate('availability_set = "web"')
    known = {"by": "availability_set", "subscriptions": [HIDDEN]} | config
    outcome = one(ask_in(scenario, NAME, known))
    assert outcome.status.value == "unknown"
    assert f"subscription {HIDDEN} cannot be read" in outcome.reason
    seen = known | {"subscriptions": []}
    assert set(words(ask_in(scenario, NAME, seen)).values()) == {"passed"}


def test_a_number_holds_whatever_is_hidden() -> None:
    """A member that cannot be seen does not count as left."""
    config = {"by": "availability_set", "min_left": 2, "subscriptions": [HIDDEN]}
    assert first(ask_in(estate('availability_set = "web"'), NAME, config)).status.value == "passed"


def test_1500_machines_are_two_pages_of_groups_and_two_of_members() -> None:
    config = {"by": "tag", "tag": "role", "min_left": 0}
    assert pages_for(NAME, 1500, 'tags = { role = "x" }\n', **config) == ({"passed": 1500}, 2 + 2)


def test_many_groups_are_asked_for_at_once() -> None:
    """Not by name: 250 sets of one machine each."""
    sets = "".join(
        f'[[machines]]\nname = "m-{n}"\navailability_set = "set-{n}"\n' for n in range(250)
    )
    with site(sets) as world:
        said = words(world.ask(NAME, {"by": "availability_set", "min_left": 0}))
        asked = [seen for seen in world.azure.seen if seen.what == "graph"]
    assert set(said.values()) == {"passed"}
    assert (len(said), len(asked)) == (250, 1 + 1 + 1)


def members(*powers: str, own: int = 1, **columns: str) -> list[dict[str, Any]]:
    """Rows of a set: the first `own` members are machines of the run."""
    ids = [vm(f"m{n}").id.upper() for n in range(len(powers))]
    return [
        {"id": id_, "machine": id_, "group": SET, "power": power, "otherRun": "", "otherStatus": ""}
        | (columns if n >= own else {})
        for n, (id_, power) in enumerate(zip(ids, powers, strict=True))
    ]


def answer(rows: list[dict[str, Any]], own: int = 1, groups: Any = None, **config: Any) -> Any:
    """What the check says of `m0`, when the set has these members."""
    machines = [vm(f"m{n}") for n in range(own)]
    run = of_run(*machines)
    named = [{"id": "x", "machine": machine.id.upper(), "group": SET} for machine in machines]
    graph = SayingGraph(
        {
            "readable_subscriptions": [{"subscription": SUBSCRIPTION.upper()}],
            "quorum_groups": named if groups is None else groups,
            "quorum_members": rows,
        }
    )
    known = {"by": "availability_set"} | config
    return quorum(run, told(run, Quorum(**known), graph))[machines[0].id]


@pytest.mark.parametrize(
    ("power", "left"),
    [
        ("PowerState/running", 1),
        ("POWERSTATE/RUNNING", 1),
        ("Connected", 1),
        ("PowerState/stopped", 0),
        ("PowerState/starting", 0),
        ("Expired", 0),
        ("", 0),
    ],
)
def test_only_what_is_known_to_be_on_is_left(power: str, left: int) -> None:
    verdict = answer(members("PowerState/running", power), min_left=0)
    assert verdict.evidence["left"] == left
    assert verdict.evidence["power_not_told"] == (1 if power == "" else 0)


def test_the_reason_names_those_whose_power_is_not_told() -> None:
    verdict = answer(members("PowerState/running", "", "PowerState/stopped"))
    assert verdict.reason.endswith(
        "would be left (1 in this run, 2 off, 1 of these not known to be on), and 1 are needed"
    )


def test_no_row_of_the_machine_is_unknown() -> None:
    rows = members("PowerState/running", "PowerState/running")
    assert str(answer(rows, groups=[])) == "resources has no row of it"


def test_a_machine_that_its_own_group_does_not_show_is_unknown() -> None:
    """The members that are shown are then perhaps not all of them."""
    rows = members("PowerState/running", "PowerState/running")[1:]
    assert "does not show it among the members of" in str(answer(rows))


def test_of_several_groups_the_worst_counts() -> None:
    """A no, then what cannot be told, then a yes."""
    run = of_run(vm("a"), arc("b"))
    machine = run.machines[0].id
    other = SET.replace("/web", "/lone")
    lone = {"id": "x", "machine": machine, "group": other, "power": "PowerState/running"}
    many = [{**lone, "group": SET}, {**lone, "machine": vm("c").id, "group": SET}]
    groups = [{"id": "x", "machine": machine, "group": group} for group in (SET, other)]

    def said(*members: dict[str, Any]) -> dict[str, str]:
        rows = {"quorum_pools": groups, "quorum_pool_members": members}
        return statuses(quorum(run, told(run, Quorum(by="backend_pool"), SayingGraph(rows))))

    assert said(*many, lone) == {"a": "blocked", "b": "skipped"}
    assert said(*many)["a"].startswith("resources does not show it among")
    assert said(*many, lone, {**lone, "machine": vm("d").id})["a"] == "passed"


@given(
    own=st.integers(1, 5),
    on=st.integers(0, 6),
    off=st.integers(0, 3),
    share=st.integers(0, 100),
)
def test_a_share_is_rounded_up(own: int, on: int, off: int, share: int) -> None:
    """What is left is never less than so many of a hundred members, if the check passes."""
    powers = ["PowerState/running"] * (own + on) + ["PowerState/stopped"] * off
    verdict = answer(members(*powers, own=own), own=own, min_left=f"{share}%")
    total = own + on + off
    assert verdict.evidence["needed"] == math.ceil(total * share / 100)
    assert (verdict.status.value == "passed") == (on * 100 >= share * total)


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"by": "tag"}, "go together"),
        ({"by": "zone", "tag": "role"}, "go together"),
        ({"by": "tag", "tag": " role"}, "blanks"),
        ({"min_left": -1}, "min_left"),
        ({"min_left": "101%"}, "min_left"),
        ({"min_left": "half"}, "min_left"),
        ({"min_left": "2"}, "min_left"),
        ({"subscriptions": ("prod",)}, "no subscription id"),
    ],
    ids=str,
)
def test_a_quorum_that_makes_no_sense_is_no_policy(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Quorum(**config)
