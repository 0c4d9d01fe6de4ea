"""The events of a story's run, as Event Grid sends them: pre and post share their id."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from core.model import PreMaintenanceEvent
from handlers.events import POST, PRE, parse_event
from tests.model.story import Delivery, Story
from tests.stories import pre_event

__all__ = ["START", "SUBSCRIPTIONS", "envelope", "event_of"]

START = pre_event().start
SUBSCRIPTIONS = pre_event().subscriptions
_CONFIGURATION = str(pre_event().configuration)
_RUN = f"{_CONFIGURATION}/providers/microsoft.maintenance/applyupdates/{pre_event().run.name}"
_ID = "7c5d04b6-53a3-4a9f-9a24-1c7e1d1f2a30"
_LONG = timedelta(hours=2)


def envelope(story: Story, delivery: Delivery) -> Any:
    """What the trigger is given."""
    one = _one(story, delivery.kind, cloud=delivery.cloud)
    if not delivery.several:
        return one
    return [{**one, "eventType": "Other", "type": "Other"}, one]


def event_of(story: Story) -> PreMaintenanceEvent:
    """The pre event, parsed."""
    return _event(story.cut_off, story.lead)


@cache
def _event(cut_off: float, lead: float) -> PreMaintenanceEvent:
    event = parse_event(_one(Story(cut_off=cut_off, lead=lead), "pre", cloud=False))
    assert isinstance(event, PreMaintenanceEvent)
    return event


def _one(story: Story, kind: str, *, cloud: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "CorrelationId": _RUN,
        "MaintenanceConfigurationId": _CONFIGURATION,
        "StartDateTime": _stamp(START),
        "EndDateTime": _stamp(START + _LONG),
        "ResourceSubscriptionIds": list(SUBSCRIPTIONS),
    }
    if kind == "pre":
        data["CancellationCutOffDateTime"] = _stamp(START - timedelta(seconds=story.cut_off))
    else:
        data["Status"] = "Succeeded"
    if not story.pascal:
        data = {name[0].lower() + name[1:]: value for name, value in data.items()}
    type_ = PRE if kind == "pre" else POST
    time = _stamp(START - timedelta(seconds=story.lead))
    shared = {"id": _ID, "subject": "weekly-prod", "data": data}
    if cloud:
        own = {"specversion": "1.0", "source": _CONFIGURATION, "type": type_, "time": time}
    else:
        own = {
            "topic": _CONFIGURATION,
            "eventType": type_,
            "eventTime": time,
            "dataVersion": "1.0",
            "metadataVersion": "1",
        }
    return {**shared, **own}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
