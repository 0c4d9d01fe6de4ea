"""Whatever Azure shows, and whatever a person types: read, or refused by a declared error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cli.azure.event_grid_ids import Container, Function, Webhook, topic_name
from cli.azure.event_grid_values import EventSubscription, Topic
from cli.azure.metrics import Counts, Measured
from cli.events.advice import advice
from cli.events.words import events_of, sent_to
from core.errors import ArmProblem, BadId
from tests.cli.events.cloud import APP, CONTAINER

FIELDS = [
    "id",
    "name",
    "properties",
    "destination",
    "endpointType",
    "endpointUrl",
    "endpointBaseUrl",
    "resourceId",
    "filter",
    "includedEventTypes",
    "advancedFilters",
    "deliveryAttributeMappings",
    "retryPolicy",
    "queueName",
    "eventTimeToLiveInMinutes",
    "deadLetterDestination",
    "deliveryWithResourceIdentity",
    "actionGroups",
    "subjectBeginsWith",
    "provisioningState",
    "expirationTimeUtc",
    "source",
    "location",
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    ),
    max_leaves=15,
)
objects = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=6)
numbers = st.integers(0, 9)
counts = st.builds(
    Counts, published=numbers, matched=numbers, delivered=numbers, failed=numbers, dropped=numbers
)


@given(told=objects)
def test_any_subscription_can_be_told_in_words(told: dict[str, Any]) -> None:
    """One that is not understood must not keep the others from being listed."""
    one = EventSubscription.parse(told)
    assert sent_to(one)
    assert events_of(one.event_types)
    assert "?" not in (one.endpoint if one.endpoint_type == "WebHook" else "")


@given(told=objects)
def test_a_topic_is_read_or_refused(told: dict[str, Any]) -> None:
    try:
        topic = Topic.parse(told)
    except ArmProblem:
        return
    assert topic.id.endswith(f"/{topic.name}")


@pytest.mark.parametrize(
    "parse",
    [lambda text: Function.parse(text, "f"), Webhook.parse, Container.parse],
    ids=["function", "webhook", "container"],
)
@given(text=st.text(max_size=60) | st.sampled_from([APP, CONTAINER]).map(lambda id_: f"{id_}/"))
@example(text="https://h.example/\n")
@example(text=f"{APP}\n")
@example(text=f"{CONTAINER}?x")
def test_what_is_typed_is_read_or_refused(parse: Callable[[str], Any], text: str) -> None:
    """And what is read is one line, for it becomes part of what is sent and shown."""
    try:
        parse(text)
    except BadId:
        return
    assert text.isprintable()


@given(name=st.text(min_size=1, max_size=128))
def test_a_topic_always_gets_a_legal_name(name: str) -> None:
    """3 to 50 letters, digits and hyphens."""
    made = topic_name(name)
    assert 3 <= len(made) <= 50
    assert made.isascii()
    assert made.replace("-", "").isalnum()


@given(week=counts)
def test_counts_that_agree_call_for_nothing_and_others_for_something(week: Counts) -> None:
    """For a subscription to all events."""
    one = EventSubscription.parse({"name": "gate"})
    whole = Measured(week=Counts(published=1))
    said = advice(whole, {"gate": Measured(week=week)}, (one,))
    agrees = week.matched == week.delivered and not (week.failed or week.dropped)
    assert bool(said) != agrees
