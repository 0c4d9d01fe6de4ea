"""Stories in every state that the Durable extension may tell of, as it tells of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core import wire
from core.model import PatchResult, Status
from core.report import AftermathReport, RescueReport
from handlers.keys import key_of
from tests.durable_history import told_of
from tests.durable_host import Done
from tests.stories import UNCONFIRMED, Site, at, pre_event, says

__all__ = ["INSTANCES"]

_RUN = pre_event().run


def _blocked(request: Any, now: Any) -> Done:
    return says("fine", Status.BLOCKED, 3, reason="tagged patch=never")


def _gate(name: str, site: Site, **told: Any) -> dict[str, Any]:
    """A gate that was played to its end, under a key of its own."""
    run = replace(_RUN, name=name)
    return {**told_of(site.judge().instance), "instanceId": key_of("gate", run), **told}


def _after(kind: Any, report: Any, status: dict[str, Any]) -> dict[str, Any]:
    return {
        **told_of(Site().judge().instance),
        "instanceId": key_of(kind, _RUN),
        "output": wire.dump(report),
        "customStatus": status,
    }


def _rescue() -> dict[str, Any]:
    report = RescueReport(
        key=key_of("rescue", _RUN),
        run=str(_RUN),
        configuration=str(_RUN.configuration),
        by="watchdog",
        because="its gate has no result",
        cancellation=UNCONFIRMED,
        finished_at=at("03:00"),
    )
    return _after("rescue", report, {"kind": "rescue", "run": str(_RUN), "phase": "done"})


def _aftermath() -> dict[str, Any]:
    report = AftermathReport(
        key=key_of("aftermath", _RUN),
        run=str(_RUN),
        configuration=str(_RUN.configuration),
        ended="installed",
        event_status="Succeeded",
        status="Succeeded",
        message="",
        results=(PatchResult(status="Succeeded", machines=3),),
        finished_at=at("05:00"),
    )
    return _after("aftermath", report, {"kind": "aftermath", "run": str(_RUN), "phase": "waiting"})


_FAILED = "Orchestrator function 'gate' failed: ActivityFailed"
_CANCELS = Site(answers={"fine": _blocked})
INSTANCES: dict[str, dict[str, Any]] = {
    told["instanceId"]: told
    for told in (
        _gate(_RUN.name, _CANCELS),
        _gate("proceeded", Site()),
        _gate("running", Site(), runtimeStatus="Running", output=None),
        _gate("pending", Site(), runtimeStatus="Pending", output=None, customStatus=None),
        _gate("failed", Site(), runtimeStatus="Failed", output=_FAILED),
        _gate("terminated", Site(), runtimeStatus="Terminated", output="{text}"),
        _rescue(),
        _aftermath(),
    )
}
