"""A straight-line port of what Microsoft's tutorial does before a run, with a decision at its end.

https://learn.microsoft.com/azure/update-manager/tutorial-webhooks-using-runbooks has a runbook that
asks Resource Graph for the run's VMs, page by page, and then reads the instance view of each of
them, one after the other, to see whether it is running. It starts those that are off; the port
cancels the run instead, by the call of the same page. Both trust everything and everybody. The port
is kind: signing in and choosing a subscription cost nothing, and one connection does for all.

A process of its own. Prints when it began (`time.monotonic`, imports apart), and what it took:
seconds of the processor, megabytes at most, and how many VMs it looked at.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from benchmarks.memory import peak_megabytes

__all__ = ["main", "question"]

_EVENT = Path(__file__).parents[1] / "samples" / "events" / "pre.eventgrid.json"
_GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
_VIEW = "/instanceView?api-version=2024-07-01"
_CANCEL = "?api-version=2023-09-01-preview"
_TIMEOUT = 60.0  # seconds
# Arc servers are left out, as they are in the tutorial.
_QUERY = """maintenanceresources
| where type =~ 'microsoft.maintenance/applyupdates'
| where tostring(properties.correlationId) =~ '{run}'
| where id has '/providers/microsoft.compute/virtualmachines/'
| project id, resourceId = tostring(properties.resourceId)
| order by id asc
"""


def main(url: str) -> None:
    """Look at the VMs of the sample event's run one by one, and cancel the run if any is off."""
    event = json.loads(_EVENT.read_text(encoding="utf-8"))[0]["data"]
    http = requests.Session()
    http.trust_env = False
    http.headers["Authorization"] = "Bearer simulator"
    began, burnt = time.monotonic(), time.process_time()
    machines = list(_machines(http, url, event))
    off = [machine for machine in machines if _power(http, url, machine) != "running"]
    if off:
        cancel = {"properties": {"status": "Cancel"}}
        address = url + event["CorrelationId"] + _CANCEL
        http.put(address, json=cancel, timeout=_TIMEOUT).raise_for_status()
    taken = {
        "began": began,
        "cpu": time.process_time() - burnt,
        "peak": peak_megabytes(),
        "machines": len(machines),
    }
    print(json.dumps(taken))


def question(run: str) -> str:
    """The query for the VMs of a run."""
    return _QUERY.format(run=run)


def _machines(http: requests.Session, url: str, event: dict[str, Any]) -> Iterator[str]:
    token: str | None = None
    while True:
        options: dict[str, Any] = {"$top": 1000, "resultFormat": "objectArray"}
        body = {
            "query": question(event["CorrelationId"]),
            "subscriptions": event["ResourceSubscriptionIds"],
            "options": {**options, "$skipToken": token} if token else options,
        }
        page = http.post(url + _GRAPH, json=body, timeout=_TIMEOUT)
        page.raise_for_status()
        answer = page.json()
        yield from (row["resourceId"] for row in answer["data"])
        token = answer.get("$skipToken")
        if not token:
            return


def _power(http: requests.Session, url: str, machine: str) -> str:
    view = http.get(url + machine + _VIEW, timeout=_TIMEOUT)
    view.raise_for_status()
    codes: list[str] = [status["code"] for status in view.json()["statuses"]]
    return next(code.partition("/")[2] for code in codes if code.startswith("PowerState/"))


if __name__ == "__main__":
    main(*sys.argv[1:])
