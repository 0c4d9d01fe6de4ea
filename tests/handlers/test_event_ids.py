"""The ids of an event: legal, and agreed with one another."""

from __future__ import annotations

from typing import Any

import pytest

from handlers.events import parse_event
from tests.builders import CONFIGURATION, SUBSCRIPTION
from tests.handlers.event_fields import (
    DATA,
    IDS,
    OTHER,
    event_grid,
    refusal_of,
    with_field,
)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rg-patching", ".."),
        ("rg-patching", "%2e%2e"),
        ("/providers", "//providers"),
        ("/subscriptions", "https://evil.example/subscriptions"),
        ("/subscriptions", "//evil.example/subscriptions"),
        ("/subscriptions", "@evil.example/subscriptions"),
        ("weekly-prod", "weekly?x=y"),
        ("weekly-prod", "weekly#prod"),
        ("weekly-prod", "week@prod"),
        ("weekly-prod", "weekly'prod"),
        ("weekly-prod", 'weekly"prod'),
        ("weekly-prod", "weekly%2fprod"),
        ("weekly-prod", "weekly\nprod"),
        ("weekly-prod", "weekly\0prod"),
        ("Microsoft.Maintenance", "Microsoft.Compute"),
        ("maintenanceConfigurations", "virtualMachines"),
        (SUBSCRIPTION, "production"),
    ],
)
def test_an_id_that_is_not_of_its_form_is_named(name: str, old: str, new: str) -> None:
    """Before any part of it is used anywhere."""
    good = DATA.get(name, CONFIGURATION)
    assert isinstance(good, str)
    bad = good.replace(old, new, 1)
    assert bad != good
    error = refusal_of(with_field(name, bad))
    assert error.field.startswith(name)


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("around", ["{}\n", "\n{}", " {}", "{}\t", "{}/", "{}\0", "{}.", "{}?"])
def test_nothing_stands_around_an_id(name: str, around: str) -> None:
    """Not even a newline that a careless reader would strip."""
    good = DATA.get(name, CONFIGURATION)
    assert refusal_of(with_field(name, around.format(good))).field.startswith(name)


@pytest.mark.parametrize("run", ["default", "DEFAULT", "..", "", "x/y", "x" * 200])
def test_the_run_of_a_correlation_id_has_a_legal_name(run: str) -> None:
    """`default` would start host maintenance instead of cancelling anything."""
    bad = DATA["CorrelationId"]
    assert isinstance(bad, str)
    error = refusal_of(event_grid(CorrelationId=bad.replace("20261128030000", run)))
    assert error.field.startswith("CorrelationId")


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    ("old", "new"),
    [("weekly-prod", "weekly-test"), ("rg-patching", "rg-other"), (SUBSCRIPTION, OTHER)],
)
def test_ids_that_disagree_are_refused(name: str, old: str, new: str) -> None:
    """An event cannot speak of one schedule and cancel a run of another."""
    good = DATA.get(name, CONFIGURATION)
    assert isinstance(good, str)
    error = refusal_of(with_field(name, good.replace(old, new)))
    assert error.field in ("CorrelationId", "topic (source)")
    assert new in str(error)


def test_ids_that_differ_in_case_agree() -> None:
    """Azure mixes cases inside one event."""
    envelope = event_grid(MaintenanceConfigurationId=CONFIGURATION.upper())
    event = parse_event({**envelope, "topic": CONFIGURATION.lower()})
    assert event.run == parse_event(event_grid()).run


def test_subscriptions_are_counted_once() -> None:
    """In any case, in the order given."""
    ids = [OTHER.upper(), SUBSCRIPTION, OTHER]
    assert parse_event(event_grid(ResourceSubscriptionIds=ids)).subscriptions == (
        OTHER,
        SUBSCRIPTION,
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        SUBSCRIPTION,
        {},
        [None],
        [5],
        ["production"],
        [SUBSCRIPTION + "\n"],
        [SUBSCRIPTION, f"{SUBSCRIPTION}' or 1"],
        [[SUBSCRIPTION]],
        [SUBSCRIPTION] * 10_001,
    ],
)
def test_subscriptions_that_are_none_are_named(value: Any) -> None:
    """They must be a list of GUIDs, and not a flood of them."""
    error = refusal_of(event_grid(ResourceSubscriptionIds=value))
    assert error.field.startswith("ResourceSubscriptionIds")
