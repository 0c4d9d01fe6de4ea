"""Reports of each kind about the sample run, and how the app tells them."""

from __future__ import annotations

from core.ids import RunId
from core.report import AftermathReport, RescueReport
from handlers.keys import key_of
from tests.cli.reports import BECAUSE, BLOCKED, CONFIGURATION, CONFIRMED, RUN, at, gate

ID = RunId.parse(RUN)
GATE, RESCUE = key_of("gate", ID), key_of("rescue", ID)
CANCELLED = gate("cancelled", key=GATE)
AFTERMATH = AftermathReport(
    key=key_of("aftermath", ID),
    run=RUN,
    configuration=CONFIGURATION,
    ended="failed",
    event_status="Succeeded",
    status="Failed",
    message="one | failed",
    results=(),
    finished_at=at("05:00:00"),
    checks=(BLOCKED,),
    findings=(BECAUSE,),
)
RESCUED = RescueReport(
    key=RESCUE,
    run=RUN,
    configuration=CONFIGURATION,
    by="watchdog",
    because="its gate did not answer",
    cancellation=CONFIRMED,
    finished_at=at("02:40:00"),
)


def told(report: object, state: str = "Completed", **status: str) -> dict[str, object]:
    """What `GET /api/gates/{key}` answers."""
    return {"key": GATE, "state": state, "status": status, "report": report}
