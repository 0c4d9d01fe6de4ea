"""The cancel call and its read-back, as Azure Resource Manager answers them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.clock import Clock
from core.ids import RunId
from simulator.messages import Reply, Request, arm_error, not_found
from simulator.run import SimulatedRun
from simulator.scenario import CancelRules

__all__ = ["RunRequests"]


class RunRequests:
    """Requests about one run. Safe to use from several threads."""

    def __init__(self, rules: CancelRules, id_: RunId, run: SimulatedRun, clock: Clock) -> None:
        self._rules, self._id, self._run, self._clock = rules, id_, run, clock

    def cancel(self, request: Request, *, effect: bool) -> Reply:
        """Answer a cancel call, and cancel the run if that shall have an effect."""
        if request.key != str(self._id).lower():
            return not_found(request)
        if not _asks_to_cancel(request.json):
            message = "The request content was invalid: properties.status must be 'Cancel'."
            return arm_error(400, "InvalidRequestContent", message)
        rules = self._rules
        if not effect:
            reply = Reply(status=rules.status, body=self._resource("Cancelled"))
            return replace(reply, note="answered as if it had worked")
        repeated = self._run.cancelled_at(self._clock.now()) is not None
        if not self._run.cancel(self._clock.now()):
            message = "The maintenance run has already started and cannot be cancelled."
            code = "Conflict" if rules.too_late_status == 409 else "BadRequest"
            return arm_error(rules.too_late_status, code, message)
        status = 200 if repeated else rules.status
        return Reply(status=status, body=self._resource("Cancelled"))

    def read(self, request: Request) -> Reply:
        """Answer a read-back."""
        if request.key != str(self._id).lower() or not self._rules.read:
            return not_found(request)
        return Reply(status=200, body=self._resource(self._run.standing(self._clock.now()).status))

    def _resource(self, status: str) -> dict[str, Any]:
        configuration = str(self._id.configuration)
        return {
            "id": str(self._id).lower(),
            "name": self._id.name,
            "type": "Microsoft.Maintenance/applyUpdates",
            "properties": {"status": status, "resourceId": configuration.lower()},
        }


def _asks_to_cancel(body: Any) -> bool:
    properties = body.get("properties") if isinstance(body, dict) else None
    return isinstance(properties, dict) and properties.get("status") == "Cancel"
