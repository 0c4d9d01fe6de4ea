"""Every machine, and its resource group, is free of alerts that are firing."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

import pytest

from checks import Machine, Verdict
from checks.builtin.active_alerts import ActiveAlerts, active_alerts
from checks.discovery import define
from core.errors import BadPlugin
from plugins.config import config_of
from tests.builders import SUBSCRIPTION
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

NAME = "active_alerts"
SUBSCRIPTIONS = "readable_subscriptions"
VM = vm("a")
EMPTY = {"id": "x", "place": f"{SUBSCRIPTION}/estate", "alert": ""}
RULE = "/subscriptions/s/resourceGroups/Watch/providers/microsoft.insights/metricAlerts/CPU-High"
DATABASE = f"/subscriptions/{SUBSCRIPTION}/resourcegroups/estate/providers/microsoft.sql/servers/s"


def alert(target: str = VM.id, **columns: str) -> Mapping[str, Any]:
    """A row of an alert in the resource group of the machines."""
    known = {
        "alert": "/alerts/1",
        "name": "CPU is high",
        "rule": RULE,
        "severity": "Sev1",
        "state": "New",
        "condition": "Fired",
        "began": "2026-11-28T11:00:00.0000000Z",
    }
    return {**EMPTY, **known, "target": target.lower(), **columns}


def answer(*rows: Mapping[str, Any], machine: Machine = VM, **config: Any) -> Any:
    """What the check says of the machine."""
    run = of_run(machine)
    readable = [{"id": "x", "subscription": SUBSCRIPTION.upper()}]
    graph = SayingGraph({NAME: rows, SUBSCRIPTIONS: readable})
    return active_alerts(run, told(run, ActiveAlerts(**config), graph))[machine.id]


def said(*rows: Mapping[str, Any], machine: Machine = VM, **config: Any) -> str:
    """The same in a word or sentence."""
    return next(iter(statuses({machine.id: answer(*rows, machine=machine, **config)}).values()))


def test_alerts_that_do_not_count_pass() -> None:
    """Of a low severity, closed, resolved, or denied by the policy."""
    policy = tomllib.loads((SCENARIOS / NAME / "gate.toml").read_text(encoding="utf-8"))
    config = policy["checks"][NAME]["config"]
    assert not_passed(ask_in(sample(NAME, "passed"), NAME, config)) == {}
    assert not_passed(ask_in(sample(NAME, "passed"), NAME)) == {
        "web-02": ("blocked", "alert 'Test of the pager' is firing: Sev0, New")
    }


def test_alerts_on_a_machine_or_its_group_block() -> None:
    """A machine in a group of its own is left in peace."""
    assert not_passed(ask_in(sample(NAME, "blocked"), NAME)) == {
        "web-01": ("blocked", "alert 'CPU is high' is firing: Sev1, New"),
        "shop-01": ("blocked", "alert 'Database is down' is firing: Sev0, Acknowledged"),
    }


def test_an_alert_in_a_condition_that_is_not_known_is_unknown() -> None:
    """Azure publishes Fired and Resolved."""
    found = not_passed(ask_in(sample(NAME, "unknown"), NAME))
    assert found["web-01"][0] == "unknown"
    assert "'Flickering'" in found["web-01"][1]


def test_it_costs_two_pages_whatever_the_number_of_machines() -> None:
    """One row for each resource group and alert, and one for each subscription."""
    with site('[[machines]]\nname = "m-{n:04}"\ncount = 1500\n') as world:
        outcomes = world.ask(NAME)
        pages = [seen for seen in world.azure.seen if seen.what == "graph"]
    assert {outcome.status.value for outcome in outcomes} == {"passed"}
    assert (len(outcomes), len(pages)) == (1500, 2 + 2)


@pytest.mark.parametrize("query", [2, 3])
def test_alerts_that_do_not_come_are_no_silence(query: int) -> None:
    """Resource Graph refuses one of the queries: nothing is known."""
    machines = '[[machines]]\nname = "web-{n:02}"\ncount = 2\n'
    faults = f'[[faults]]\non = "graph"\ncalls = [{query}]\nstatus = 400\n'
    (outcome,) = ask_in(machines + faults, NAME)
    assert (outcome.status.value, outcome.machine) == ("unknown", None)


def test_a_subscription_or_group_that_cannot_be_read_hides_its_alerts() -> None:
    """A group without alerts has a row, which is empty."""
    assert said(EMPTY) == "passed"
    assert said() == "Resource Graph shows nothing of its resource group"
    other = vm("a", subscription="9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b")
    assert said(EMPTY, machine=other).endswith("cannot be read: its alerts are hidden")


@pytest.mark.parametrize(
    ("target", "of_machine", "with_group"),
    [
        (VM.id, "blocked", "blocked"),
        (VM.id.upper(), "blocked", "blocked"),
        (f"{VM.id}/extensions/agent", "blocked", "blocked"),
        (f"{VM.id}bc", "passed", "passed"),
        (vm("other").id, "passed", "passed"),
        (arc("a").id, "passed", "passed"),
        (DATABASE, "passed", "blocked"),
        (f"/subscriptions/{SUBSCRIPTION}/resourceGroups/Estate", "passed", "blocked"),
        ("", "passed", "blocked"),
    ],
)
def test_an_alert_counts_for_what_it_is_on(target: str, of_machine: str, with_group: str) -> None:
    """Whether one on the group counts is the site's choice; one on another machine never does."""
    assert said(alert(target), resource_group=False) == of_machine
    assert said(alert(target)) == with_group


