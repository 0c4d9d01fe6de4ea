"""`patchgate events health`: the counts side by side, and what to do where they differ."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from tests.cli.events.cloud import ONE, TOPIC, Cloud, cloud
from tests.cli.published import hold

NAME = "EventSubscriptionName"


@contextmanager
def counted(scenario: str, *counts: tuple[str, int, float], published: int = 4) -> Iterator[Cloud]:
    """With counts of the subscription named gate: metric, number, hours ago."""
    with cloud(scenario) as azure:
        now = datetime.now(UTC)
        metrics = azure.azure.management.metrics
        if published:
            metrics.record(TOPIC, "PublishSuccessCount", now - timedelta(hours=3), published)
        for metric, number, ago in counts:
            by = {} if metric in ("UnmatchedEventCount", "PublishFailCount") else {NAME: "GATE"}
            metrics.record(TOPIC, metric, now - timedelta(hours=ago), number, **by)
        yield azure


def well(number: int = 4, ago: float = 3) -> tuple[tuple[str, int, float], ...]:
    return ("MatchedEventCount", number, ago), ("DeliverySuccessCount", number, ago)


def test_counts_of_a_day_and_a_week_are_side_by_side() -> None:
    """The topic's are the sums of its subscriptions', which it does not count itself."""
    scenario = f"{ONE}{ONE}name = 'report'\ntypes = ['post']\nmatched = 2\ndelivered = 2\n"
    with counted(scenario, *well(), *well(3, ago=100), published=0) as azure:
        ran, told = azure.events("health"), azure.events("health", "--json").json
    assert ran.code == 0, ran.out
    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert "all 2 / 2 6 / 9 6 / 9 0 / 0 0 / 0 0 / 0" in lines
    assert "gate 4 / 7 4 / 7 0 / 0 0 / 0 0 / 0" in lines
    assert "report 2 / 2 2 / 2 0 / 0 0 / 0 0 / 0" in lines
    assert "✓ what was published was delivered" in ran.out
    hold(told, "events-health")
    assert told["advice"] == []
    gate, _ = told["subscriptions"]
    assert (gate["day"]["matched"], gate["week"]["matched"]) == (4, 7)


@pytest.mark.parametrize(
    ("counts", "says", "do", "level"),
    [
        (
            (("MatchedEventCount", 4, 3), ("DeliverySuccessCount", 3, 3)),
            "1 event matched and not delivered",
            "patchgate doctor",
            "failure",
        ),
        ((*well(), ("DroppedEventCount", 2, 3)), "2 events dropped", "--dead-letter", "failure"),
        (
            (*well(), ("DeadLetteredCount", 1, 90)),
            "1 event never delivered",
            "read them in",
            "failure",
        ),
        (
            (*well(), ("DeliveryAttemptFailCount", 5, 3)),
            "5 attempts failed",
            "the endpoint's own log",
            "warning",
        ),
        (
            (*well(), ("UnmatchedEventCount", 3, 3)),
            "3 events matched no subscription",
            "--types both",
            "warning",
        ),
        (
            (*well(), ("PublishFailCount", 1, 3)),
            "1 event not published",
            "patchgate runs list",
            "failure",
        ),
        (
            (("MatchedEventCount", 4, 3), ("DeliverySuccessCount", 6, 3)),
            "2 events delivered more than once",
            "nothing",
            "note",
        ),
    ],
    ids=["missing", "dropped", "dead letters", "failed", "unmatched", "unpublished", "twice"],
)
def test_where_they_differ_it_says_what_to_do(
    counts: tuple[tuple[str, int, float], ...], says: str, do: str, level: str
) -> None:
    """A note is no reason for alarm: Event Grid delivers at least once."""
    with counted(ONE, *counts) as azure:
        ran, told = azure.events("health"), azure.events("health", "--json").json
    assert says in ran.words
    assert do in ran.words
    assert ran.code == (0 if level == "note" else 1)
    hold(told, "events-health")
    assert level in [each["level"] for each in told["advice"]]


def test_failed_attempts_are_told_by_their_errors() -> None:
    with counted(ONE, *well()) as azure:
        record, now = azure.azure.management.metrics.record, datetime.now(UTC)
        for error, number in (("Unauthorized", 3), ("TimedOut", 1)):
            by = {NAME: "gate", "Error": error}
            record(TOPIC, "DeliveryAttemptFailCount", now - timedelta(hours=1), number, **by)
        ran = azure.events("health")
        told = azure.events("health", "--json").json
    assert "4 attempts failed (" in ran.words
    assert told["subscriptions"][0]["errors"] == {"Unauthorized": 3, "TimedOut": 1}


def test_a_subscription_that_is_gone_still_has_its_counts() -> None:
    """What it missed is part of the picture."""
    with counted(f'{ONE}name = "other"', *well()) as azure:
        ran = azure.events("health")
    assert "gate (gone) 4 / 4" in ran.words


def test_many_subscriptions_are_all_counted() -> None:
    """Azure Monitor gives ten series unless it is asked for more."""
    scenario = "".join(
        f"{ONE}name = 'gate-{n:02}'\nmatched = 1\ndelivered = 1\n" for n in range(12)
    )
    with cloud(scenario) as azure:
        told = azure.events("health", "--json").json
    assert told["all"]["day"]["delivered"] == 12


def test_nothing_published_is_a_note_with_where_to_look() -> None:
    with cloud(ONE) as azure:
        ran = azure.events("health")
    assert ran.code == 0
    assert "nothing was published within 7 days" in ran.words


def test_nobody_told_before_a_run_is_a_failure_whatever_the_counts() -> None:
    with cloud(f"{ONE}types = ['post']") as azure:
        ran = azure.events("health")
    assert ran.code == 1
    assert "nobody is told before a run" in ran.words


def test_without_a_topic_there_is_nothing_to_count() -> None:
    with cloud() as azure:
        ran = azure.events("health")
    assert ran.code == 1
    assert "no event is sent to anybody: patchgate events add" in ran.err


@pytest.mark.parametrize(
    "body",
    [
        '{"value": [{"name": {"value": "MatchedEventCount"}, "timeseries": [], "errorCode": "X"}]}',
        '{"value": [{"name": {"value": "MatchedEventCount"}, "timeseries": [{}]}]}',
        '{"value": 5}',
        "{}",
    ],
    ids=["error", "no data", "no list", "nothing"],
)
def test_metrics_that_cannot_be_read_are_not_zeros(body: str) -> None:
    """No answer is never "all is well"."""
    with cloud(f"{ONE}[[faults]]\non = 'arm'\ncalls = [5]\nbody = '''{body}'''") as azure:
        ran = azure.events("health")
    assert ran.code == 3
    assert "cannot read the metrics: Azure Monitor:" in ran.err
