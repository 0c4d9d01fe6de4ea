"""Resource Graph hides what may not be read instead of failing: no check takes that for a yes.

The rights to the second subscription are lost between finding the machines and asking the check.
"""

from __future__ import annotations

from typing import Any

import pytest

from core import wire
from core.model import Outcome, Status
from handlers.activities import steps
from handlers.orders import CheckRequest, Look, LookRequest, RunHead
from handlers.steps.asking import asked
from tests.checks.asking import ALLOWED, EVENT, site

MACHINES = """
[[machines]]
name = "seen-{n}"
count = 2
subscription = 1
[[machines]]
name = "seen-arc"
kind = "arc"
subscription = 1
[[machines]]
name = "hidden-{n}"
count = 2
subscription = 2
[[machines]]
name = "hidden-arc"
kind = "arc"
subscription = 2
"""


def outcomes_without_rights(check: str, **config: Any) -> tuple[Outcome, ...]:
    """What the check says of all machines when it can read those of one subscription only."""
    with site(MACHINES) as before:
        until = before.services.clock.now() + ALLOWED
        look = LookRequest(run=EVENT.run, subscriptions=EVENT.subscriptions, until=until)
        found: Look = wire.load(Look, steps(before.services)["find_machines"](wire.dump(look)))
    with site(f"{MACHINES}\n[graph]\nhidden_subscriptions = [2]\n") as after:
        request = CheckRequest(
            check=check,
            run=RunHead.of(EVENT),
            machines=found.newcomers,
            deadline=until,
            config=config,
        )
        return asked(after.services, request).outcomes


@pytest.mark.parametrize(
    "check",
    [
        "machines_running",
        "agent_ready",
        "resource_health",
        "service_health",
        "active_alerts",
        "patch_assessment",
        "overlapping_runs",
    ],
)
def test_machines_that_are_hidden_are_unknown(check: str) -> None:
    """The others are judged; Arc servers have no resource health, seen or not."""
    outcomes = outcomes_without_rights(check)
    answers = {(o.machine or "").rpartition("/")[2]: o.status for o in outcomes}
    no_health = check == "resource_health"
    assert answers == {
        "seen-1": Status.PASSED,
        "seen-2": Status.PASSED,
        "seen-arc": Status.SKIPPED if no_health else Status.PASSED,
        "hidden-1": Status.UNKNOWN,
        "hidden-2": Status.UNKNOWN,
        "hidden-arc": Status.SKIPPED if no_health else Status.UNKNOWN,
    }


@pytest.mark.parametrize(
    ("check", "config"),
    [("recent_backup", {"arc": "skip"}), ("quorum", {"by": "zone"})],
)
def test_hidden_machines_are_neither_without_a_backup_nor_in_no_group(
    check: str, config: dict[str, str]
) -> None:
    """What is skipped is what is seen to be so, or what the site itself says."""
    outcomes = outcomes_without_rights(check, **config)
    answers = {(o.machine or "").rpartition("/")[2]: o.status for o in outcomes}
    assert (answers["hidden-1"], answers["hidden-2"]) == (Status.UNKNOWN, Status.UNKNOWN)
    assert Status.UNKNOWN not in (answers["seen-1"], answers["seen-2"])


def test_a_query_of_the_site_s_own_passes_no_machine_that_is_hidden() -> None:
    """No row speaks against these either."""
    query = "resources | where type has '/' and name == 'x' | project id"
    config = {"query": query, "may_be_empty": True}
    outcomes = outcomes_without_rights("resource_graph", per_machine="id", **config)
    answers = {(o.machine or "").rpartition("/")[2]: o.status for o in outcomes}
    assert answers == {
        "seen-1": Status.PASSED,
        "seen-2": Status.PASSED,
        "seen-arc": Status.PASSED,
        "hidden-1": Status.UNKNOWN,
        "hidden-2": Status.UNKNOWN,
        "hidden-arc": Status.UNKNOWN,
    }
    (outcome,) = outcomes_without_rights("resource_graph", blocks_when="rows", **config)
    assert outcome.status is Status.UNKNOWN


def test_a_share_of_a_group_of_which_members_may_be_hidden_is_unknown() -> None:
    """It would be a share of too few."""
    outcomes = outcomes_without_rights("quorum", by="zone", min_left="50%")
    assert {outcome.status for outcome in outcomes} == {Status.UNKNOWN}


def test_a_fleet_of_which_a_part_is_hidden_is_not_counted() -> None:
    """The run alone is larger than what can be seen."""
    (outcome,) = outcomes_without_rights("blast_radius", max_percent=100)
    assert outcome.status is Status.UNKNOWN
