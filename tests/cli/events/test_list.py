"""`patchgate events list` and `show`: every subscription, whatever it sends to."""

from __future__ import annotations

import pytest

from tests.cli.events.cloud import FUNCTION, ID, ONE, TOPIC, cloud
from tests.cli.published import hold

ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/q"
RELAY = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Relay/namespaces/n"
ALERTS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Insights/actionGroups/ops"
ALERTED = f"properties = {{ severity = 'Sev1', actionGroups = ['{ALERTS}'] }}"
BUS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ServiceBus/namespaces/n"
CHANNEL = (
    "/subscriptions/s/resourceGroups/g/providers/Microsoft.EventGrid/partnerDestinations/their-one"
)


def destination(kind: str, **properties: str) -> str:
    """A scenario with one subscription that sends there."""
    inner = ", ".join(f'{name} = "{value}"' for name, value in properties.items())
    return f"{ONE}destination = {{ endpointType = '{kind}', properties = {{ {inner} }} }}"


def test_a_person_sees_who_gets_which_events_and_how_many_do() -> None:
    scenario = (
        f'{ONE}name = "gate"\n{ONE}name = "report"\ntypes = ["post"]\n{ONE}name = "x"\ntypes = []'
    )
    with cloud(scenario) as azure:
        ran = azure.events("list")
    assert ran.code == 0, ran.err
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    function = "function patchgate/maintenance_event"
    assert f"gate pre, post {function} Succeeded" in lines
    assert f"report post {function} Succeeded" in lines
    assert f"x all {function} Succeeded" in lines
    assert lines[0] == "Weekly: system topic Weekly-events (Ops, westeurope)"
    assert lines[-1] == "3 event subscriptions: 2 for pre events, 3 for post events"


def test_json_tells_all_of_it() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("list", "--json")
    hold(ran.json, "events-list")
    assert ran.json["configuration"] == ID
    assert ran.json["topic"]["id"] == TOPIC
    assert ran.json["counts"] == {"pre": 1, "post": 1}
    (one,) = ran.json["subscriptions"]
    assert one["endpoint"].endswith("/sites/patchgate/functions/maintenance_event")
    assert (one["ttl_minutes"], one["max_attempts"]) == (1440, 30)


def test_nobody_being_told_is_said_with_what_to_do() -> None:
    """Without a pre event there is no gate, and machines are patched as ever."""
    with cloud() as azure:
        ran = azure.events("list")
        told = azure.events("list", "--json").json
    assert ran.code == 0
    assert "nobody is told" in ran.out
    assert f"patchgate events add --configuration {ID}" in ran.out
    hold(told, "events-list")
    assert (told["topic"], told["subscriptions"]) == (None, [])


@pytest.mark.parametrize(
    ("scenario", "words", "endpoint"),
    [
        (
            destination("WebHook", endpointUrl="https://h.example/a?code=x"),
            "webhook",
            "https://h.example/a",
        ),
        (
            destination("StorageQueue", resourceId=ACCOUNT, queueName="in"),
            "storage queue",
            f"{ACCOUNT}, queue in",
        ),
        (
            destination("HybridConnection", resourceId=f"{RELAY}/hybridConnections/h"),
            "hybrid connection n/h",
            None,
        ),
        (
            destination("ServiceBusQueue", resourceId=f"{BUS}/queues/in"),
            "service bus queue n/in",
            None,
        ),
        (
            destination("PartnerDestination", resourceId=CHANNEL),
            "partner destination their-one",
            CHANNEL,
        ),
        (destination("TomorrowsKind", resourceId=CHANNEL), "TomorrowsKind their-one", CHANNEL),
        (
            f"{ONE}[event_subscriptions.destination]\nendpointType = 'MonitorAlert'\n{ALERTED}",
            "monitor alert ops",
            ALERTS,
        ),
    ],
    ids=["webhook", "queue", "hybrid connection", "service bus", "partner", "unknown", "alert"],
)
def test_a_subscription_is_shown_whatever_it_sends_to(
    scenario: str, words: str, endpoint: str | None
) -> None:
    """Also to a kind that no SDK knows yet, and never with the key in a webhook's query."""
    with cloud(scenario) as azure:
        listed, shown = azure.events("list"), azure.events("show", "gate")
        told = azure.events("show", "gate", "--json").json
    assert words in listed.words
    assert words in shown.words
    hold(told, "events-show")
    assert endpoint in (None, told["endpoint"])
    assert "code=x" not in listed.out + shown.out + str(told)


