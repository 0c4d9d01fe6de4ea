"""A simulator with a scenario, a clock that only the test moves, and a client of its HTTP API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from core.ids import RunId
from core.kql import KqlValue, fill
from simulator import Azure, load_scenario, serve

START = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
END = START + timedelta(hours=3, minutes=55)
SUBSCRIPTIONS = (
    "11111111-1111-1111-1111-111111111111",
    "22222222-2222-2222-2222-222222222222",
)
RUN = RunId.parse(
    f"/subscriptions/{SUBSCRIPTIONS[0]}/resourceGroups/Ops/providers/Microsoft.Maintenance"
    "/maintenanceConfigurations/Weekly/providers/microsoft.maintenance/applyupdates/20260301020000"
)
CANCEL = {"properties": {"status": "Cancel"}}
QUERIES = Path(__file__).parents[2] / "arg_queries"
MACHINES = (
    "resources | where type in~"
    " ('microsoft.compute/virtualmachines', 'microsoft.hybridcompute/machines')"
)
ALL = f"{MACHINES} | project id | order by id asc"


class HandClock:
    """Time stands still until somebody sleeps or moves it."""

    speed = 1.0

    def __init__(self) -> None:
        self._now = START - timedelta(minutes=40)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += timedelta(seconds=seconds)

    def real_seconds(self, until: datetime) -> float:
        return max(0.0, (until - self.now()).total_seconds())

    def move_to(self, moment: datetime) -> None:
        with self._lock:
            self._now = moment


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a test holds: the truth in `azure`, the time in `clock`, and HTTP."""

    azure: Azure
    url: str
    clock: HandClock

    def send(self, method: str, path: str, json: object = None, **other: Any) -> requests.Response:
        """A request with a token and an api-version."""
        other.setdefault("headers", {"Authorization": "Bearer token"})
        other.setdefault("params", {"api-version": "2023-09-01-preview"})
        return requests.request(
            method, self.url + path, json=json, timeout=10, allow_redirects=False, **other
        )

    def graph(
        self,
        kql: str,
        subscriptions: tuple[str, ...] = SUBSCRIPTIONS,
        **options: object,
    ) -> requests.Response:
        """One page of a query; options such as `top` get their dollar here."""
        body = {
            "query": kql,
            "subscriptions": list(subscriptions),
            "options": {_OPTIONS.get(name, name): value for name, value in options.items()},
        }
        return self.send("POST", "/providers/Microsoft.ResourceGraph/resources", body)

    def rows(self, kql: str, **options: Any) -> list[dict[str, Any]]:
        """All rows of a query, page after page."""
        found: list[dict[str, Any]] = []
        for page in self.pages(kql, **options):
            found += page["data"]
        return found

    def pages(self, kql: str, **options: Any) -> Iterator[dict[str, Any]]:
        """All pages of a query."""
        while True:
            response = self.graph(kql, **options)
            assert response.status_code == 200, response.text
            page: dict[str, Any] = response.json()
            yield page
            if "$skipToken" not in page:
                return
            options["skip_token"] = page["$skipToken"]

    @property
    def run_id(self) -> str:
        """The run's id."""
        return str(RUN)

    def cancel(self) -> requests.Response:
        """The cancel call."""
        return self.send("PUT", str(RUN), CANCEL)

    def read(self) -> requests.Response:
        """The read-back."""
        return self.send("GET", str(RUN))

    def status(self) -> str:
        """The run's status as the read-back tells it."""
        return str(self.read().json()["properties"]["status"])


_OPTIONS = {"top": "$top", "skip_token": "$skipToken", "result_format": "resultFormat"}


def query(name: str) -> str:
    """One of the project's own queries, for the run of these tests."""
    text = (QUERIES / f"{name}.kql").read_text(encoding="utf-8")
    values: dict[str, KqlValue] = {
        "run_id": str(RUN),
        "run_ids": [str(RUN)],
        "configuration_id": str(RUN.configuration),
        "since": START - timedelta(hours=1),
        "until": START,
    }
    return fill(text, values)


@contextmanager
def world(scenario: str = "") -> Iterator[World]:
    """A simulator that plays the TOML text, 40 minutes before the run starts."""
    clock = HandClock()
    azure = Azure(load_scenario(scenario), RUN, START, END, SUBSCRIPTIONS, clock)
    with serve(azure) as url:
        yield World(azure=azure, url=url, clock=clock)
