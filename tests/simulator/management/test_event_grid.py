"""System topics and event subscriptions, as Event Grid's management API answers."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from tests.simulator.management.parts import (
    CONFIGURATION,
    GATE,
    GROUP,
    HOOK,
    NEW_TOPIC,
    PRE,
    TOPIC,
    got,
    made,
    refused,
    wait,
)
from tests.simulator.world import SUBSCRIPTIONS, world


def test_a_topic_is_made_step_by_step() -> None:
    """201 says only that it has begun."""
    with world() as azure:
        response = azure.send("PUT", TOPIC, NEW_TOPIC)
        assert response.status_code == 201
        assert response.json()["properties"]["provisioningState"] == "Creating"
        assert [said["status"] for said in wait(azure, response)] == ["InProgress", "Succeeded"]
        assert got(azure, TOPIC)["properties"]["provisioningState"] == "Succeeded"
        assert azure.send("PUT", TOPIC, NEW_TOPIC).status_code == 200


def test_an_operation_ends_also_if_nobody_asks_about_it() -> None:
    with world() as azure:
        azure.send("PUT", TOPIC, NEW_TOPIC)
        azure.clock.sleep(3)
        assert got(azure, TOPIC)["properties"]["provisioningState"] == "Succeeded"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({**NEW_TOPIC, "location": "eastus"}, "location of its source"),
        ({"location": "westeurope"}, "source of a system topic must exist"),
        ({**NEW_TOPIC, "properties": {"source": CONFIGURATION}}, "must exist, and its type"),
        (None, "must exist"),
    ],
    ids=["elsewhere", "no source", "no type", "no body"],
)
def test_a_topic_that_azure_would_not_make_is_refused(body: Any, words: str) -> None:
    with world() as azure:
        response = azure.send("PUT", TOPIC, body)
        assert refused(response) == (400, "InvalidRequest")
        assert words in response.text


def test_a_source_has_one_topic() -> None:
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        response = azure.send("PUT", f"{TOPIC}2", NEW_TOPIC)
        assert refused(response) == (400, "InvalidRequest")
        assert TOPIC in response.text


def test_topics_are_listed_by_subscription_and_by_group() -> None:
    kind = "providers/Microsoft.EventGrid/systemTopics"
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        for scope in (f"/subscriptions/{SUBSCRIPTIONS[0]}", GROUP, GROUP.upper()):
            assert [one["id"] for one in got(azure, f"{scope}/{kind}")["value"]] == [TOPIC]
        for scope in (f"/subscriptions/{SUBSCRIPTIONS[1]}", f"{GROUP}2"):
            assert got(azure, f"{scope}/{kind}") == {"value": []}


def test_a_subscription_has_what_event_grid_takes_for_granted() -> None:
    """All events, a day, thirty attempts; and a filter outside the properties is not looked at."""
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        body = {"properties": {"destination": HOOK}, "filter": {"includedEventTypes": [PRE]}}
        found = made(azure, GATE, body)
    assert found["type"] == "Microsoft.EventGrid/systemTopics/eventSubscriptions"
    properties = found["properties"]
    assert properties["topic"] == TOPIC
    assert properties["filter"] == {"includedEventTypes": None}
    assert properties["retryPolicy"] == {
        "maxDeliveryAttempts": 30,
        "eventTimeToLiveInMinutes": 1440,
    }
    assert properties["eventDeliverySchema"] == "EventGridSchema"


def test_secrets_are_shown_to_those_who_may_ask_for_them_only() -> None:
    """A read tells neither the query of a webhook nor a secret header."""
    header = {"name": "x-key", "type": "Static", "properties": {"value": "k3y", "isSecret": True}}
    inner = {**HOOK["properties"], "deliveryAttributeMappings": [header]}  # type: ignore[dict-item]
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        body = {"properties": {"destination": {**HOOK, "properties": inner}}}
        shown = made(azure, GATE, body)["properties"]["destination"]["properties"]
        assert shown["endpointBaseUrl"] == "https://h.example/x"
        assert "endpointUrl" not in shown
        assert shown["deliveryAttributeMappings"][0]["properties"]["value"] == "Hidden"
        url = azure.send("POST", f"{GATE}/getFullUrl").json()
        assert url == {"endpointUrl": "https://h.example/x?code=1"}
        assert azure.send("POST", f"{GATE}/getDeliveryAttributes").json() == {"value": [header]}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ({}, "destination of the event subscription is missing"),
        ({"destination": {"endpointType": "AzureFunction"}}, "resourceId"),
        ({"destination": {**HOOK, "properties": {"endpointUrl": "http://h.example"}}}, "https"),
        ({"destination": HOOK, "filter": {"includedEventTypes": ["x"]}}, "no such event types: x"),
        ({"destination": HOOK, "retryPolicy": {"maxDeliveryAttempts": 31}}, "1 and 30"),
        ({"destination": HOOK, "retryPolicy": {"eventTimeToLiveInMinutes": 0}}, "1 and 1440"),
    ],
    ids=["nothing", "no function", "no https", "no such event", "too often", "too short"],
)
def test_a_subscription_that_event_grid_would_not_make_is_refused(
    properties: Any, words: str
) -> None:
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        response = azure.send("PUT", GATE, {"properties": properties})
        assert refused(response) == (400, "InvalidRequest")
        assert words in response.text
        assert azure.send("GET", GATE).status_code == 404


def test_a_webhook_that_does_not_answer_fails_the_operation() -> None:
    """Its validation comes after the request was taken on."""
    hook = {**HOOK, "properties": {"endpointUrl": "https://nobody.invalid/"}}
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        response = azure.send("PUT", GATE, {"properties": {"destination": hook}})
        assert response.status_code == 201
        last = wait(azure, response)[-1]
        assert last["status"] == "Failed"
        assert "handshake failed" in last["error"]["message"]
        assert got(azure, GATE)["properties"]["provisioningState"] == "Failed"


def test_a_change_leaves_what_it_does_not_name() -> None:
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        made(azure, GATE, {"properties": {"destination": HOOK, "labels": ["ours"]}})
        response = azure.send("PATCH", GATE, {"filter": {"includedEventTypes": [PRE]}})
        assert response.status_code == 201
        wait(azure, response)
        properties = got(azure, GATE)["properties"]
    assert properties["filter"] == {"includedEventTypes": [PRE]}
    assert properties["labels"] == ["ours"]
    assert properties["destination"]["properties"]["endpointBaseUrl"] == "https://h.example/x"


def test_what_is_removed_goes_step_by_step_and_a_topic_only_when_it_is_empty() -> None:
    """202 says only that it has begun; nothing to remove is 204."""
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        made(azure, GATE, {"properties": {"destination": HOOK}})
        assert refused(azure.send("DELETE", TOPIC)) == (409, "Conflict")
        response = azure.send("DELETE", GATE)
        assert response.status_code == 202
        assert got(azure, GATE)["properties"]["provisioningState"] == "Deleting"
        place = response.headers["Location"].removeprefix(azure.url).partition("?")[0]
        assert [azure.send("GET", place).status_code for _ in range(2)] == [202, 204]
        assert azure.send("GET", GATE).status_code == 404
        assert azure.send("DELETE", GATE).status_code == 204
        assert azure.send("DELETE", TOPIC).status_code == 202
        azure.clock.sleep(3)
        assert azure.send("GET", TOPIC).status_code == 404
        assert azure.send("DELETE", TOPIC).status_code == 204


def test_subscriptions_are_listed_below_their_source_as_well_twenty_at_a_time() -> None:
    """Unless $top says more."""
    scenario = "".join(f'[[event_subscriptions]]\nname = "gate-{n:02}"\n' for n in range(25))
    with world(scenario) as azure:
        place = f"{CONFIGURATION}/providers/Microsoft.EventGrid/eventSubscriptions"
        page = got(azure, place)
        assert len(page["value"]) == 20
        path, _, query = page["nextLink"].removeprefix(azure.url).partition("?")
        rest = azure.send("GET", path, params=dict(parse_qsl(query)))
        names = [one["name"] for one in (*page["value"], *rest.json()["value"])]
        assert names == [f"gate-{n:02}" for n in range(25)]
        assert "nextLink" not in rest.json()
        assert len(got(azure, place, **{"$top": "100"})["value"]) == 25
        wrong = azure.send("GET", place, params={"api-version": "x", "$top": "0"})
        assert refused(wrong) == (400, "BadRequest")
        assert got(azure, place.replace("Weekly", "weekly"))["value"]


def test_nothing_is_under_a_topic_that_is_not_there() -> None:
    with world() as azure:
        for method, path in (("GET", GATE), ("PUT", GATE), ("GET", f"{TOPIC}/eventSubscriptions")):
            response = azure.send(method, path, {"properties": {"destination": HOOK}})
            assert refused(response) == (404, "ResourceNotFound")
