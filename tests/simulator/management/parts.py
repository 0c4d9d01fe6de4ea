"""Ids, bodies and waiting, for tests of the management plane."""

from __future__ import annotations

from typing import Any

import requests

from tests.simulator.world import RUN, SUBSCRIPTIONS, World

CONFIGURATION = str(RUN.configuration)
GROUP = f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/Ops"
TOPIC = f"{GROUP}/providers/Microsoft.EventGrid/systemTopics/events"
GATE = f"{TOPIC}/eventSubscriptions/gate"
PRE = "Microsoft.Maintenance.PreMaintenanceEvent"
NEW_TOPIC = {
    "location": "westeurope",
    "properties": {
        "source": CONFIGURATION,
        "topicType": "Microsoft.Maintenance.MaintenanceConfigurations",
    },
}
HOOK = {"endpointType": "WebHook", "properties": {"endpointUrl": "https://h.example/x?code=1"}}


def made(world: World, path: str, body: object) -> dict[str, Any]:
    """Make it, wait until it is made, and answer it as it is then."""
    response = world.send("PUT", path, body)
    assert response.status_code == 201, response.text
    assert wait(world, response)[-1]["status"] == "Succeeded"
    return got(world, path)


def got(world: World, path: str, **query: str) -> dict[str, Any]:
    """What is there."""
    response = world.send("GET", path, params={"api-version": "2025-02-15", **query})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def wait(world: World, response: requests.Response) -> list[dict[str, Any]]:
    """What an operation says each time that it is asked, until it has ended."""
    place = response.headers["Azure-AsyncOperation"].removeprefix(world.url).partition("?")[0]
    said: list[dict[str, Any]] = []
    while not said or said[-1]["status"] == "InProgress":
        said.append(got(world, place))
        assert len(said) < 10
    return said


def refused(response: requests.Response) -> tuple[int, str]:
    """Status and code of a refusal in ARM's form."""
    return response.status_code, response.json()["error"]["code"]
