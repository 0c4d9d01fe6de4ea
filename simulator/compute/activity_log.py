"""The activity log: who has changed what, and how it ended.

Sources: https://learn.microsoft.com/rest/api/monitor/activity-logs/list (the patterns that $filter
has, and that it needs the start of the time) and
https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema (the entries; those of
one request share correlationId and operationId, and only the first tells of the HTTP request). How
late entries can be read is published as some minutes; the scenario says how many seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.compute.call import Call
from simulator.compute.entries import Entry, entries_of, shown
from simulator.compute.operations import Operation
from simulator.management.lists import page_of
from simulator.messages import Reply, Request, arm_error
from simulator.scenario import ActivityLogRules

__all__ = ["ActivityLog"]

_LIST = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/providers/microsoft\.insights/eventtypes/management"
    r"/values"
)
_TERM = re.compile(r"\s*(?P<field>\w+)\s+(?P<how>eq|ge|le)\s+'(?P<value>[^']*)'\s*")
_FIELDS = {
    "resourcegroupname": "resource_group",
    "resourceuri": "resource_id",
    "resourceid": "resource_id",
    "resourceprovider": "provider",
    "correlationid": "correlation_id",
}
_KEPT = timedelta(days=90)


class ActivityLog:
    """Everything that was written. For one thread at a time."""

    def __init__(self, rules: ActivityLogRules) -> None:
        self._rules = rules
        self._lag = timedelta(seconds=rules.lag)
        self._written: list[tuple[Call, Reply, Operation | None, str]] = []

    def record(self, call: Call, reply: Reply, operation: Operation | None, id_: str) -> None:
        """Remember a write, how it was answered, and the operation that goes on behind it."""
        self._written.append((call, reply, operation, id_))

    def entries(self, now: datetime) -> tuple[Entry, ...]:
        """All entries until now, the oldest first, whether they can be read yet or not."""
        found = (one for written in self._written for one in entries_of(*written, now))
        return tuple(sorted(found, key=lambda one: one.at))

    def answer(self, call: Call) -> Reply | None:
        """The entries that are asked for, the newest first; None for another path."""
        wanted = _LIST.fullmatch(call.request.key)
        if wanted is None or call.request.method != "GET":
            return None
        chosen = _choice(call.request, call.at)
        if isinstance(chosen, str):
            return arm_error(400, "BadRequest", chosen)
        found = [
            entry
            for entry in reversed(self.entries(call.at))
            if entry.subscription == wanted["subscription"]
            and entry.at + self._lag <= call.at
            and chosen.takes(entry)
        ]
        columns = [name for name in call.request.query.get("$select", "").split(",") if name]
        return page_of(call.request, [shown(one, columns) for one in found], self._rules.page_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    begins: datetime
    ends: datetime | None
    equal: Mapping[str, str]

    def takes(self, entry: Entry) -> bool:
        if entry.at < self.begins or (self.ends is not None and entry.at > self.ends):
            return False
        return all(getattr(entry, name).lower() == text for name, text in self.equal.items())


def _choice(request: Request, now: datetime) -> _Choice | str:
    """What the filter chooses, or why Azure does not take it."""
    terms = list(_terms(request.query.get("$filter", "")))
    if None in terms:
        return "The $filter is not one of the published patterns."
    times = {how: value for field, how, value in filter(None, terms) if field == "eventtimestamp"}
    begins, ends = _moment(times.get("ge")), _moment(times.get("le"))
    if begins is None or ("le" in times and ends is None):
        return "The $filter must have eventTimestamp ge 'a time'."
    if begins < now - _KEPT:
        return "The start of the time cannot be more than 90 days ago."
    equal = {
        _FIELDS[field]: value.lower().rstrip("/")
        for field, _, value in filter(None, terms)
        if field in _FIELDS
    }
    return _Choice(begins=begins, ends=ends, equal=equal)


def _terms(text: str) -> Iterator[tuple[str, str, str] | None]:
    """Field, comparison and value; None for what is not among the published."""
    for part in re.split(r"\s+and\s+", text.strip()):
        found = _TERM.fullmatch(part)
        field = found["field"].lower() if found else ""
        legal = field in (*_FIELDS, "eventtimestamp", "eventchannels")
        yield (field, found["how"], found["value"]) if found and legal else None


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
