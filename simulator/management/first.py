"""The event subscriptions that a scenario begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from simulator.management.destinations import EVENT_TYPES, complete
from simulator.management.metrics import Metrics
from simulator.management.rules import EventSubscriptionRules
from simulator.management.store import Store, resource
from simulator.rows.row import RunFacts, guid
from simulator.templates import Words, fill_in

__all__ = ["made_from"]

_TYPES = dict(zip(("pre", "post"), EVENT_TYPES, strict=True))
_AGO = timedelta(hours=2)


def made_from(
    rules: Sequence[EventSubscriptionRules], facts: RunFacts, store: Store, metrics: Metrics
) -> None:
    """Hold them, with the topic of their configuration; nothing if there are none."""
    if not rules:
        return
    configuration = facts.run.configuration
    source = store.get(str(configuration)) or {}
    topic = (
        f"/subscriptions/{configuration.subscription}/resourceGroups/{configuration.resource_group}"
        f"/providers/Microsoft.EventGrid/systemTopics/{configuration.name}-events"
    )
    properties = {
        "provisioningState": "Succeeded",
        "source": str(configuration),
        "topicType": "Microsoft.Maintenance.MaintenanceConfigurations",
        "metricResourceId": guid(topic),
    }
    store.put(resource(topic, properties, location=source["location"], tags=None))
    for rule in rules:
        store.put(
            resource(f"{topic}/eventSubscriptions/{rule.name}", _properties(rule, facts, topic))
        )
        _count(rule, facts, topic, metrics)
    published = max(rule.matched for rule in rules)
    if published:
        metrics.record(topic, "PublishSuccessCount", facts.began - _AGO, published)


def _properties(rule: EventSubscriptionRules, facts: RunFacts, topic: str) -> dict[str, object]:
    words = Words(
        run=str(facts.run),
        configuration=str(facts.run.configuration),
        subscription=facts.run.configuration.subscription,
        now=facts.began,
        start=facts.start,
        end=facts.end,
    )
    types = [_TYPES[name] for name in rule.types] or None
    said = {
        "topic": topic,
        "provisioningState": "Succeeded",
        "destination": rule.destination,
        "filter": {"includedEventTypes": types},
        **rule.properties,
    }
    return complete(dict(fill_in(said, words)))


def _count(rule: EventSubscriptionRules, facts: RunFacts, topic: str, metrics: Metrics) -> None:
    counts = {
        "MatchedEventCount": rule.matched,
        "DeliverySuccessCount": rule.delivered,
        "DeliveryAttemptFailCount": rule.failed,
        "DroppedEventCount": rule.dropped,
        "DeadLetteredCount": rule.dead_lettered,
    }
    for metric, number in counts.items():
        if number:
            at = facts.began - _AGO
            metrics.record(topic, metric, at, number, EventSubscriptionName=rule.name)
