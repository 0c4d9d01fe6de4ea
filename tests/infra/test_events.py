"""The second stage: what is sent to the app, and what becomes of what does not arrive."""

from __future__ import annotations

import re

import pytest

from cli.azure.event_grid_ids import subscription_name, topic_name
from cli.azure.event_grid_values import POST, PRE, EventSubscription
from tests.infra.bicep import INFRA
from tests.infra.rehearsal import Resource
from tests.infra.world import (
    CONFIGURATIONS,
    ELSEWHERE,
    FAR,
    HERE,
    NIGHTLY,
    WEEKLY,
    of_type,
    stage_two,
    the,
    usual,
    usual_events,
)

SUBSCRIPTION = "Microsoft.EventGrid/systemTopics/eventSubscriptions"
TOPIC = "Microsoft.EventGrid/systemTopics"
ROOT = INFRA.parent


def subscription(made: Resource) -> EventSubscription:
    """As `patchgate doctor` reads it."""
    told = {"id": made.where, "name": made.name, "properties": made.properties}
    return EventSubscription.parse(told)


def test_each_configuration_has_a_topic_beside_it() -> None:
    """Of its own subscription and region: an event source allows no other, and one only."""
    topics = of_type(usual_events(), TOPIC)
    assert [one.properties["source"].lower() for one in topics] == [
        one.lower() for one in CONFIGURATIONS
    ]
    for topic in topics:
        group = topic.where.partition("/providers/")[0]
        assert topic.properties["source"].startswith(group)
        assert topic.properties["topicType"] == "Microsoft.Maintenance.MaintenanceConfigurations"
        assert "resource configurations" in topic.body["location"]
        assert topic.body["location"].endswith(".location>")


@pytest.mark.parametrize("number", range(3))
def test_doctor_is_content_with_every_subscription(number: int) -> None:
    """Both events and no others, for as long as they are of use, and lost ones are kept."""
    found = subscription(of_type(usual_events(), SUBSCRIPTION)[number])
    assert found.event_types == (PRE, POST)
    assert found.conditions == ()
    assert found.schema == "EventGridSchema"
    assert (found.ttl_minutes, found.max_attempts) == (30, 10)
    assert found.expires is None
    assert found.endpoint_type == "AzureFunction"
    assert found.dead_letter is not None
    assert found.dead_letter.endswith("/containers/dead-letters")
    subscription_name(found.name)


def test_the_filter_stands_where_it_is_looked_at() -> None:
    """Inside of properties; beside it, it would be no filter at all."""
    for one in of_type(usual_events(), SUBSCRIPTION):
        assert "filter" not in one.body
        assert set(one.properties["filter"]) == {"includedEventTypes"}


def test_dead_letters_are_written_by_an_identity_that_may() -> None:
    for topic, one in zip(
        of_type(usual_events(), TOPIC), of_type(usual_events(), SUBSCRIPTION), strict=True
    ):
        assert "deadLetterDestination" not in one.properties
        who = one.properties["deadLetterWithResourceIdentity"]["identity"]
        assert who["type"] == topic.body["identity"]["type"] == "UserAssigned"
        assert list(topic.body["identity"]["userAssignedIdentities"]) == [
            who["userAssignedIdentity"]
        ]


def test_stage_two_finds_what_stage_one_has_made() -> None:
    """Every id that it names is that of a resource of stage one, or of a function of the app."""
    made = {one.where.lower() for one in usual()}
    named = {
        found.lower()
        for one in usual_events()
        for found in re.findall(
            rf"{HERE}/resourceGroups/rg-prod/providers/[\w./-]+", repr(one.body)
        )
    }
    function = "/functions/maintenance_event"
    assert len(named) == 5
    assert {name.removesuffix(function) for name in named} <= made
    assert sum(name.endswith(function) for name in named) == 1


def test_the_function_that_events_go_to_is_that_of_the_app() -> None:
    code = (ROOT / "function_app.py").read_text(encoding="utf-8")
    endpoint = subscription(of_type(usual_events(), SUBSCRIPTION)[0]).endpoint
    assert f'@app.function_name("{endpoint.rpartition("/")[2]}")' in code


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_topic_has_the_name_that_the_command_line_gives_it(configuration: str) -> None:
    """So that neither makes a second one, which Azure would refuse."""
    name = the(stage_two([configuration]), TOPIC).name
    assert name == topic_name(configuration.rpartition("/")[2].lower())


def test_a_topic_that_is_there_already_is_used() -> None:
    made = stage_two([WEEKLY, FAR], topicNames={WEEKLY.lower(): "from-the-portal"})
    names = [one.name for one in of_type(made, TOPIC)]
    assert names == ["from-the-portal", "far-events"]


def test_losses_are_alerted_on_beside_each_topic() -> None:
    """A delivery that failed, an event that was dead-lettered, and one that was dropped."""
    alerts = of_type(usual_events(), "Microsoft.Insights/metricAlerts")
    assert len({one.where for one in alerts}) == 3 * len(CONFIGURATIONS)
    metrics = [
        (one.properties["scopes"][0].split("/")[-1], condition["metricName"])
        for one in alerts
        for condition in one.properties["criteria"]["allOf"]
    ]
    assert metrics[:3] == [
        ("weekly-prod-events", "DeliveryAttemptFailCount"),
        ("weekly-prod-events", "DeadLetteredCount"),
        ("weekly-prod-events", "DroppedEventCount"),
    ]
    assert {one.where.split("/")[2] for one in alerts} == {
        HERE.split("/")[2],
        ELSEWHERE.split("/")[2],
    }
    assert all(one.properties["actions"][0]["actionGroupId"] for one in alerts)


def test_failed_deliveries_are_logged() -> None:
    found = of_type(usual_events(), "Microsoft.Insights/diagnosticSettings")
    assert len(found) == len(CONFIGURATIONS)
    assert all(one.properties["logs"][0]["category"] == "DeliveryFailures" for one in found)
    assert NIGHTLY.rpartition("/")[2].replace("_", "-").replace(".", "-") in found[1].where
