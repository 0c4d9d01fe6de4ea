"""Maintenance runs as Resource Graph shows them: how they stand, and what was done by machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from arg_queries.kql import query as app_query
from cli.azure.connection import Connection
from cli.azure.problems import not_answered
from cli.azure.queries import query
from core.errors import BadId, shorten
from core.ids import ConfigurationId, RunId

__all__ = ["Patched", "RunRow", "find_run", "list_runs", "patched", "readable"]

_STATUS, _MESSAGE = 80, 500  # characters of Azure's words that are shown


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run. `status` and `message` are Azure's words; `machines` counts them by their status."""

    id: RunId
    start: datetime | None = None
    end: datetime | None = None
    status: str = ""
    message: str = ""
    machines: Mapping[str, int] = field(default_factory=dict)

    @property
    def machine_count(self) -> int:
        """Machines of which a row can be seen."""
        return sum(self.machines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Patched:
    """What was installed on one machine. Counts are None where Azure does not tell."""

    status: str
    reboot: str
    installed: int | None
    failed: int | None
    pending: int | None
    problem: str


def list_runs(
    azure: Connection, since: datetime, configuration: ConfigurationId | None
) -> tuple[RunRow, ...]:
    """The runs that start after that, latest first; leave in words if the list is not whole."""
    rows = _ask(azure, "list the runs", query("runs", since=since), _home(configuration))
    counts = _counts(azure, since)
    found = [_row(row, counts) for row in rows]
    wanted = [
        run
        for run in found
        if run is not None and (configuration is None or run.id.configuration == configuration)
    ]
    first = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(wanted, key=lambda run: run.start or first, reverse=True))


def find_run(azure: Connection, id_: RunId) -> RunRow | None:
    """One run; None if Resource Graph has no row of it that can be read. Leaves in words."""
    rows = _ask(azure, "read the run", query("run", run_id=str(id_)), _home(id_.configuration))
    machines = _ask(azure, "count its machines", app_query("run_results", id_), None)
    counts = {(id_.key, str(row.get("status") or "")): row.get("machines") for row in machines}
    found = [run for row in rows if (run := _row(row, counts)) is not None and run.id == id_]
    return found[0] if found else None


def patched(azure: Connection, id_: RunId) -> dict[str, Patched]:
    """What was installed, by machine id in lower case. Leaves in words."""
    text = query("run_patches", run_id=str(id_))
    rows = _ask(azure, "read what was installed", text, None)
    return {str(row.get("machine", "")).lower(): _patched(row) for row in rows}


def readable(azure: Connection) -> tuple[str, ...]:
    """The subscriptions that whoever is signed in can read. Leaves in words."""
    rows = _ask(azure, "list the subscriptions", app_query("readable_subscriptions"), None)
    return tuple(str(row.get("subscriptionId", "")).lower() for row in rows)


def _home(configuration: ConfigurationId | None) -> list[str] | None:
    return None if configuration is None else [configuration.subscription.lower()]


def _ask(
    azure: Connection, doing: str, text: str, subscriptions: Sequence[str] | None
) -> tuple[Mapping[str, Any], ...]:
    answer = azure.graph.ask(text, subscriptions, azure.soon())
    if answer.problem is not None:
        not_answered(doing, answer.problem + _next_step(answer.problem, subscriptions))
    return answer.rows


def _next_step(problem: str, subscriptions: Sequence[str] | None) -> str:
    """Resource Graph tells of what went wrong in words alone."""
    if " 403 " in problem:
        own = [f"/subscriptions/{one}" for one in subscriptions or ()]
        return f"; it needs */read (the role Reader) on {', '.join(own) or 'the subscriptions'}"
    return "; try again in a minute" if " 429 " in problem else ""


def _counts(azure: Connection, since: datetime) -> dict[tuple[str, str], Any]:
    rows = _ask(azure, "count their machines", query("run_counts", since=since), None)
    return {
        (str(row.get("run", "")).lower(), str(row.get("status") or "")): row.get("machines")
        for row in rows
    }


def _row(row: Mapping[str, Any], counts: Mapping[tuple[str, str], Any]) -> RunRow | None:
    """None for a row of another kind of maintenance than that of a configuration's run."""
    try:
        id_ = RunId.parse(row.get("correlationId"), "run id")
    except BadId:
        return None
    return RunRow(
        id=id_,
        start=_moment(row.get("start")),
        end=_moment(row.get("end")),
        status=shorten(str(row.get("status") or ""), _STATUS),
        message=shorten(str(row.get("message") or ""), _MESSAGE),
        machines=dict(_of(id_, counts)),
    )


def _of(id_: RunId, counts: Mapping[tuple[str, str], Any]) -> Iterator[tuple[str, int]]:
    for (run, status), number in counts.items():
        if run == id_.key and type(number) is int:
            yield shorten(status or "unknown", _STATUS), number


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _patched(row: Mapping[str, Any]) -> Patched:
    return Patched(
        status=shorten(str(row.get("status") or ""), _STATUS),
        reboot=shorten(str(row.get("reboot") or ""), _STATUS),
        installed=_number(row.get("installed")),
        failed=_number(row.get("failed")),
        pending=_number(row.get("pending")),
        problem=shorten(str(row.get("problem") or ""), _MESSAGE),
    )


def _number(value: object) -> int | None:
    return value if type(value) is int else None
