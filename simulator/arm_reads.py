"""What Azure Resource Manager tells of machines: lists of VMs, single ones, their instance views.

Sources: https://learn.microsoft.com/rest/api/compute/virtual-machines/list-all,
https://learn.microsoft.com/rest/api/compute/virtual-machines/instance-view and
https://learn.microsoft.com/rest/api/hybridcompute/machines/get
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from core.clock import Clock
from simulator.compute.states import State
from simulator.compute.world import Compute
from simulator.estate import Estate, SimulatedMachine
from simulator.messages import Reply, Request, arm_error, not_found

__all__ = ["ArmReads"]

_PAGE = 200
_LIST = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/providers/microsoft\.compute/virtualmachines"
)
_VIEW = "/instanceview"
_OF_A_MACHINE = 9  # parts of the id of one, with the empty part before the first slash
_IN_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)(?:/|$)")


class ArmReads:
    """Reads of one estate, whose machines come and go. Safe to use from several threads."""

    def __init__(self, estate: Estate, compute: Compute, clock: Clock) -> None:
        self._estate, self._compute, self._clock = estate, compute, clock
        self._machines: dict[str, SimulatedMachine] | None = None

    def answer(self, request: Request) -> Reply:
        """Answer a GET about machines, unless `refusal` does."""
        wanted = _LIST.fullmatch(request.key)
        if wanted:
            return self._page(request, wanted["subscription"])
        now = self._clock.now()
        state = self._state(request.key.removesuffix(_VIEW), now)
        if state is None:
            return not_found(request)
        views = self._compute.views
        if not request.key.endswith(_VIEW):
            expanded = request.query.get("$expand", "").lower() == "instanceview"
            return Reply(status=200, body=views.model(state, now, view=expanded))
        group = state.machine.group
        if group.kind != "vm" or "instanceview" in group.absent:
            return not_found(request)
        return Reply(status=200, body=views.instance(state, now))

    def refusal(self, request: Request) -> Reply | None:
        """What is said of a subscription that is not there, or that our identity cannot read."""
        found = _IN_SUBSCRIPTION.match(request.key)
        subscription = found[1] if found else ""
        if subscription not in self._estate.subscriptions:
            message = f"The subscription '{subscription}' could not be found."
            return arm_error(404, "SubscriptionNotFound", message)
        # A machine, or what lies under one or is done to it.
        machine = self._find("/".join(request.key.split("/")[:_OF_A_MACHINE]))
        unreadable = machine is not None and not machine.group.readable
        if subscription in self._estate.hidden or unreadable:
            message = f"The client does not have authorization over scope '{request.path}'."
            return arm_error(403, "AuthorizationFailed", message)
        return None

    def _page(self, request: Request, subscription: str) -> Reply:
        try:
            first = int(request.query.get("$skiptoken", "0"))
        except ValueError:
            return arm_error(400, "BadRequest", "The $skiptoken is not one of ours.")
        view = request.query.get("statusonly", "").lower() == "true"
        now = self._clock.now()
        machines = (one for one in self._estate.machines if _listed(one, subscription))
        states = (self._state(machine.id.key, now) for machine in machines)
        listed = [state for state in states if state is not None]
        page = listed[first : first + _PAGE]
        views = self._compute.views
        body: dict[str, Any] = {"value": [views.model(state, now, view=view) for state in page]}
        following = first + len(page)
        if following < len(listed):
            query = {**request.query, "$skiptoken": str(following)}
            body["nextLink"] = f"http://{request.host}{request.path}?{urlencode(query)}"
        return Reply(status=200, body=body)

    def _state(self, key: str, now: datetime) -> State | None:
        """How a machine of this estate stands; None if there is none of that id, or no longer."""
        if self._find(key) is None:
            return None
        state = self._compute.states.at(key, now)
        return None if state is None or state.deleted else state

    def _find(self, key: str) -> SimulatedMachine | None:
        if self._machines is None:
            self._machines = {machine.id.key: machine for machine in self._estate.machines}
        return self._machines.get(key)


def _listed(machine: SimulatedMachine, subscription: str) -> bool:
    return (
        machine.group.kind == "vm"
        and machine.id.subscription == subscription
        and machine.group.in_table("instanceview")
    )
