"""The last run of this configuration, and of each earlier ring, went well."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks import CannotTell
from checks.builtin.previous_runs import PreviousRuns, previous_runs
from tests.builders import CONFIGURATION, NOON, RUN, SUBSCRIPTION
from tests.checks.asking import ask_in
from tests.checks.builtin.played import one, pages_for, played, refused
from tests.checks.builtin.saying import SayingGraph, of_run, sample, told, vm

NAME = "previous_runs"
OTHER = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
PILOT = CONFIGURATION.replace("weekly-prod", "Pilot")
SHIPPED_PILOT = (
    "/subscriptions/{subscription}/resourcegroups/ops/providers/microsoft.maintenance"
    "/maintenanceconfigurations/pilot"
)


def past(
    configuration: str = PILOT,
    name: str = "1",
    status: str = "Succeeded",
    day: int = 27,
    **times: str,
) -> dict[str, Any]:
    """A run of three hours on that day of November."""
    return {
        "id": "x",
        "run": f"{configuration}/providers/microsoft.maintenance/applyupdates/{name}".lower(),
        "configuration": configuration.lower(),
        "status": status,
        "starts": f"2026-11-{day:02}T01:00:00.0000000Z",
        "ends": f"2026-11-{day:02}T04:00:00.0000000Z",
    } | times


def ended(run: dict[str, Any], machines: int, status: str, installed: str = "") -> dict[str, Any]:
    """So many machines of that run stand so."""
    return {"run": run["run"], "machines": machines, "status": status, "installed": installed}


THIS = past(CONFIGURATION, "20261128030000", "Pending") | {"run": RUN.lower()}
LAST = past(CONFIGURATION, day=21)
GOOD = ended(LAST, 4, "succeeded")


def saying(
    runs: Sequence[dict[str, Any]],
    results: Sequence[dict[str, Any]],
    readable: Sequence[str] = (SUBSCRIPTION,),
) -> SayingGraph:
    """A Resource Graph with these runs and results, that shows these subscriptions."""
    seen = [{"id": f"/subscriptions/{one}", "subscription": one} for one in readable]
    answers = {NAME: runs, "previous_results": results, "readable_subscriptions": seen}
    return SayingGraph(answers)


def said(
    runs: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]] = (), **config: Any
) -> str:
    """What the check says at noon on 28 November: a status and a reason."""
    run = of_run(vm("a"))
    graph = saying(runs, results)
    try:
        verdict = previous_runs(run, told(run, PreviousRuns(**config), graph))
    except CannotTell as why:
        return f"unknown: {why}"
    return f"{verdict.status.value}: {verdict.reason}"


def test_runs_that_went_well_pass_with_their_figures() -> None:
    outcome = one(played(NAME, "passed"))
    assert outcome.status.value == "passed"
    assert outcome.evidence == {
        "weekly-prod/20261121030000": "0 of 2 machines failed (0 %)",
        "pilot/20261127030000": "0 of 2 machines failed (0 %)",
    }


def test_a_ring_that_failed_blocks() -> None:
    outcome = one(played(NAME, "blocked"))
    assert outcome.status.value == "blocked"
    assert outcome.reason == "pilot/20261127030000: 1 of 2 machines failed (50 %), more than 10 %"


def test_a_site_chooses_how_many_may_fail() -> None:
    assert one(played(NAME, "blocked", max_failed_percent=50)).status.value == "passed"
    assert one(played(NAME, "blocked", rings=[])).status.value == "passed"


def test_a_ring_whose_only_run_was_cancelled_is_unknown() -> None:
    outcome = one(played(NAME, "unknown"))
    assert outcome.status.value == "unknown"
    assert outcome.reason == (
        "maintenanceresources shows no run of the ring pilot in 40 days, but for cancelled ones"
    )


def test_an_installation_that_failed_counts_although_the_run_says_otherwise() -> None:
    """Both tables are read, in any letter case, and the worse of the two counts."""
    text = sample(NAME, "passed").replace(
        'status = "Succeeded"\nlastModified', 'status = "FAILED"\nlastModified'
    )
    outcome = one(ask_in(text, NAME))
    assert outcome.status.value == "blocked"
    assert "2 of 2 machines failed" in outcome.reason


def test_the_last_word_on_an_installation_counts() -> None:
    """A machine that was tried twice in one run."""
    again = f"""
