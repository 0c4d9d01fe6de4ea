"""Resource Graph's tables, in DuckDB, asked in Resource Graph's own language.

A stored row also says when it appears, which no query may see: queries see views, and the views
know, through two variables, who asks and how late it is. So lag and hidden subscriptions need no
rebuilding of anything. The names of tables are ours, never the caller's.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import duckdb_kql
from duckdb_kql.engine import schema as schema_of

from simulator.dialect import depends_on_time, forbidden, translatable
from simulator.rows.row import Row

__all__ = ["Answer", "BadQuery", "Tables"]

_TENANT = "00000000-0000-4000-8000-000000000000"
_COLUMNS = {
    "id": "VARCHAR",
    "name": "VARCHAR",
    "type": "VARCHAR",
    "tenantId": "VARCHAR",
    "kind": "VARCHAR",
    "location": "VARCHAR",
    "resourceGroup": "VARCHAR",
    "subscriptionId": "VARCHAR",
    "managedBy": "VARCHAR",
    "sku": "JSON",
    "plan": "JSON",
    "properties": "JSON",
    "tags": "JSON",
    "identity": "JSON",
    "zones": "JSON",
    "extendedLocation": "JSON",
}

# Text that is an id and nothing else, and what stands for it while a query is translated.
_ID = re.compile(r"'(/subscriptions/[\w./() -]*)'", re.ASCII)
_PLACE = "~id~"

_EMPTY = ("plan", "extendedLocation")


class BadQuery(Exception):
    """Resource Graph would not take this query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All rows of a query: `types` are DuckDB's, one for each of the columns."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def objects(self, first: int, count: int) -> list[dict[str, Any]]:
        """Some of the rows as Resource Graph writes them."""
        chosen = self.rows[first : first + count]
        return [dict(zip(self.columns, self._plain(row), strict=True)) for row in chosen]

    def _plain(self, row: tuple[Any, ...]) -> list[Any]:
        return [_plain(value, kind) for value, kind in zip(row, self.types, strict=True)]


