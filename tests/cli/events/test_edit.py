"""`patchgate events edit`: what is said changes, and nothing else."""

from __future__ import annotations

import pytest

from tests.cli.events.cloud import ACCOUNT, APP, CONTAINER, FUNCTION, ONE, PRE, TOPIC, cloud
from tests.cli.published import hold

PROPERTIES = '{ resourceId = "/a/b" }'
KEPT = f"""
    [event_subscriptions.properties.deadLetterDestination]
    endpointType = "StorageBlob"
    properties = {{ resourceId = "{ACCOUNT}", blobContainerName = "old" }}
"""
HOOK = f"""{ONE}
    [event_subscriptions.destination]
    endpointType = "WebHook"
    properties.endpointUrl = "https://h.example/a?code=k3y"
    properties.deliveryAttributeMappings = [
        {{ name = "x-key", type = "Static", properties = {{ value = "s3cret", isSecret = true }} }},
    ]
    [event_subscriptions.properties]
    labels = ["ours"]
    {KEPT}
    [event_subscriptions.properties.filter]
    includedEventTypes = ["{PRE}"]
    subjectBeginsWith = "Night"
"""
GATE = f"{TOPIC}/eventSubscriptions/gate"


def test_other_events_leave_all_other_conditions_in_force() -> None:
    with cloud(HOOK) as azure:
        before = azure.held(GATE)["properties"]
        ran = azure.events("edit", "gate", "--types", "both", "--json")
        after = azure.held(GATE)["properties"]
    assert ran.code == 0, ran.err
    hold(ran.json, "events-edit")
    assert len(after["filter"].pop("includedEventTypes")) == 2
    assert before["filter"].pop("includedEventTypes") == [PRE]
    assert after == before


def test_another_endpoint_and_container_are_shown_when_they_are_in_force() -> None:
    with cloud(HOOK) as azure:
        ran = azure.events("edit", "gate", "--to", APP, "--dead-letter", CONTAINER)
        after = azure.held(GATE)["properties"]
    assert ran.code == 0, ran.err
    assert after["destination"]["properties"]["resourceId"] == FUNCTION
    assert after["deadLetterDestination"]["properties"]["blobContainerName"] == "events"
    assert after["labels"] == ["ours"]
    assert "sent to function gate-app/maintenance_event" in ran.words


def test_dead_lettering_can_be_taken_away_and_no_secret_is_lost_on_the_way() -> None:
    """What a read does not show is asked for, since the whole subscription is made anew."""
    with cloud(HOOK) as azure:
        before = azure.held(GATE)["properties"]
        ran = azure.events("edit", "gate", "--dead-letter", "none", "--types", "both")
        after = azure.held(GATE)["properties"]
    assert ran.code == 0, ran.err
    assert "deadLetterDestination" not in after
    assert after["destination"] == before["destination"]
    assert after["filter"]["subjectBeginsWith"] == "Night"
    assert after["labels"] == ["ours"]
    assert len(after["filter"]["includedEventTypes"]) == 2
    assert "k3y" not in ran.out + ran.err
    assert "s3cret" not in ran.out + ran.err


def test_a_destination_that_no_sdk_knows_survives_an_edit() -> None:
    partner = f"""{ONE}
        destination = {{ endpointType = "PartnerDestination", properties = {PROPERTIES} }}
        [event_subscriptions.properties]
        {KEPT}
    """
    with cloud(partner) as azure:
        assert azure.events("edit", "gate", "--dead-letter", "none", "--types", "pre").code == 0
        after = azure.held(GATE)["properties"]
    assert after["destination"] == {
        "endpointType": "PartnerDestination",
        "properties": {"resourceId": "/a/b"},
    }


def test_there_is_nothing_to_take_away_where_nothing_is_kept() -> None:
    with cloud(ONE) as azure:
        assert azure.events("edit", "gate", "--dead-letter", "none").code == 0
        assert azure.writes() == []


def test_nothing_said_is_2_and_nothing_is_asked() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("edit", "gate")
        assert azure.azure.seen == ()
    assert ran.code == 2
    assert "say what to change" in ran.err


def test_an_unknown_name_is_1() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("edit", "other", "--types", "pre")
        assert azure.writes() == []
    assert ran.code == 1
    assert "there are: gate" in ran.err


@pytest.mark.parametrize("change", [("--to", APP), ("--dead-letter", CONTAINER)])
def test_what_is_delivered_as_an_identity_is_not_turned_into_something_else(
    change: tuple[str, str],
) -> None:
    scenario = f"""{ONE}
        destination = {{}}
        [event_subscriptions.properties.deliveryWithResourceIdentity]
        destination = {{ endpointType = "EventHub", properties = {{ resourceId = "/a/b" }} }}
    """
    with cloud(scenario) as azure:
        ran = azure.events("edit", "gate", *change)
        assert azure.writes() == []
    assert ran.code == 1
    assert "add another subscription" in ran.err