@pytest.mark.parametrize(
    ("allow", "deny", "status"),
    [
        (("*",), (), "blocked"),
        (("cpu-*",), (), "blocked"),
        (("disk-*",), (), "passed"),
        (("*",), ("CPU-HIGH",), "passed"),
        (("cpu-*",), ("*-high",), "passed"),
        (("*/resourcegroups/watch/*",), (), "blocked"),
        (("*/resourcegroups/other/*",), (), "passed"),
    ],
)
def test_rules_are_allowed_and_denied_by_globs(
    allow: tuple[str, ...], deny: tuple[str, ...], status: str
) -> None:
    """On the rule's name, or with a slash on its whole id; a denied one never counts."""
    assert said(alert(), allow=allow, deny=deny) == status


def test_an_alert_without_a_rule_goes_by_its_own_name() -> None:
    """Some services name none."""
    assert said(alert(rule=""), allow=("cpu is *",)) == "blocked"
    assert said(alert(rule="CPU-High"), allow=("cpu-*",)) == "blocked"


def test_alerts_of_long_ago_are_ignored_if_the_site_says_so() -> None:
    """One without a time is not."""
    assert said(alert(), ignore_after_hours=0.5) == "passed"
    assert said(alert(), ignore_after_hours=2) == "blocked"
    assert said(alert(began=""), ignore_after_hours=0.5) == "blocked"


def test_the_worst_alert_is_named_and_the_others_are_counted() -> None:
    """With what was seen as evidence."""
    verdict = answer(alert(), alert(DATABASE, severity="Sev0", name="Down"), alert())
    assert isinstance(verdict, Verdict)
    assert verdict.reason == "alert 'Down' is firing: Sev0, New (and 2 more)"
    assert verdict.evidence["alerts"] == 3
    assert verdict.evidence["target"] == DATABASE


def test_severities_and_states_are_the_sites_choice() -> None:
    """They are part of the query."""
    scenario = sample(NAME, "passed")
    found = not_passed(ask_in(scenario, NAME, {"severities": ["Sev3"], "states": ["New"]}))
    assert found == {"web-01": ("blocked", "alert 'Disk is filling' is firing: Sev3, New")}
    closed = not_passed(ask_in(scenario, NAME, {"states": ["Closed"]}))
    assert closed == {"web-01": ("blocked", "alert 'CPU is high' is firing: Sev1, Closed")}


def essentials(**given: str) -> str:
    """An alert on the machine, as Azure writes it: without what is given as empty."""
    known = {
        "severity": "Sev0",
        "alertState": "New",
        "monitorCondition": "Fired",
        "targetResource": "{machine}",
    } | given
    lines = "".join(f'{name} = "{value}"\n' for name, value in known.items() if value)
    row = 'table = "alertsmanagementresources"\ntype = "microsoft.alertsmanagement/alerts"\n'
    alert_ = f'[[rows]]\nname = "A"\nmachine = "web"\n{row}[rows.properties.essentials]\n{lines}'
    return f'[[machines]]\nname = "web"\n{alert_}'


@pytest.mark.parametrize(("column", "word"), [("severity", "severity"), ("alertState", "state")])
def test_an_alert_that_does_not_say_whether_it_counts_is_unknown(column: str, word: str) -> None:
    """The query must not drop it for that; one that does count outweighs it."""
    unclear = essentials(**{column: ""})
    assert not_passed(ask_in(essentials(), NAME))["web"][0] == "blocked"
    assert not_passed(ask_in(unclear, NAME)) == {
        "web": ("unknown", f"alert 'A' does not say its {word}")
    }
    assert said(alert(**{word: ""}), alert()) == "blocked"


@pytest.mark.parametrize(
    "config",
    [
        {"severities": []},
        {"states": []},
        {"allow": []},
        {"severities": ["Sev5"]},
        {"states": ["Open"]},
        {"ignore_after_hours": 0},
        {"ignore_after_hours": 1e300},
        {"allow": [" "]},
        {"deny": ["nightly-*", ""]},
        {"deny": ["*"]},
    ],
    ids=str,
)
def test_a_config_by_which_no_alert_would_count_is_refused(config: dict[str, Any]) -> None:
    """A slip of the pen must not silence the check."""
    with pytest.raises(BadPlugin):
        config_of(define(active_alerts), config)
