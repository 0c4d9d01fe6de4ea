"""Every machine's region is free of Azure service issues that concern it."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given

from checks import Machine, Verdict
from checks.builtin.service_health import ServiceHealth, service_health
from checks.discovery import define
from core.errors import BadPlugin
from core.model import Status
from plugins.config import config_of
from tests.builders import JSON, SUBSCRIPTION
from tests.checks.asking import ask_in, site
from tests.checks.builtin.saying import (
    SCENARIOS,
    SayingGraph,
    arc,
    not_passed,
    of_run,
    sample,
    statuses,
    told,
    vm,
)

NAME = "service_health"
VM = vm("a")
GLOBAL = {"impactedRegion": "Global"}  # as the REST API writes it
EMPTY = {"id": "x", "subscription": SUBSCRIPTION.upper(), "event": ""}


def impact(service: str, *regions: str, status: str = "Active") -> list[dict[str, Any]]:
    """What an event touches, as Resource Graph writes it."""
    places = [{"ImpactedRegion": region, "Status": status} for region in regions]
    return [{"ImpactedService": service, "ImpactedRegions": places}]


def event(touched: object, **columns: str) -> Mapping[str, Any]:
    """A row of an event in the subscription of the machines."""
    known = {"event": "/e", "tracking": "AB12-C34", "status": "Active", "heading": "Trouble"}
    known["eventKind"] = "ServiceIssue"
    return {**EMPTY, **known, "impact": json.dumps(touched), **columns}


def said(*rows: Mapping[str, Any], machine: Machine = VM, **config: Any) -> str:
    """What the check says of the machine, in a word or sentence."""
    run = of_run(machine)
    context = told(run, ServiceHealth(**config), SayingGraph({NAME: rows}))
    return statuses(service_health(run, context))["a"]


def test_issues_that_concern_others_pass() -> None:
    """In another region, with another service, or resolved."""
    assert not_passed(ask_in(sample(NAME, "passed"), NAME)) == {}


def test_an_active_issue_blocks_the_machines_that_it_concerns() -> None:
    """The reason has Azure's own number of it."""
    reason = (
        "Azure has an issue with Virtual Machines in West Europe: "
        "AB12-C34 Virtual Machines - West Europe - starts may fail"
    )
    assert not_passed(ask_in(sample(NAME, "blocked"), NAME)) == {
        "web-01": ("blocked", reason),
        "web-02": ("blocked", reason),
    }


def test_an_issue_that_does_not_say_what_it_touches_is_unknown() -> None:
    """It may touch anything."""
    assert {status for status, _ in not_passed(ask_in(sample(NAME, "unknown"), NAME)).values()} == {
        "unknown"
    }


def test_the_sample_policy_is_one_that_it_takes() -> None:
    """Planned maintenance counts too, if the site says so."""
    policy = tomllib.loads((SCENARIOS / NAME / "gate.toml").read_text(encoding="utf-8"))
    config = policy["checks"][NAME]["config"]
    scenario = sample(NAME, "blocked").replace('"ServiceIssue"', '"PlannedMaintenance"')
    assert not_passed(ask_in(scenario, NAME)) == {}
    assert set(not_passed(ask_in(scenario, NAME, config))) == {"web-01", "web-02"}


def test_it_costs_one_page_whatever_the_number_of_machines() -> None:
    """One row for each subscription and event."""
    with site('[[machines]]\nname = "m-{n:04}"\ncount = 1500\n') as world:
        outcomes = world.ask(NAME)
        pages = [seen for seen in world.azure.seen if seen.what == "graph"]
    assert {outcome.status.value for outcome in outcomes} == {"passed"}
    assert (len(outcomes), len(pages)) == (1500, 2 + 1)


def test_events_that_do_not_come_are_no_silence() -> None:
    """Resource Graph refuses the query: nothing is known."""
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    faults = '[[faults]]\non = "graph"\ncalls = [2]\nstatus = 400\n'
    (outcome,) = ask_in(machines + faults, NAME)
    assert (outcome.status.value, outcome.machine) == ("unknown", None)


def test_a_subscription_that_cannot_be_read_hides_its_events() -> None:
    """It has no row, where one without events has an empty one."""
    assert said(EMPTY) == "passed"
    assert said() == (f"subscription {SUBSCRIPTION} cannot be read: its service events are hidden")


