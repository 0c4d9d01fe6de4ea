"""Azure Monitor's metrics of a system topic."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.simulator.management.parts import NEW_TOPIC, TOPIC, made, refused
from tests.simulator.world import START, World, world

METRICS = f"{TOPIC}/providers/Microsoft.Insights/metrics"
QUERY = {
    "api-version": "2018-01-01",
    "timespan": "2026-03-01T00:00:00Z/2026-03-01T03:00:00Z",
    "interval": "PT1H",
    "metricnames": "MatchedEventCount",
    "aggregation": "Total",
}


def asked(azure: World, **query: str) -> list[dict[str, Any]]:
    """The series of the first metric."""
    response = azure.send("GET", METRICS, params={**QUERY, **query})
    assert response.status_code == 200, response.text
    series: list[dict[str, Any]] = response.json()["value"][0]["timeseries"]
    return series


def counted(azure: World) -> None:
    """Three events, of two subscriptions; the middle one at the end of an hour."""
    made(azure, TOPIC, NEW_TOPIC)
    record = azure.azure.management.metrics.record
    for name, minutes in (("gate", -90), ("gate", -1), ("report", 30)):
        at = START + timedelta(minutes=minutes)
        record(TOPIC, "MatchedEventCount", at, EventSubscriptionName=name)


def test_events_are_counted_in_the_interval_in_which_they_were() -> None:
    """An interval without any has no total."""
    with world() as azure:
        counted(azure)
        (whole,) = asked(azure)
    assert whole["metadatavalues"] == []
    assert [(point["timeStamp"], point.get("total")) for point in whole["data"]] == [
        ("2026-03-01T00:00:00Z", 1.0),
        ("2026-03-01T01:00:00Z", 1.0),
        ("2026-03-01T02:00:00Z", 1.0),
    ]


def test_they_can_be_split_by_subscription() -> None:
    with world() as azure:
        counted(azure)
        split = asked(azure, **{"$filter": "EventSubscriptionName eq '*'"})
        first = asked(azure, **{"$filter": "EventSubscriptionName eq '*'", "top": "1"})
        none = asked(azure, metricnames="DroppedEventCount", **{"$filter": "DropReason eq '*'"})
    sums = {
        series["metadatavalues"][0]["value"]: sum(p.get("total", 0) for p in series["data"])
        for series in split
    }
    assert sums == {"gate": 2.0, "report": 1.0}
    assert len(first) == 1
    assert none == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"metricnames": "Eggs"}, "metric: Eggs"),
        ({"metricnames": "PublishSuccessCount", "$filter": "EventSubscriptionName eq '*'"}, "does"),
        ({"interval": "PT7M"}, "interval must be one of"),
        ({"timespan": "yesterday"}, "isoformat"),
    ],
    ids=["no such metric", "no such split", "no such interval", "no such time"],
)
def test_what_azure_monitor_would_not_take_is_refused(query: dict[str, str], words: str) -> None:
    with world() as azure:
        made(azure, TOPIC, NEW_TOPIC)
        response = azure.send("GET", METRICS, params={**QUERY, **query})
        assert refused(response) == (400, "BadRequest")
        assert words in response.text


def test_there_are_none_of_what_is_not_there() -> None:
    with world() as azure:
        assert azure.send("GET", METRICS, params=QUERY).status_code == 404
