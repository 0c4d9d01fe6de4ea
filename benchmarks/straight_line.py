"""The floors that talk to Azure: what a script would do that trusts everything and everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests

from arg_queries.kql import query
from checks import Machine, Verdict, blocked, passed
from core.model import PreMaintenanceEvent, Tags

__all__ = ["cancel", "judge", "session"]

_GRAPH = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
_UP = {"running", "connected"}
_CANCEL = {"properties": {"status": "Cancel"}}


def session() -> requests.Session:
    """One with the token in it, which looks for no proxy."""
    plain = requests.Session()
    plain.trust_env = False
    plain.headers["Authorization"] = "Bearer simulator"
    return plain


def cancel(http: requests.Session, url: str, event: PreMaintenanceEvent) -> None:
    """Send the cancel call, once."""
    address = f"{url}{event.run}?api-version=2023-09-01-preview"
    http.put(address, json=_CANCEL, timeout=30).raise_for_status()


def judge(http: requests.Session, url: str, event: PreMaintenanceEvent) -> list[Verdict]:
    """Find the machines, and look whether each is up and whether it is tagged patch=never."""
    machines = tuple(_machine(row) for row in _rows(http, url, event))
    verdicts = [
        passed() if machine.power in _UP else blocked(f"is {machine.power}") for machine in machines
    ]
    return verdicts + [
        blocked("tagged") if machine.tags.get("patch") == "never" else passed()
        for machine in machines
    ]


def _rows(http: requests.Session, url: str, event: PreMaintenanceEvent) -> Iterator[dict[str, Any]]:
    token: str | None = None
    while True:
        options = {"$top": 1000, "resultFormat": "objectArray"}
        body = {
            "query": query("run_machines", event.run),
            "subscriptions": event.subscriptions,
            "options": {**options, "$skipToken": token} if token else options,
        }
        page = http.post(url + _GRAPH, json=body, timeout=30).json()
        yield from page["data"]
        token = page.get("$skipToken")
        if not token:
            return


def _machine(row: dict[str, Any]) -> Machine:
    parts = row["machineId"].split("/")
    return Machine(
        id=row["machineId"],
        name=parts[8],
        kind="vm" if parts[6] == "Microsoft.Compute" else "arc",
        subscription=parts[2],
        resource_group=parts[4],
        location=row["location"],
        os=row["os"].lower(),
        power=row["power"].rpartition("/")[2].lower(),
        tags=Tags(row["tags"]),
    )
