"""What goes over the wire for topics and event subscriptions, held against Azure's own SDK.

And against the JSON that is published for the portal's readers:
https://learn.microsoft.com/azure/update-manager/pre-post-events-schedule-maintenance-configuration
(with the filter of its second sample where the first has it, and Event Grid looks at it).
"""

from __future__ import annotations

from azure.mgmt.eventgrid import EventGridManagementClient, models

from tests.cli.events.cloud import (
    ACCOUNT,
    APP,
    CONTAINER,
    FUNCTION,
    ID,
    ONE,
    POST,
    PRE,
    SUBSCRIPTION,
    TOPIC,
    Cloud,
    cloud,
)
from tests.cli.wire.sdk import Sent, changes, of_event_grid, sent

GROUP, NAME = "Ops", "Weekly-events"
VERSION = {"api-version": "2025-02-15"}
GATE = f"{TOPIC}/eventSubscriptions/gate"


def of_command(*arguments: str, scenario: str = "") -> list[Sent]:
    """What the command sends to change something."""
    with cloud(scenario) as azure:
        ran = azure.events(*arguments)
        assert ran.code == 0, ran.err
        return changes(azure)


def reads(azure: Cloud) -> list[Sent]:
    return [one for one in sent(azure.azure.seen) if one.method == "GET"]


def test_a_topic_and_a_subscription_are_made_as_published() -> None:
    """The type filter is inside the properties, beside the destination."""
    topic, subscription = of_command("add", "gate", "--to", APP, "--dead-letter", CONTAINER)
    assert topic == Sent(
        method="PUT",
        path=TOPIC,
        query=VERSION,
        body={
            "location": "westeurope",
            "properties": {
                "source": ID,
                "topicType": "Microsoft.Maintenance.MaintenanceConfigurations",
            },
        },
    )
    assert subscription == Sent(
        method="PUT",
        path=GATE,
        query=VERSION,
        body={
            "properties": {
                "destination": {
                    "endpointType": "AzureFunction",
                    "properties": {
                        "resourceId": FUNCTION,
                        "maxEventsPerBatch": 1,
                        "preferredBatchSizeInKilobytes": 64,
                    },
                },
                "filter": {
                    "includedEventTypes": [PRE, POST],
                    "isSubjectCaseSensitive": False,
                },
                "eventDeliverySchema": "EventGridSchema",
                "retryPolicy": {"maxDeliveryAttempts": 10, "eventTimeToLiveInMinutes": 30},
                "deadLetterDestination": {
                    "endpointType": "StorageBlob",
                    "properties": {"resourceId": ACCOUNT, "blobContainerName": "events"},
                },
            }
        },
    )


def test_the_sdk_makes_them_with_the_same_requests() -> None:
    """Built here from the SDK's models, and not by the command's own code."""

    def by_hand(client: EventGridManagementClient) -> None:
        topic = models.SystemTopic(
            location="westeurope",
            source=ID,
            topic_type="Microsoft.Maintenance.MaintenanceConfigurations",
        )
        client.system_topics.begin_create_or_update(GROUP, NAME, topic).result()
        subscription = models.EventSubscription(
            destination=models.WebHookEventSubscriptionDestination(
                endpoint_url="https://h.example/x?code=1"
            ),
            filter=models.EventSubscriptionFilter(included_event_types=[PRE]),
            event_delivery_schema="EventGridSchema",
            retry_policy=models.RetryPolicy(
                max_delivery_attempts=10, event_time_to_live_in_minutes=30
            ),
        )
        client.system_topic_event_subscriptions.begin_create_or_update(
            GROUP, NAME, "gate", subscription
        ).result()

    theirs = [one for one in of_event_grid(by_hand) if one.method == "PUT"]
    ours = of_command("add", "gate", "--to", "https://h.example/x?code=1", "--types", "pre")
    assert ours == theirs


def test_a_change_is_the_sdks_own() -> None:
    """Only what changes is sent."""

    def by_hand(client: EventGridManagementClient) -> None:
        changed = models.EventSubscriptionUpdateParameters(
            destination=models.AzureFunctionEventSubscriptionDestination(resource_id=FUNCTION),
            dead_letter_destination=models.StorageBlobDeadLetterDestination(
                resource_id=ACCOUNT, blob_container_name="events"
            ),
        )
        client.system_topic_event_subscriptions.begin_update(GROUP, NAME, "gate", changed).result()

    theirs = [one for one in of_event_grid(by_hand, ONE) if one.method == "PATCH"]
    assert [one.path for one in theirs] == [GATE]
    ours = of_command("edit", "gate", "--to", APP, "--dead-letter", CONTAINER, scenario=ONE)
    assert ours == theirs


def test_a_removal_is_the_sdks_own() -> None:
    def by_hand(client: EventGridManagementClient) -> None:
        client.system_topic_event_subscriptions.begin_delete(GROUP, NAME, "gate").result()
        client.system_topics.begin_delete(GROUP, NAME).result()

    theirs = of_event_grid(by_hand, ONE)
    assert [one.method for one in theirs] == ["DELETE", "DELETE"]
    assert of_command("remove", "gate", "--yes", "--with-topic", scenario=ONE) == theirs


def test_reads_are_those_of_the_sdk() -> None:
    """Ours are not made by it, since it drops destinations that it does not know."""

    def by_hand(client: EventGridManagementClient) -> None:
        list(client.system_topics.list_by_subscription())
        list(
            client.event_subscriptions.list_by_resource(
                GROUP, "Microsoft.Maintenance", "maintenanceConfigurations", "Weekly"
            )
        )
        list(client.system_topic_event_subscriptions.list_by_system_topic(GROUP, NAME))

    theirs = of_event_grid(by_hand, ONE)
    with cloud(ONE) as azure:
        assert azure.events("list").code == 0
        ours = [one for one in reads(azure) if not one.path.endswith("/Weekly")]
    assert ours == theirs
    assert [one.query for one in ours] == [VERSION] * 3


def test_read_backs_are_those_of_the_sdk() -> None:
    def by_hand(client: EventGridManagementClient) -> None:
        client.system_topic_event_subscriptions.get(GROUP, NAME, "gate")
        client.system_topics.get(GROUP, NAME)

    of_subscription, of_topic = of_event_grid(by_hand, ONE)
    with cloud() as azure:
        assert azure.events("add", "gate", "--to", APP).code == 0
        ours = reads(azure)
    assert ours[-1] == of_subscription
    assert of_topic in ours


def test_metrics_are_asked_for_as_published() -> None:
    """Its SDK is for another endpoint, region by region, which wants tokens of its own."""
    with cloud(f"{ONE}matched = 1\ndelivered = 0\nfailed = 2") as azure:
        assert azure.events("health").code == 1
        whole, split, errors = reads(azure)[-3:]
    for one in (whole, split, errors):
        assert one.path == f"{TOPIC}/providers/Microsoft.Insights/metrics"
        assert one.query["api-version"] == "2018-01-01"
        assert (one.query["interval"], one.query["aggregation"]) == ("PT1H", "Total")
        begin, _, end = one.query["timespan"].partition("/")
        assert begin.endswith("Z")
        assert end.endswith("Z")
    assert whole.query["metricnames"].startswith("PublishSuccessCount,")
    assert "$filter" not in whole.query
    assert split.query["metricnames"].startswith("MatchedEventCount,DeliverySuccessCount,")
    assert split.query["$filter"] == "EventSubscriptionName eq '*'"
    assert errors.query["$filter"] == "EventSubscriptionName eq '*' and Error eq '*'"
    assert SUBSCRIPTION in whole.path
