"""Azure Monitor's metrics of a system topic.

Sources: https://learn.microsoft.com/rest/api/monitor/metrics/list and
https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-eventgrid-systemtopics-metrics
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from simulator.management.store import Store
from simulator.messages import Reply, Request, arm_error, not_found

__all__ = ["Metrics"]

_PATH = re.compile(r"(?P<of>/subscriptions/.+)/providers/microsoft\.insights/metrics")
_EACH = re.compile(r"(?P<name>\w+) eq '\*'")
_SERIES = 10  # published: unless `top` says more
_BY_SUBSCRIPTION = frozenset({"EventSubscriptionName"})
# What each can be split by.
_SPLITS: dict[str, frozenset[str]] = {
    "PublishSuccessCount": frozenset(),
    "PublishFailCount": frozenset({"Error", "ErrorType"}),
    "UnmatchedEventCount": frozenset(),
    "MatchedEventCount": _BY_SUBSCRIPTION,
    "DeliverySuccessCount": _BY_SUBSCRIPTION,
    "DeliveryAttemptFailCount": _BY_SUBSCRIPTION | {"Error", "ErrorType"},
    "DroppedEventCount": _BY_SUBSCRIPTION | {"DropReason"},
    "DeadLetteredCount": _BY_SUBSCRIPTION | {"DeadLetterReason"},
}
_GRAINS = {
    "PT1M": timedelta(minutes=1),
    "PT5M": timedelta(minutes=5),
    "PT15M": timedelta(minutes=15),
    "PT30M": timedelta(minutes=30),
    "PT1H": timedelta(hours=1),
    "PT6H": timedelta(hours=6),
    "PT12H": timedelta(hours=12),
    "P1D": timedelta(days=1),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Count:
    of: str
    metric: str
    at: datetime
    number: int
    dimensions: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    metrics: tuple[str, ...]
    split: tuple[str, ...]
    top: int
    begin: datetime
    end: datetime
    grain: timedelta


class Metrics:
    """The desk for counts. Safe to use from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._counts: list[_Count] = []

    def record(self, topic: str, metric: str, at: datetime, number: int = 1, **by: str) -> None:
        """Count something that happened at a topic; `by` are the metric's dimensions."""
        counted = _Count(of=topic.lower(), metric=metric, at=at, number=number, dimensions=by)
        with self._lock:
            self._counts.append(counted)

    def answer(self, request: Request) -> Reply | None:
        """The values of metrics of a resource; None for another path."""
        path = _PATH.fullmatch(request.key)
        if path is None or request.method != "GET":
            return None
        if self._store.get(path["of"]) is None:
            return not_found(request)
        try:
            wanted = _wanted(request)
        except ValueError as error:
            return arm_error(400, "BadRequest", str(error))
        with self._lock:
            counts = [count for count in self._counts if count.of == path["of"]]
        body = {
            "cost": 0,
            "timespan": request.query["timespan"],
            "interval": request.query["interval"],
            "namespace": "Microsoft.EventGrid/systemTopics",
            "value": [_metric(name, wanted, counts, path["of"]) for name in wanted.metrics],
        }
        return Reply(status=200, body=body)


def _wanted(request: Request) -> _Wanted:
    """Raises `ValueError` with what Azure Monitor would not take."""
    metrics = tuple(request.query.get("metricnames", "").split(","))
    condition = request.query.get("$filter", "")
    split = tuple(found["name"] for found in _EACH.finditer(condition))
    for metric in metrics:
        if metric not in _SPLITS:
            raise ValueError(f"Failed to find metric configuration for metric: {metric}")
        if not set(split) <= _SPLITS[metric]:
            raise ValueError(f"Metric: {metric} does not support the dimensions {', '.join(split)}")
    if request.query.get("interval") not in _GRAINS:
        raise ValueError(f"The interval must be one of {', '.join(_GRAINS)}")
    begin, _, end = request.query.get("timespan", "").partition("/")
    return _Wanted(
        metrics=metrics,
        split=split,
        top=int(request.query.get("top", str(_SERIES))),
        begin=datetime.fromisoformat(begin),
        end=datetime.fromisoformat(end),
        grain=_GRAINS[request.query["interval"]],
    )


def _metric(name: str, wanted: _Wanted, counts: list[_Count], of: str) -> dict[str, Any]:
    own = [count for count in counts if count.metric == name]
    groups: dict[tuple[str, ...], list[_Count]] = {} if wanted.split else {(): own}
    for count in own if wanted.split else ():
        group = tuple(count.dimensions.get(dimension, "") for dimension in wanted.split)
        groups.setdefault(group, []).append(count)
    return {
        "id": f"{of}/providers/Microsoft.Insights/metrics/{name}",
        "type": "Microsoft.Insights/metrics",
        "name": {"value": name, "localizedValue": name},
        "unit": "Count",
        "timeseries": [_series(group, wanted, groups[group]) for group in [*groups][: wanted.top]],
        "errorCode": "Success",
    }


def _series(group: tuple[str, ...], wanted: _Wanted, counts: list[_Count]) -> dict[str, Any]:
    """A point for every interval; one without events has no total."""
    points = []
    at = wanted.begin
    while at < wanted.end:
        point: dict[str, Any] = {"timeStamp": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}
        total = sum(c.number for c in counts if at <= c.at < min(at + wanted.grain, wanted.end))
        points.append(point | ({"total": float(total)} if total else {}))
        at += wanted.grain
    names = [
        {"name": {"value": name.lower(), "localizedValue": name.lower()}, "value": value}
        for name, value in zip(wanted.split, group, strict=True)
    ]
    return {"metadatavalues": names, "data": points}
