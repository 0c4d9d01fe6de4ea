"""The management plane as a whole: reads, faults, limits, and what a scenario begins with."""

from __future__ import annotations

import pytest

from core.errors import BadScenario
from simulator import load_scenario
from simulator.management.store import resource
from tests.simulator.management.parts import (
    CONFIGURATION,
    GROUP,
    NEW_TOPIC,
    TOPIC,
    got,
    made,
    refused,
)
from tests.simulator.world import SUBSCRIPTIONS, world


def test_the_runs_configuration_is_there_with_a_window_that_opens_at_the_run() -> None:
    with world('[configuration]\ntags = { ring = "1" }') as azure:
        found = got(azure, CONFIGURATION)
    assert found["type"] == "Microsoft.Maintenance/maintenanceConfigurations"
    assert (found["name"], found["location"], found["tags"]) == (
        "Weekly",
        "westeurope",
        {"ring": "1"},
    )
    assert found["properties"]["maintenanceScope"] == "InGuestPatch"
    assert found["properties"]["maintenanceWindow"] == {
        "startDateTime": "2026-03-01 02:00",
        "expirationDateTime": None,
        "duration": "03:55",
        "timeZone": "UTC",
        "recurEvery": "Week Sunday",
    }


def test_a_scenario_says_more_about_the_configuration() -> None:
    scenario = """
        [configuration]
        scope = "Host"
        location = "norwayeast"
        window = { timeZone = "W. Europe Standard Time", recurEvery = "Day" }
    """
    with world(scenario) as azure:
        found = got(azure, CONFIGURATION)
    assert (found["location"], found["properties"]["maintenanceScope"]) == ("norwayeast", "Host")
    window = found["properties"]["maintenanceWindow"]
    assert (window["timeZone"], window["recurEvery"]) == ("W. Europe Standard Time", "Day")
    assert window["startDateTime"] == "2026-03-01 02:00"


def test_what_is_put_on_the_store_can_be_read_and_listed() -> None:
    """Whatever it is: only what behaves in ways of its own needs a desk of its own."""
    site = f"{GROUP}/providers/Microsoft.Web/sites/gate"
    with world() as azure:
        azure.azure.management.store.put(resource(site, {"state": "Running"}, kind="functionapp"))
        assert got(azure, site.upper())["properties"] == {"state": "Running"}
        listed = got(azure, f"/subscriptions/{SUBSCRIPTIONS[0]}/providers/Microsoft.Web/sites")
        assert [one["id"] for one in listed["value"]] == [site]
        assert azure.send("PUT", site, {}).status_code == 404
        assert azure.send("GET", f"{site}2").status_code == 404


def test_a_subscription_that_is_hidden_or_unknown_is_so_for_all_of_it() -> None:
    unknown = CONFIGURATION.replace(SUBSCRIPTIONS[0], "99999999-9999-9999-9999-999999999999")
    with world("[graph]\nhidden_subscriptions = [1]") as azure:
        assert refused(azure.send("GET", CONFIGURATION)) == (403, "AuthorizationFailed")
        assert refused(azure.send("PUT", TOPIC, NEW_TOPIC)) == (403, "AuthorizationFailed")
        assert refused(azure.send("GET", unknown)) == (404, "SubscriptionNotFound")


def test_an_api_version_is_required_of_every_request() -> None:
    with world() as azure:
        for method in ("GET", "PUT", "DELETE"):
            response = azure.send(method, TOPIC, NEW_TOPIC, params={})
            assert refused(response) == (400, "MissingApiVersionParameter")


def test_faults_of_arm_hit_changes_as_well_and_nothing_is_changed_then() -> None:
    with world("[[faults]]\non = 'arm'\nfirst = 1\nstatus = 500") as azure:
        assert azure.send("PUT", TOPIC, NEW_TOPIC).status_code == 500
        assert azure.send("GET", TOPIC).status_code == 404
        assert [seen.what for seen in azure.azure.seen] == ["arm", "arm"]


def test_changes_use_up_the_limit_of_writes() -> None:
    with world("[arm]\nwrites = 1\nwrites_per_second = 0.1") as azure:
        made(azure, TOPIC, NEW_TOPIC)
        response = azure.send("PUT", TOPIC, NEW_TOPIC)
        assert response.status_code == 429
        assert response.headers["Retry-After"] == "10"
        assert azure.send("GET", TOPIC).status_code == 200


def test_a_scenario_may_begin_with_event_subscriptions_and_their_topic() -> None:
    scenario = """
        [[event_subscriptions]]
        name = "gate"
        types = ["pre"]
        [[event_subscriptions]]
        name = "queue"
        destination.endpointType = "StorageQueue"
        destination.properties.resourceId = "{configuration}"
    """
    with world(scenario) as azure:
        topic = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/Weekly-events"
        gate, queue = got(azure, f"{topic}/eventSubscriptions")["value"]
        assert got(azure, topic)["properties"]["source"] == CONFIGURATION
    assert gate["properties"]["destination"]["properties"]["resourceId"].endswith(
        "maintenance_event"
    )
    assert len(gate["properties"]["filter"]["includedEventTypes"]) == 1
    assert queue["properties"]["destination"]["properties"]["resourceId"] == CONFIGURATION


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[event_subscriptions]]\ntypes = ["during"]', "event_subscriptions[1].types"),
        ("[[event_subscriptions]]\nmatchd = 1", "did you mean matched?"),
        ('[[event_subscriptions]]\nproperties = { x = "{nobody}" }', "{nobody} means nothing"),
        ("[configuration]\nscoop = 'Host'", "did you mean scope?"),
    ],
)
def test_what_is_wrong_with_it_is_named(text: str, words: str) -> None:
    with pytest.raises(BadScenario, match="problem") as caught:
        load_scenario(text)
    assert words in str(caught.value)