@pytest.mark.parametrize(
    ("touched", "answer"),
    [
        (impact("Virtual Machines", "West Europe"), "blocked"),
        (impact("virtual machines", "WESTEUROPE"), "blocked"),
        (impact("Virtual Machine Scale Sets", "North Europe", "West Europe"), "blocked"),
        (impact("Azure Update Manager", "Global"), "blocked"),
        (impact("Azure Arc-enabled servers", "West Europe"), "blocked"),
        (impact("Azure Arc enabled servers", "West Europe"), "blocked"),
        (impact("Virtual Machines", "West Europe", status="Resolved"), "passed"),
        (impact("Virtual Machines", "West Europe", status="Whatever"), "blocked"),
        (impact("Virtual Machines", "West Europe 2"), "passed"),
        (impact("Power BI", "Global"), "passed"),
        (impact("Power BI"), "passed"),
        (impact("Power BI", "Global") + impact("Virtual Machines", "West Europe"), "blocked"),
        (
            [
                {
                    "impactedService": "Virtual Machines",
                    "impactedRegions": [{"impactedRegion": "Global"}],
                }
            ],
            "blocked",
        ),
    ],
)
def test_an_event_concerns_a_machine_by_service_and_region(touched: object, answer: str) -> None:
    """In the letter cases of Resource Graph and of the REST API."""
    assert said(event(touched)) == answer


@pytest.mark.parametrize(
    "touched",
    [
        None,
        [],
        {},
        "Virtual Machines",
        [{}],
        [{"ImpactedService": None}],
        [{"ImpactedService": "Virtual Machines"}],
        [{"ImpactedService": "Virtual Machines", "ImpactedRegions": []}],
        [{"ImpactedService": "Virtual Machines", "ImpactedRegions": [{}]}],
        [{"ImpactedService": "Virtual Machines", "ImpactedRegions": ["West Europe"]}],
    ],
    ids=str,
)
def test_what_cannot_be_read_is_no_nothing(touched: object) -> None:
    """An event whose impact has another form may concern the machine."""
    assert "AB12-C34 does not say what it touches" in said(event(touched))
    assert "AB12-C34 does not say what it touches" in said({**event([]), "impact": "{"})


@given(JSON)
def test_whatever_azure_writes_there_is_an_answer(touched: object) -> None:
    """The check never falls over."""
    assert said(event(touched)) != ""


def test_an_event_that_concerns_outweighs_one_that_cannot_be_read() -> None:
    """And more than one are counted."""
    rows = (
        event([]),
        event(impact("Virtual Machines", "Global")),
        event(impact("Virtual Machines", "Global")),
    )
    assert said(*rows) == "blocked"
    run = of_run(VM)
    verdict = service_health(run, told(run, ServiceHealth(), SayingGraph({NAME: rows})))[VM.id]
    assert isinstance(verdict, Verdict)
    assert "(and 1 more)" in verdict.reason


def test_a_status_that_is_not_known_is_unknown() -> None:
    """Azure publishes Active and Resolved."""
    row = event(impact("Virtual Machines", "Global"), status="Simmering")
    assert said(row) == "event AB12-C34 has the unknown status 'Simmering'"


def test_an_event_without_a_type_may_be_one_that_counts() -> None:
    """So the query must not drop it; but what it touches is still known."""
    untyped = sample(NAME, "blocked").replace('EventType = "ServiceIssue"\n', "")
    found = not_passed(ask_in(untyped, NAME))
    assert {status for status, _ in found.values()} == {"unknown"}
    assert "does not say of which type it is" in next(reason for _, reason in found.values())
    assert said(event(impact("Power BI", "Global"), eventKind="")) == "passed"


@pytest.mark.parametrize(
    ("level", "answer"),
    [
        ("Critical", "blocked"),
        ("critical", "blocked"),
        ("Informational", "passed"),
        ("", "blocked"),
        ("Catastrophic", "blocked"),
    ],
)
def test_levels_are_the_sites_choice(level: str, answer: str) -> None:
    """An event without one, or of a level that is not known, always counts."""
    row = event(impact("Virtual Machines", "Global"), level=level)
    assert said(row, levels=("Critical", "Error")) == answer
    assert said(row) == "blocked"


def test_a_machine_without_a_region_may_be_anywhere() -> None:
    """So an event of any region may concern it; one of everywhere does."""
    nowhere = vm("a", location=None)
    regional = event(impact("Virtual Machines", "Brazil South"))
    assert "this machine's is not known" in said(regional, machine=nowhere)
    assert said(event(impact("Virtual Machines", "Global")), machine=nowhere) == "blocked"
    assert said(EMPTY, machine=nowhere) == "passed"


def test_each_subscription_has_its_own_events() -> None:
    """What concerns one need not be shown to another."""
    other = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
    run = of_run(VM, arc("b", subscription=other))
    rows: Sequence[Mapping[str, Any]] = (
        event(impact("Virtual Machines", "West Europe")),
        {**EMPTY, "subscription": other},
    )
    answers = service_health(run, told(run, ServiceHealth(), SayingGraph({NAME: rows})))
    assert statuses(answers) == {"a": Status.BLOCKED, "b": Status.PASSED}


@pytest.mark.parametrize(
    "config",
    [
        {"event_types": []},
        {"services": []},
        {"event_types": ["ServiceIssues"]},
        {"levels": ["Bad"]},
        {"services": [""]},
    ],
    ids=str,
)
def test_a_config_by_which_no_event_would_count_is_refused(config: dict[str, Any]) -> None:
    """A slip of the pen must not silence the check."""
    with pytest.raises(BadPlugin):
        config_of(define(service_health), config)
