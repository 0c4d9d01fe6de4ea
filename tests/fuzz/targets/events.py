"""A delivery of Event Grid: whatever its bytes, an event is typed and consistent, or refused."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core import wire
from core.errors import BadEvent, RefusedEvent
from core.ids import ConfigurationId, RunId
from core.model import MaintenanceEvent
from core.settings import Settings
from handlers.accept import accept
from handlers.events import POST, PRE, envelopes, event_type, parse_event
from handlers.keys import is_key
from handlers.orders import AftermathOrder, GateOrder
from handlers.services import Services
from tests.fakes import FakeClock, FakeStarter
from tests.fuzz.parts import is_short_line
from tests.fuzz.targets.ids import is_subscription, strictly_a_run

_TONIGHT = datetime(2026, 11, 28, 2, 22, tzinfo=UTC)
_NOWHERE = Path(__file__).parent / "no-such-folder"
_ORDERS: dict[str, Any] = {"gate": GateOrder, "aftermath": AftermathOrder}


def check(data: bytes) -> None:
    """Nothing is raised but `BadEvent` and `RefusedEvent`; what is accepted is a run's event."""
    understood = _parsed(data)
    starter = FakeStarter()
    services = Services(settings=Settings(), root=_NOWHERE, clock=FakeClock(_TONIGHT))
    log = logging.getLogger("patchgate")
    log.disabled = True
    try:
        asyncio.run(accept(data, starter, services))
    except (BadEvent, RefusedEvent) as error:
        is_short_line(error, 1000)
    except ExceptionGroup as group:
        strange = group.split((BadEvent, RefusedEvent))[1]
        if strange is not None:
            raise strange from None
    finally:
        log.disabled = False
    for story, key, order in starter.started:
        assert is_key(key)
        through = json.loads(json.dumps(order, allow_nan=False))
        assert wire.load(_ORDERS[story], through).event in understood


def _parsed(data: bytes) -> list[MaintenanceEvent]:
    found: list[MaintenanceEvent] = []
    try:
        for envelope in envelopes(data):
            try:
                event = parse_event(envelope)
            except BadEvent as error:
                is_short_line(error, 1000)
                continue
            _is_whole(event, envelope)
            found.append(event)
    except BadEvent as error:
        is_short_line(error, 1000)
    return found


def _is_whole(event: MaintenanceEvent, envelope: Any) -> None:
    assert event_type(envelope) in (PRE, POST)
    strictly_a_run(str(event.run))
    for named in (envelope.get("topic") or envelope.get("source"), str(event.configuration)):
        assert ConfigurationId.parse(named) == event.run.configuration
    spelled = {str(name).lower(): value for name, value in envelope["data"].items()}
    assert RunId.parse(spelled["correlationid"]) == event.run
    assert event.start < event.end
    assert all(moment.tzinfo is UTC for moment in (event.start, event.end, event.event_time))
    assert all(map(is_subscription, event.subscriptions))
