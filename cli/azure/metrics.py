"""How many events Event Grid counted at a system topic: Azure Monitor's metrics.

Sources: https://learn.microsoft.com/rest/api/monitor/metrics/list and
https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-eventgrid-systemtopics-metrics
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cli.azure.connection import Connection
from core.errors import ArmProblem
from core.ids import ArmPath

__all__ = ["READ_METRICS", "Counts", "Measured", "measure"]

READ_METRICS = "Microsoft.Insights/metrics/read"
_API_VERSION = "2018-01-01"
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
# Of the topic as a whole: these cannot be split by subscription.
_OF_TOPIC = {
    "PublishSuccessCount": "published",
    "PublishFailCount": "not_published",
    "UnmatchedEventCount": "unmatched",
}
_OF_SUBSCRIPTION = {
    "MatchedEventCount": "matched",
    "DeliverySuccessCount": "delivered",
    "DeliveryAttemptFailCount": "failed",
    "DroppedEventCount": "dropped",
    "DeadLetteredCount": "dead_lettered",
}
_EACH = "EventSubscriptionName eq '*'"
_MOST = "100"  # series: without it, ten


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Events, but for `failed`, which are attempts. The first three are of a whole topic only."""

    published: int = 0
    not_published: int = 0
    unmatched: int = 0
    matched: int = 0
    delivered: int = 0
    failed: int = 0
    dropped: int = 0
    dead_lettered: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Counts of the last 24 hours and the last 7 days, of a topic or of one subscription.

    `errors`: failed attempts of the 7 days, by what Event Grid calls the error.
    """

    day: Counts = Counts()
    week: Counts = Counts()
    errors: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    metric: str
    split: Mapping[str, str]
    at: datetime
    total: int


def measure(azure: Connection, topic: str) -> tuple[Measured, Mapping[str, Measured]]:
    """The counts of a topic by its id, and of its subscriptions by their names in lower case.

    What the topic as a whole has matched and delivered is the sum of its subscriptions. Raises
    `ArmProblem`.
    """
    asked = _Asked(azure, topic)
    whole = asked.counts(asked.points(tuple(_OF_TOPIC)), _OF_TOPIC)
    split: dict[str, list[_Point]] = defaultdict(list)
    for point in asked.points(tuple(_OF_SUBSCRIPTION), _EACH):
        split[point.split.get("eventsubscriptionname", "").lower()].append(point)
    own = {name: asked.counts(points, _OF_SUBSCRIPTION) for name, points in split.items()}
    if any(one.week.failed for one in own.values()):
        own = asked.with_errors(own)
    return replace(
        whole,
        day=_sum(whole.day, (one.day for one in own.values())),
        week=_sum(whole.week, (one.week for one in own.values())),
    ), own


class _Asked:
    """Metrics of one topic, up to one moment."""

    def __init__(self, azure: Connection, topic: str) -> None:
        self._azure, self._topic = azure, topic
        self._now = azure.clock.now().astimezone(UTC).replace(second=0, microsecond=0)

    def points(self, metrics: Sequence[str], condition: str = "") -> tuple[_Point, ...]:
        """The last week's, hour by hour."""
        query = {
            "timespan": f"{self._now - _WEEK:%Y-%m-%dT%H:%M:%SZ}/{self._now:%Y-%m-%dT%H:%M:%SZ}",
            "interval": "PT1H",
            "metricnames": ",".join(metrics),
            "aggregation": "Total",
        }
        if condition:
            query |= {"$filter": condition, "top": _MOST}
        told = self._azure.reader.get(
            ArmPath.parse(f"{self._topic}/providers/Microsoft.Insights/metrics"),
            api_version=_API_VERSION,
            query=query,
            until=self._azure.soon(),
        )
        return tuple(_points(told))

    def counts(self, points: Sequence[_Point], fields: Mapping[str, str]) -> Measured:
        """Their sums, of the last day and of all."""
        day: dict[str, int] = defaultdict(int)
        week: dict[str, int] = defaultdict(int)
        for point in points:
            name = fields[point.metric]
            week[name] += point.total
            day[name] += point.total if point.at >= self._now - _DAY else 0
        return Measured(day=Counts(**day), week=Counts(**week))

    def with_errors(self, own: Mapping[str, Measured]) -> dict[str, Measured]:
        """With what went wrong at each subscription."""
        errors: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for point in self.points(("DeliveryAttemptFailCount",), f"{_EACH} and Error eq '*'"):
            name = point.split.get("eventsubscriptionname", "").lower()
            errors[name][point.split.get("error", "")] += point.total
        return {
            name: replace(one, errors={k: v for k, v in errors[name].items() if k and v})
            for name, one in own.items()
        }


def _sum(whole: Counts, parts: Iterator[Counts]) -> Counts:
    found = list(parts)
    names = _OF_SUBSCRIPTION.values()
    return replace(whole, **{name: sum(getattr(one, name) for one in found) for name in names})


def _points(told: Mapping[str, Any]) -> Iterator[_Point]:
    """Every point that has a total. Raises `ArmProblem` for an answer of another form."""
    try:
        for metric in told["value"]:
            if metric.get("errorCode", "Success") != "Success":
                raise ArmProblem("Azure Monitor", f"it could not tell: {metric['errorCode']}")
            for series in metric["timeseries"]:
                split = {
                    one["name"]["value"].lower(): str(one["value"])
                    for one in series.get("metadatavalues") or ()
                }
                for point in series["data"]:
                    if point.get("total"):
                        yield _Point(
                            metric=metric["name"]["value"],
                            split=split,
                            at=datetime.fromisoformat(point["timeStamp"]).astimezone(UTC),
                            total=round(point["total"]),
                        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArmProblem("Azure Monitor", f"its answer is not understood: {error!r}") from error
