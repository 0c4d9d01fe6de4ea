"""`patchgate events add`: a topic if there is none, and a subscription as it should be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cli.events.cloud import (
    ACCOUNT,
    APP,
    CONTAINER,
    FUNCTION,
    ID,
    ONE,
    POST,
    PRE,
    TOPIC,
    cloud,
)
from tests.cli.published import hold


def test_topic_and_subscription_are_made_as_the_gate_needs_them() -> None:
    """The topic where the configuration is; the filter where Event Grid looks at it."""
    with cloud('[configuration]\nlocation = "francecentral"') as azure:
        ran = azure.events("add", "--to", APP)
        assert ran.code == 0, ran.err
        topic, made = azure.held(TOPIC), azure.held(f"{TOPIC}/eventSubscriptions/patchgate")
    assert topic["location"] == "francecentral"
    assert topic["properties"]["source"] == ID
    assert topic["properties"]["topicType"] == "Microsoft.Maintenance.MaintenanceConfigurations"
    properties = made["properties"]
    assert properties["filter"]["includedEventTypes"] == [PRE, POST]
    assert properties["destination"]["endpointType"] == "AzureFunction"
    assert properties["destination"]["properties"]["resourceId"] == FUNCTION
    assert properties["eventDeliverySchema"] == "EventGridSchema"
    assert properties["retryPolicy"] == {"maxDeliveryAttempts": 10, "eventTimeToLiveInMinutes": 30}
    assert properties["provisioningState"] == "Succeeded"
    assert "deadLetterDestination" not in properties
    assert "made system topic Weekly-events" in ran.words
    assert "patchgate: pre, post to function gate-app/maintenance_event" in ran.words


def test_the_topic_that_there_is_is_used() -> None:
    """A source has one topic, whatever its name is and whoever made it."""
    with cloud(ONE) as azure:
        ran = azure.events("add", "second", "--to", APP, "--function", "mine", "--types", "pre")
        assert ran.code == 0, ran.err
        assert [seen.path for seen in azure.writes()] == [f"{TOPIC}/eventSubscriptions/second"]
        told = azure.events("list", "--json").json
    assert "uses system topic Weekly-events" in ran.words
    assert told["counts"] == {"pre": 2, "post": 1}
    assert told["subscriptions"][1]["endpoint"] == f"{APP}/functions/mine"


def test_a_webhook_and_dead_letters_are_set_up_and_json_tells_no_secret() -> None:
    """The key in a webhook's query is for Event Grid alone."""
    url = "https://hooks.example/gate?code=t0p-s3cret"
    with cloud() as azure:
        ran = azure.events(
            "add", "hook", "--to", url, "--types", "post", "--dead-letter", CONTAINER, "--json"
        )
        assert ran.code == 0, ran.err
        made = azure.held(f"{TOPIC}/eventSubscriptions/hook")["properties"]
    hold(ran.json, "events-add")
    assert ran.json["topic_made"] is True
    assert ran.json["warnings"] == []
    assert ran.json["subscription"]["endpoint"] == "https://hooks.example/gate"
    assert ran.json["subscription"]["dead_letter"] == CONTAINER
    assert "s3cret" not in ran.out + ran.err
    assert made["destination"]["properties"]["endpointUrl"] == url
    assert made["filter"]["includedEventTypes"] == [POST]
    assert made["deadLetterDestination"] == {
        "endpointType": "StorageBlob",
        "properties": {"resourceId": ACCOUNT, "blobContainerName": "events"},
    }


def test_it_warns_if_the_next_run_is_so_near_that_azure_would_cancel_it() -> None:
    """The run's machines and schedule are fixed 40 minutes before it starts."""
    with cloud(starts_in=timedelta(minutes=25)) as azure:
        ran = azure.events("add", "--to", APP, "--json")
    assert ran.code == 0
    (warning,) = ran.json["warnings"]
    assert warning.startswith("the next run starts in 2")
    assert "Azure would cancel that run" in warning
    assert f"patchgate: {warning}\n" == ran.err


@pytest.mark.parametrize("starts_in", [timedelta(minutes=45), timedelta(minutes=-45)])
def test_it_does_not_warn_of_a_run_that_is_far_away_or_under_way(starts_in: timedelta) -> None:
    with cloud(starts_in=starts_in) as azure:
        ran = azure.events("add", "--to", APP)
    assert (ran.code, ran.err) == (0, "")


def test_a_schedule_that_is_not_understood_is_no_reason_to_stop() -> None:
    """But nobody is told that the next run is far away."""
    with cloud('[configuration.window]\nrecurEvery = "whenever"') as azure:
        ran = azure.events("add", "--to", APP)
    assert ran.code == 0
    assert "when the next run starts cannot be told" in ran.err


def test_a_name_that_is_taken_is_left_alone() -> None:
    """To make it again would change it, which is what `edit` is for."""
    with cloud(f'{ONE}name = "patchgate"') as azure:
        ran = azure.events("add", "--to", APP)
        assert azure.writes() == []
    assert ran.code == 1
    assert "patchgate is there already: patchgate events edit changes it" in ran.err


def test_a_webhook_that_fails_its_handshake_is_said_and_so_is_what_was_made() -> None:
    """The topic stays, and the next `add` uses it."""
    with cloud() as azure:
        ran = azure.events("add", "--to", "https://nobody.invalid/gate")
        again = azure.events("add", "second", "--to", APP)
    assert ran.code == 3
    assert "cannot make the event subscription patchgate: Azure could not do it" in ran.err
    assert "handshake failed" in ran.err
    assert "as it stands: the system topic Weekly-events was made" in ran.err
    assert f"look with patchgate events list --configuration {ID}" in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert (again.code, "uses system topic" in again.words) == (0, True)


def test_what_azure_shows_afterwards_counts_and_not_that_it_said_yes() -> None:
    """Another answer to the read-back: it would get all events, and go elsewhere."""
    body = (
        '{"id": "/x", "name": "patchgate", "properties": {"provisioningState": "Succeeded", '
        '"destination": {"endpointType": "WebHook"}}}'
    )
    # Reads of configuration, topics and subscriptions (twice); write, status (twice), SDK's read.
    fault = f"[[faults]]\non = 'arm'\ncalls = [9]\nbody = '''{body}'''"
    with cloud(f"{ONE}{fault}") as azure:
        ran = azure.events("add", "--to", APP)
        seen = [one for one in azure.azure.seen if one.what == "arm"]
    assert (seen[8].method, seen[8].path.rpartition("/")[2]) == ("GET", "patchgate")
    assert ran.code == 1
    assert "it gets other events than asked for: all" in ran.words
    assert "its events go elsewhere than asked for" in ran.words


def test_a_name_that_a_topic_may_not_have_is_made_one() -> None:
    """Names of configurations may have underscores and dots."""
    weird = f"{ID[:-6]}a_b.{'c' * 60}"
    with cloud() as azure:
        azure.azure.management.store.put(azure.held(ID) | {"id": weird})
        ran = azure.events("add", "--to", APP, configuration=weird)
    assert ran.code == 0, ran.err
    assert f"system topic a-b-{'c' * 39}-events" in ran.words