class Tables:
    """The tables, and the one connection to them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection = duckdb_kql.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._made: set[str] = set()
        self._known: dict[str, str] = {}

    def fill(self, table: str, rows: Sequence[Row], *, part: int = 0) -> None:
        """Replace everything that a part of a table holds; make it, if there is none yet."""
        with self._lock:
            self._make(table, part)
            self._insert(table, rows, part)

    def replace(self, table: str, gone: Sequence[str], rows: Sequence[Row], *, part: int) -> None:
        """Put rows in place of those with these ids, in a part of a table that is filled."""
        if not gone:
            return
        with self._lock:
            self._connection.execute(
                f"DELETE FROM stored_{table} WHERE part = {part:d}"  # noqa: S608
                " AND id IN (SELECT unnest(?::VARCHAR[]))",
                [list(gone)],
            )
            self._insert(table, rows, part)

    def _insert(self, table: str, rows: Sequence[Row], part: int) -> None:
        # Whole columns at once: row by row, ten thousand machines would take seconds.
        texts: dict[int, str] = {}
        columns = list(zip(*(_cells(row, texts) for row in rows), strict=True))
        if not columns:
            return
        names = ", ".join([*(f'"{name}"' for name in _CELLS), "appears", "part"])
        cells = [
            _cell(kind, number, values)
            for number, (kind, values) in enumerate(zip(_KINDS, columns, strict=True))
        ]
        self._connection.execute(
            f"INSERT INTO stored_{table} ({names})"
            f" SELECT {', '.join(c for c, _ in cells)}, {part:d}",
            [value for _, value in cells],
        )

    def _make(self, table: str, part: int) -> None:
        if table in self._made:
            self._connection.execute(
                f"DELETE FROM stored_{table} WHERE part = {part:d}"  # noqa: S608
            )
            return
        columns = ", ".join(f'"{name}" {kind}' for name, kind in _COLUMNS.items())
        self._connection.execute(
            f"CREATE TABLE stored_{table} ({columns}, appears DOUBLE, part INT)"
        )
        self._connection.execute(
            f"CREATE VIEW {table} AS SELECT * EXCLUDE (appears, part) FROM stored_{table}"  # noqa: S608
            " WHERE list_contains(getvariable('readable'), subscriptionId)"
            " AND appears <= getvariable('elapsed')"
        )
        self._made.add(table)

    def ask(self, kql: str, *, readable: Sequence[str], elapsed: float, now: datetime) -> Answer:
        """Run a query to its end. Raises `BadQuery`.

        Only rows of the `readable` subscriptions are there, and only those that have appeared
        within `elapsed` seconds.
        """
        problem = forbidden(kql)
        if problem:
            raise BadQuery(problem)
        with self._lock:
            self._connection.execute("SET VARIABLE readable = ?::VARCHAR[]", [list(readable)])
            self._connection.execute("SET VARIABLE elapsed = ?::DOUBLE", [elapsed])
            try:
                found = self._asked(translatable(kql), now)
                return Answer(
                    columns=tuple(found.columns),
                    types=tuple(str(kind) for kind in found.types),
                    rows=found.fetchall(),
                )
            except (duckdb_kql.KqlError, duckdb.Error) as error:
                raise BadQuery(str(error)) from error

    def _asked(self, kql: str, now: datetime) -> duckdb.DuckDBPyRelation:
        if depends_on_time(kql):
            return duckdb_kql.kql(self._connection, kql, allow_write=False, query_now=now)
        return self._connection.sql(self._sql(kql))

    def _sql(self, kql: str) -> str:
        """The query in DuckDB's language. Those that differ only in ids are translated once."""
        ids: list[str] = []

        def place(found: re.Match[str]) -> str:
            ids.append(found[1])
            return f"'{_PLACE}{len(ids)}.'"

        pattern = _ID.sub(place, kql)
        if pattern not in self._known:
            schema = schema_of(self._connection)
            sql = duckdb_kql.to_sql(pattern, schema=schema, allow_write=False)
            self._known[pattern] = str(sql)
        known = self._known[pattern]
        for number, id_ in enumerate(ids, start=1):
            known = known.replace(f"{_PLACE}{number}.", id_)
        return known


# Resource Graph leaves `plan` and `extendedLocation` empty for all that the simulator has.
_CELLS = {name: kind for name, kind in _COLUMNS.items() if name not in _EMPTY}
_KINDS = (*_CELLS.values(), "DOUBLE")


def _cells(row: Row, texts: dict[int, str]) -> tuple[object, ...]:
    """One row; `texts` remembers those of the tags, which machines of a group share."""
    return (
        row.id,
        row.name,
        row.type,
        _TENANT,
        row.kind,
        row.location,
        row.resource_group,
        row.subscription,
        row.managed_by,
        _json(row.sku),
        _json(row.properties),
        _shared(row.tags, texts),
        _json(row.identity),
        _json(row.zones),
        row.appears,
    )


def _json(value: object) -> str | None:
    return None if value is None else json.dumps(value)


def _shared(value: object, texts: dict[int, str]) -> str | None:
    if value is None:
        return None
    text = texts.get(id(value))
    if text is None:
        text = texts[id(value)] = json.dumps(value)
    return text


def _cell(kind: str, number: int, values: Sequence[object]) -> tuple[str, object]:
    """SQL for a column, and what it holds: one value, if all are the same. Ids never are."""
    if number and values.count(values[0]) == len(values):
        return f"?::{kind}", values[0]
    return f"unnest(?::{kind}[])", list(values)


def _plain(value: Any, kind: str) -> Any:
    if kind == "JSON":
        return None if value is None else json.loads(value)
    if value is None and kind == "VARCHAR":
        return ""  # a Kusto string is never null
    if isinstance(value, (list, tuple)):
        return [_plain(element, kind.removesuffix("[]")) for element in value]
    if isinstance(value, (bool, int, float, str)) or value is None:
        return value
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")
    return str(value)