[[rows]]
table = "patchinstallationresources"
type = "microsoft.compute/virtualmachines/patchinstallationresults"
name = "again"
machine = "pilot-02"
[rows.properties]
maintenanceRunId = "{SHIPPED_PILOT}/providers/microsoft.maintenance/applyupdates/20261127030000"
status = "Succeeded"
lastModifiedDateTime = "{{now-1h}}"
"""
    text = sample(NAME, "blocked").replace(
        'status = "Failed"\nstartDate', 'status = "Succeeded"\nstartDate'
    )
    text = text.replace(
        'resourceId = "{machine}"\nstatus = "Failed"',
        'resourceId = "{machine}"\nstatus = "Succeeded"',
    )
    config = {"rings": ["pilot"]}
    assert one(ask_in(text, NAME, config)).status.value == "blocked"
    assert one(ask_in(text + again, NAME, config)).status.value == "passed"


def test_a_first_run_is_unknown_unless_the_site_says_otherwise() -> None:
    """This run itself is seen, and no other: Azure forgets runs after a month."""
    outcome = one(ask_in("", NAME))
    assert outcome.status.value == "unknown"
    assert "shows no earlier run of this configuration in 40 days" in outcome.reason
    outcome = one(ask_in("", NAME, {"first_run": "pass"}))
    assert (outcome.status.value, outcome.reason) == ("passed", "its first run")


@pytest.mark.parametrize("query", [2, 3])
def test_a_query_that_is_refused_is_unknown(query: int) -> None:
    """The runs first, then how their machines ended. Two queries before found the machines."""
    text = (
        sample(NAME, "passed") + f'[[faults]]\non = "graph"\ncalls = [{query + 1}]\nstatus = 400\n'
    )
    outcome = one(ask_in(text, NAME, {"rings": ["pilot"]}))
    assert outcome.status.value == "unknown"
    assert refused(NAME, 2).status.value == "unknown"


def test_1500_machines_take_two_pages() -> None:
    """The runs are few, their machines are counted by Resource Graph, and so are subscriptions."""
    assert pages_for(NAME, 1500, first_run="pass") == ({"passed": 1}, 2)


def test_not_even_this_run_is_no_first_run() -> None:
    """Then runs cannot be read at all."""
    assert said([], first_run="pass") == (
        "unknown: maintenanceresources shows no run of this configuration, not even this one"
    )
    assert said([THIS], first_run="pass") == "passed: its first run"


def test_a_ring_without_a_run_is_unknown_whatever_a_first_run_is() -> None:
    found = said([THIS, LAST], [GOOD], rings=("pilot",), first_run="pass")
    assert found == "unknown: maintenanceresources shows no run of the ring pilot in 40 days"


def test_only_rings_count_where_the_site_says_so() -> None:
    run = past()
    assert said([run], [ended(run, 5, "succeeded")], rings=("pilot",), own=False) == "passed: "


@pytest.mark.parametrize("ring", ["pilot", "PILOT", PILOT, PILOT.upper() + "/"])
def test_a_ring_has_a_name_or_an_id(ring: str) -> None:
    run = past()
    found = said([THIS, LAST, run], [GOOD, ended(run, 1, "failed")], rings=(ring,))
    assert found.startswith("blocked: pilot/1: 1 of 1 machines failed")


def test_a_name_that_several_configurations_have_means_all_of_them() -> None:
    one_, two = past(), past(PILOT.replace("rg-patching", "elsewhere"))
    results = [GOOD, ended(one_, 9, "succeeded"), ended(two, 9, "failed")]
    assert said([THIS, LAST, one_, two], results, rings=("pilot",)).startswith("blocked")


def test_the_newest_run_counts_that_began_before_this_one() -> None:
    """Cancelled ones do not, and neither does one that comes later."""
    newest = past(name="3", day=26)
    runs = [
        LAST,
        past(name="2", day=20),
        newest,
        past(name="4", day=27, status="Canceled"),
        past(name="5", day=29, status="Pending"),
    ]
    found = said(runs, [GOOD, ended(newest, 2, "failed")], rings=("pilot",))
    assert found.startswith("blocked: pilot/3: 2 of 2 machines failed")


@pytest.mark.parametrize(
    ("status", "ends", "word"),
    [
        ("InProgress", "2026-11-28T13:00:00Z", "blocked: pilot/1 has not ended yet"),
        ("Pending", "2026-11-28T13:00:00Z", "blocked: pilot/1 has not ended yet"),
        ("", "", "blocked: pilot/1 has not ended yet"),
        ("Succeeded", "2026-11-28T13:00:00Z", "passed"),
        ("InProgress", "2026-11-28T11:00:00Z", "passed"),
        ("", "2026-11-28T11:00:00Z", "passed"),
    ],
)
def test_a_ring_that_has_not_ended_blocks(status: str, ends: str, word: str) -> None:
    """It has if it says so, or if its window is over."""
    run = past(status=status, starts="2026-11-28T10:00:00Z", ends=ends)
    found = said([THIS, LAST, run], [GOOD, ended(run, 2, "succeeded")], rings=("pilot",))
    assert found.startswith(word)


def test_a_run_without_a_start_may_be_the_last() -> None:
    found = said([THIS, LAST, past(starts="")], [GOOD], rings=("pilot",))
    assert found == "unknown: maintenanceresources does not say when pilot/1 started"


@pytest.mark.parametrize(
    ("results", "word"),
    [
        ([(9, "succeeded", ""), (1, "failed", "")], "passed"),
        ([(8, "succeeded", ""), (1, "failed", "")], "blocked: weekly-prod/1: 1 of 9 machines"),
        ([(8, "succeeded", ""), (1, "succeeded", "failed")], "blocked"),
        ([(8, "succeeded", ""), (1, "failed", "succeeded")], "blocked"),
        ([(8, "", "completedwithwarnings"), (1, "noupdatespending", "")], "passed"),
        ([(8, "succeeded", ""), (9, "cancelled", ""), (1, "timedout", "")], "blocked"),
        ([(9, "succeeded", ""), (1, "inprogress", "")], "passed"),
        (
            [(8, "succeeded", ""), (1, "inprogress", "")],
            "unknown: weekly-prod/1: 1 of 9 machines are in no state that is final and known: inp",
        ),
        ([(8, "succeeded", ""), (1, "succeeded", "notstarted")], "unknown"),
        ([(8, "succeeded", ""), (1, "sleeping", "")], "unknown"),
        ([(8, "succeeded", ""), (1, "", "")], "unknown"),
        ([(3, "cancelled", "")], "unknown: no machine of weekly-prod/1 can be seen"),
        ([], "unknown: no machine of weekly-prod/1 can be seen"),
    ],
    ids=str,
)
def test_machines_are_counted_by_what_azure_says(
    results: list[tuple[int, str, str]], word: str
) -> None:
    """What is not known matters if it could pass the limit, which is a tenth."""
    assert said([THIS, LAST], [ended(LAST, *result) for result in results]).startswith(word)


@given(
    good=st.integers(0, 30),
    failed=st.integers(0, 30),
    odd=st.integers(0, 9),
    most=st.integers(0, 100),
)
def test_a_pass_means_that_no_more_can_have_failed(
    good: int, failed: int, odd: int, most: int
) -> None:
    """Whatever the machines in a strange state turn out to be."""
    results = [
        ended(LAST, good, "succeeded"),
        ended(LAST, failed, "failed"),
        ended(LAST, odd, "sleeping"),
    ]
    status = said([THIS, LAST], results, max_failed_percent=most).partition(":")[0]
    total = good + failed + odd
    if status == "passed":
        assert (failed + odd) * 100 <= most * total
    assert (status == "blocked") == (failed * 100 > most * total)


def test_a_no_is_said_although_something_else_is_not_known() -> None:
    found = said([THIS, LAST], [ended(LAST, 2, "failed")], rings=("pilot",))
    assert found.startswith("blocked: weekly-prod/1: 2 of 2 machines failed")


def test_what_is_asked_covers_all_subscriptions_and_a_month() -> None:
    run = of_run(vm("a"))
    graph = saying([THIS, LAST], [GOOD])
    ring = PILOT.replace(SUBSCRIPTION, OTHER)
    third = "11111111-1111-1111-1111-111111111111"
    config = PreviousRuns(rings=(ring, "early"), subscriptions=(third,), max_age_days=30)
    with pytest.raises(CannotTell, match="no run of the ring"):
        previous_runs(run, told(run, config, graph))
    values = graph.asked[0][1]
    assert values["subscriptions"] == (SUBSCRIPTION, OTHER, third)
    assert values["configurations"] == [ring, CONFIGURATION]
    assert values["names"] == ["early"]
    assert values["since"] == NOON - timedelta(days=30)
    assert graph.asked[1][1] == {"subscriptions": (SUBSCRIPTION, OTHER, third)}
    assert graph.asked[2][1] == {
        "subscriptions": (SUBSCRIPTION, OTHER, third),
        "runs": [LAST["run"]],
    }


def test_machines_that_may_be_hidden_are_no_machines_that_went_well() -> None:
    """A failed half in a subscription that cannot be read would look like a run without a fault."""
    run = of_run(vm("a"))
    config = PreviousRuns(subscriptions=(OTHER,))
    with pytest.raises(CannotTell, match=f"subscription {OTHER} cannot be read"):
        previous_runs(run, told(run, config, saying([THIS, LAST], [GOOD])))
    seen = saying([THIS, LAST], [GOOD], (SUBSCRIPTION, OTHER.upper()))
    assert previous_runs(run, told(run, config, seen)).status.value == "passed"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"max_failed_percent": 101}, "max_failed_percent"),
        ({"max_age_days": 0}, "max_age_days"),
        ({"own": False}, "needs rings"),
        ({"rings": ("",)}, "neither the name nor the id"),
        ({"rings": ("group/pilot",)}, "neither the name nor the id"),
        ({"rings": ("pilot ",)}, "neither the name nor the id"),
        ({"rings": ("/subscriptions/prod/resourceGroups/g/p/m/c/pilot",)}, "no subscription id"),
        ({"subscriptions": ("prod",)}, "no subscription id"),
    ],
    ids=str,
)
def test_a_policy_that_makes_no_sense_is_none(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        PreviousRuns(**config)