def test_what_is_delivered_as_the_topics_identity_is_shown_as_such() -> None:
    """Its destination stands in another place."""
    scenario = f"""{ONE}
        destination = {{}}
        [event_subscriptions.properties.deliveryWithResourceIdentity]
        identity = {{ type = "SystemAssigned" }}
        destination = {{ endpointType = "EventHub", properties = {{ resourceId = "{BUS}" }} }}
        [event_subscriptions.properties.deadLetterWithResourceIdentity.deadLetterDestination]
        endpointType = "StorageBlob"
        properties = {{ resourceId = "{ACCOUNT}", blobContainerName = "lost" }}
    """
    with cloud(scenario) as azure:
        told = azure.events("show", "gate", "--json").json
        shown = azure.events("show", "gate").words
    assert (told["endpoint_type"], told["endpoint"]) == ("EventHub", BUS)
    assert told["as_identity"] is True
    assert told["dead_letter"] == f"{ACCOUNT}/blobServices/default/containers/lost"
    assert "as the identity of the topic" in shown


def test_all_that_narrows_a_subscription_is_shown() -> None:
    """Another filter than the event type may keep the pre event from a gate."""
    scenario = f"""{ONE}
        [event_subscriptions.properties]
        expirationTimeUtc = "2027-01-01T00:00:00Z"
        [event_subscriptions.properties.filter]
        subjectBeginsWith = "Night"
        includedEventTypes = ["Microsoft.Maintenance.PreMaintenanceEvent"]
        advancedFilters = [
            {{ operatorType = "StringIn", key = "data.Status", values = ["Failed"] }},
        ]
    """
    with cloud(scenario) as azure:
        shown = azure.events("show", "gate")
    words = shown.words
    assert "only if subject begins with 'Night'" in words
    assert "only if data.Status StringIn ['Failed']" in words
    assert "expires 2027-01-01T00:00:00Z" in words
    assert "then kept in nothing" in words
    assert shown.out == "\n".join(line.rstrip() for line in shown.out.splitlines()) + "\n"


def test_more_than_one_page_is_read_to_its_end() -> None:
    """Event Grid gives twenty at a time."""
    scenario = "".join(f'{ONE}name = "gate-{number:02}"\n' for number in range(45))
    with cloud(scenario) as azure:
        told = azure.events("list", "--json").json
    assert len(told["subscriptions"]) == 45
    assert told["counts"]["pre"] == 45


def test_who_may_not_list_all_topics_sees_the_one_beside_the_configuration() -> None:
    """That is where `add` puts it."""
    with cloud(f"{ONE}[[faults]]\non = 'arm'\ncalls = [2]\nstatus = 403") as azure:
        told = azure.events("list", "--json").json
    assert told["topic"]["id"] == TOPIC


def test_who_may_not_list_all_topics_does_not_hear_that_there_is_none() -> None:
    """It may be in another resource group, and a second one cannot be made."""
    with cloud("[[faults]]\non = 'arm'\ncalls = [2]\nstatus = 403") as azure:
        ran = azure.events("list")
    assert ran.code == 3
    assert "it needs Microsoft.EventGrid/systemTopics/read on /subscriptions/" in ran.err


@pytest.mark.parametrize(
    "body",
    ['{"value": [{"id": "/a//b"}]}', '{"value": [{"id": "/a/b"}]}', '{"value": [5]}', "[]"],
    ids=["no path", "another path", "no objects", "no list"],
)
def test_an_answer_that_is_not_understood_is_not_nobody(body: str) -> None:
    with cloud(f"{ONE}[[faults]]\non = 'arm'\ncalls = [2]\nbody = '''{body}'''") as azure:
        ran = azure.events("list")
    assert ran.code == 3
    assert "cannot list the system topics: " in ran.err


def test_an_unknown_name_is_1_and_told_with_those_that_there_are() -> None:
    with cloud(f'{ONE}name = "gate"') as azure:
        ran = azure.events("show", "gaet")
    assert ran.code == 1
    assert ran.err == "patchgate: no event subscription is named 'gaet'; there are: gate\n"


def test_names_compare_without_case() -> None:
    with cloud(f'{ONE}name = "Gate"') as azure:
        assert azure.events("show", "gATE").code == 0


def test_the_function_that_events_go_to_is_told_by_its_id() -> None:
    with cloud() as azure:
        added = azure.events("add", "--to", FUNCTION.partition("/functions/")[0])
        assert added.code == 0, added.err
        assert FUNCTION in azure.events("show", "patchgate").out
