"""Events in both schemas, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.errors import BadEvent
from handlers.events import PRE, parse_event
from tests.builders import CONFIGURATION, SUBSCRIPTION

EVENTS = Path(__file__).parents[2] / "samples" / "events"
OTHER = "9a8b7c6d-2222-4e5f-8a9b-0c1d2e3f4a5b"
DATA = {
    "CorrelationId": f"{CONFIGURATION}/providers/microsoft.maintenance/applyupdates/20261128030000",
    "MaintenanceConfigurationId": CONFIGURATION,
    "StartDateTime": "2026-11-28T03:00:00Z",
    "EndDateTime": "2026-11-28T05:00:00Z",
    "CancellationCutOffDateTime": "2026-11-28T02:59:00Z",
    "ResourceSubscriptionIds": [SUBSCRIPTION, OTHER],
    "Status": "Succeeded",
}
IDS = ["CorrelationId", "MaintenanceConfigurationId", "topic (source)"]
TIMES = ["StartDateTime", "EndDateTime", "CancellationCutOffDateTime", "eventTime"]


def event_grid(kind: str = PRE, **data: Any) -> dict[str, Any]:
    """An event in Event Grid's schema."""
    return {
        "id": "1",
        "topic": CONFIGURATION,
        "subject": "weekly-prod",
        "eventType": kind,
        "eventTime": "2026-11-28T02:22:00.1234567Z",
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "data": {**DATA, **data},
    }


def cloud_event(kind: str = PRE, **data: Any) -> dict[str, Any]:
    """The same as a CloudEvent."""
    return {
        "specversion": "1.0",
        "id": "1",
        "source": CONFIGURATION,
        "subject": "weekly-prod",
        "type": kind,
        "time": "2026-11-28T02:22:00.1234567Z",
        "data": {name[0].lower() + name[1:]: value for name, value in {**DATA, **data}.items()},
    }


def with_field(name: str, value: Any) -> dict[str, Any]:
    """An event in which one field, called as errors call it, has that value."""
    envelope = event_grid()
    if name == "topic (source)":
        envelope["topic"] = value
    elif name in envelope:
        envelope[name] = value
    else:
        envelope["data"][name] = value
    return envelope


def refusal_of(envelope: Mapping[str, Any]) -> BadEvent:
    """Why it cannot be understood."""
    with pytest.raises(BadEvent) as refusal:
        parse_event(envelope)
    assert len(str(refusal.value)) < 800
    assert str(refusal.value).isprintable()
    return refusal.value
