"""Every virtual machine is available and not degraded, as Azure Resource Health sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from checks import Machine, Verdict
from checks.builtin.resource_health import ResourceHealth, resource_health
from core.model import Status
from tests.checks.asking import ask_in, site
from tests.checks.builtin.saying import (
    SayingGraph,
    arc,
    not_passed,
    of_run,
    one_row,
    sample,
    statuses,
    told,
    vm,
)

NAME = "resource_health"
ANNOTATIONS = "resource_health_annotations"
VM = vm("a")


def answer(
    rows: Sequence[Mapping[str, Any]],
    annotations: Sequence[Mapping[str, Any]] = (),
    machine: Machine = VM,
    **config: Any,
) -> Any:
    """What the check says of the machine with these rows."""
    run = of_run(machine)
    graph = SayingGraph({NAME: rows, ANNOTATIONS: annotations})
    return resource_health(run, told(run, ResourceHealth(**config), graph))[machine.id]


def said(*states: str, **more: Any) -> str:
    """The same in a word."""
    rows = [one_row(VM, state=state) for state in states]
    return statuses({VM.id: answer(rows, **more)})["a"]


def annotated(impact: str, occurred: str, **more: str) -> Mapping[str, Any]:
    """An annotation of the machine."""
    return one_row(VM, impact=impact, occurred=occurred, **more)


def test_available_machines_pass_and_arc_servers_are_skipped() -> None:
    """The table holds virtual machines only, and the reason says so."""
    assert not_passed(ask_in(sample(NAME, "passed"), NAME)) == {
        "branch-01": ("skipped", "Resource Graph's healthresources holds virtual machines only")
    }


def test_unavailable_and_degraded_machines_block() -> None:
    """The annotation says why, who began it, and whether it was planned."""
    outcomes = {o.machine: o for o in ask_in(sample(NAME, "blocked"), NAME)}
    found = not_passed(tuple(outcomes.values()))
    assert found == {
        "web-02": ("blocked", "is unavailable: Unexpected host crash"),
        "sql-01": ("blocked", "is degraded: Hardware may fail"),
    }
    evidence = next(o.evidence for o in outcomes.values() if "unavailable" in o.reason)
    assert (evidence["context"], evidence["category"]) == ("Platform Initiated", "Unplanned")
    assert evidence["annotation"] == "VirtualMachineHostCrashed"


def test_a_state_that_azure_does_not_know_is_unknown() -> None:
    """As is one that the table does not have."""
    assert not_passed(ask_in(sample(NAME, "unknown"), NAME)) == {
        "web-02": ("unknown", "Azure Resource Health does not know its state"),
        "web-03": ("unknown", "Resource Graph's healthresources has no row of this VM"),
    }


def test_two_queries_are_asked_for_any_number_of_machines() -> None:
    """1,500 machines are two pages of states, and one page of annotations, here without rows."""
    with site('[[machines]]\nname = "m-{n:04}"\ncount = 1500\n') as world:
        outcomes = world.ask(NAME)
        pages = [seen for seen in world.azure.seen if seen.what == "graph"]
    assert {outcome.status.value for outcome in outcomes} == {"passed"}
    assert (len(outcomes), len(pages)) == (1500, 2 + 2 + 1)


@pytest.mark.parametrize("query", [2, 3])
def test_either_query_that_does_not_come_makes_all_unknown(query: int) -> None:
    """Without the annotations nobody knows who is degraded."""
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    faults = f'[[faults]]\non = "graph"\ncalls = [{query}]\nstatus = 400\n'
    (outcome,) = ask_in(machines + faults, NAME)
    assert (outcome.status.value, outcome.machine) == ("unknown", None)


@pytest.mark.parametrize(
    ("states", "word"),
    [
        (("Available",), "passed"),
        (("AVAILABLE", "available"), "passed"),
        (("Unavailable",), "blocked"),
        (("degraded",), "blocked"),
        (("",), "Azure Resource Health does not know its state"),
        (("Sleepy",), "Azure Resource Health says 'Sleepy', which is not a known state"),
    ],
)
def test_a_state_is_read_in_any_letter_case(states: tuple[str, ...], word: str) -> None:
    """And shown as it came when it is not known."""
    assert said(*states) == word


def test_states_that_contradict_each_other_are_no_answer() -> None:
    """Whichever is right."""
    assert said("Available", "Unavailable").startswith("Resource Graph gives several states")


@pytest.mark.parametrize(
    ("annotations", "status"),
    [
        ([annotated("Degraded", "2026-11-28T10:00:00Z")], "blocked"),
        ([annotated("Informational", "2026-11-28T10:00:00Z")], "passed"),
        ([annotated("Downtime Reboot", "2026-11-28T10:00:00Z")], "passed"),
        (
            [
                annotated("Degraded", "2026-11-28T10:00:00Z"),
                annotated("Informational", "2026-11-28T11:00:00Z"),
            ],
            "blocked",
        ),
        (
            [
                annotated("Downtime Freeze", "2026-11-28T11:00:00Z"),
                annotated("Degraded", "2026-11-28T10:00:00Z"),
            ],
            "passed",
        ),
        (
            [annotated("Degraded", "2026-11-28T10:00:00Z", mitigated="2026-11-28T11:30:00Z")],
            "passed",
        ),
        (
            [annotated("Degraded", "2026-11-28T10:00:00Z", mitigated="2026-11-29T00:00:00Z")],
            "blocked",
        ),
        (
            [
                annotated("Degraded", "2026-11-28T10:00:00Z"),
                annotated("", "2026-11-28T11:00:00Z"),
                annotated("Wobbly", "2026-11-28T11:00:00Z"),
            ],
            "blocked",
        ),
        (
            [
                annotated("Degraded", "2026-11-28T10:00:00Z"),
                annotated("Downtime Reboot", "2026-11-30T00:00:00Z"),
            ],
            "blocked",
        ),
        (
            [annotated("Degraded", ""), annotated("Downtime Freeze", "2026-11-20T11:00:00Z")],
            "blocked",
        ),
        (
            [
                annotated("Degraded", "2026-11-27T10:00:00Z"),
                annotated("Degraded", "2026-11-28T10:00:00Z", mitigated="2026-11-28T11:00:00Z"),
            ],
            "passed",
        ),
    ],
    ids=str,
)
def test_a_machine_is_degraded_until_that_is_over(
    annotations: list[Mapping[str, Any]], status: str
) -> None:
    """It has moved to another host, or the end of the impact has come."""
    assert said("Available", annotations=annotations) == status


def test_what_a_user_began_blocks_too_and_is_told() -> None:
    """The machine is not well, whoever made it so."""
    annotation = annotated(
        "Informational", "2026-11-28T10:00:00Z", context="Customer Initiated", reason="Stopped"
    )
    verdict = answer([one_row(VM, state="Unavailable")], [annotation])
    assert isinstance(verdict, Verdict)
    assert verdict.status is Status.BLOCKED
    assert verdict.evidence["context"] == "Customer Initiated"


def test_an_old_report_is_unknown_if_the_site_says_so() -> None:
    """By default it is not: the state of a healthy VM began weeks ago."""
    old = [one_row(VM, state="Available", occurred="2026-11-01T00:00:00Z")]
    assert answer(old).status is Status.PASSED
    assert "is 28 days old" in str(answer(old, max_age_hours=24))
    reported = [{**old[0], "reported": "2026-11-28T11:00:00Z"}]
    assert answer(reported, max_age_hours=24).status is Status.PASSED


def test_an_arc_server_that_has_a_row_is_judged() -> None:
    """Should Azure begin to write them."""
    server = arc("b")
    assert answer([one_row(server, state="Unavailable")], machine=server).status is Status.BLOCKED


@pytest.mark.parametrize("hours", [0, -1, float("nan"), 1e300])
def test_an_age_that_makes_no_sense_is_no_policy(hours: float) -> None:
    """It would only be noticed when a run is judged."""
    with pytest.raises(ValueError, match="max_age_hours"):
        ResourceHealth(max_age_hours=hours)
