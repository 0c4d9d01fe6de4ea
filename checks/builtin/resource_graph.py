"""A query of the site's own: whatever Resource Graph knows can speak against a run.

Facts: https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language (tables)
and .../concepts/work-with-data (a query without `id` has one page of 1,000 rows, and no second).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._kql_sources import sources
from checks.builtin._rows import Row, by_machine, text
from checks.builtin._subscriptions import readable

_PAGE = 1000
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COLUMN = re.compile(r"\{([^{}]+)\}")
_KNOWN = ("run_id", "configuration_id", "start", "end")
# An extension of a machine, its health: such a row means the machine, and matches none.
_BELOW = re.compile(
    r".*/providers/Microsoft\.(?:Compute/virtualMachines|HybridCompute/machines)/[^/]+/",
    re.IGNORECASE,
)
_LONGEST = 100  # characters of a value in a reason
_SHOWN = 8  # columns of the evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGraphQuery:
    r"""A query, and what its rows mean.

    `query`: KQL as Resource Graph takes it. `{run_id}`, `{configuration_id}`, `{start}` and `{end}`
    become literals of the run. Project `id` and order by it, if there can be 1,000 rows.

    `blocks_when`: `rows` or `no rows`: which of them speaks against the run as a whole.

    `per_machine`: instead of it, the column with the ids of machines: a row speaks against its one.

    `max_rows`: with `blocks_when = "rows"`, how many rows are still acceptable.

    `reason`: what to say of a row: `{column}` is what it has there, as in `{name} is {state}`.

    `subscriptions`: whose rows to look at; without any, those of the run.

    `may_be_empty`: whether there may be no row at all of a type (or table) that the query asks for.
    """

    query: str | None = None
    blocks_when: Literal["rows", "no rows"] | None = None
    per_machine: str | None = None
    max_rows: int = 0
    reason: str | None = None
    subscriptions: tuple[str, ...] = ()
    may_be_empty: bool = False

    def __post_init__(self) -> None:
        if self.query is None:
            return
        unknown = [name for name in _PLACE.findall(self.query) if name not in _KNOWN]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in _KNOWN)
            raise ValueError(f"the query has {{{unknown[0]}}}; legal are {known}")
        if not sources(self.query):
            raise ValueError("the query is empty")
        if (self.blocks_when is None) == (self.per_machine is None):
            raise ValueError("say what its rows mean: blocks_when or per_machine, one of the two")
        if self.max_rows < 0 or (self.max_rows and self.blocks_when != "rows"):
            raise ValueError('max_rows is a number from 0, for blocks_when = "rows"')


@check(enabled=False, needs=("Microsoft.Resources/subscriptions/read",))
def resource_graph(
    run: Run, ctx: Context[ResourceGraphQuery]
) -> Verdict | Mapping[str, Verdict | CannotTell]:
    """The site's own query of Resource Graph finds nothing against the run, or its machines.

    Asks: Resource Graph, the `query` of the policy file over the run's subscriptions or those that
    are named. Before it lets the run or a machine pass, each table and type in it is asked for a
    first row, since a type that is misspelled, or that the identity may not read, gives no rows
    either; and `resourcecontainers` for whether the subscriptions that were asked can be read.

    Blocks when: there is a row (or none, as `blocks_when` says); or, with `per_machine`, when a row
    names the machine.

    UNKNOWN when: Resource Graph refuses the query, as for a table that it does not know; not every
    row came; 1,000 rows came without `id`, which may not be all; a row does not name a machine by
    its id in the column `per_machine`; or nothing speaks against the run or the machine, but there
    is no row at all of a type that the query asks for, or no row of the query and it asks for a
    type by other words than `=~`, `==` and `in~` (both unless `may_be_empty`), or a subscription
    that was asked cannot be read: with `per_machine`, that of the machine, or any if its own was
    not asked.

    Skipped when: no query is configured.

    Rights: Reader on whatever the query reads. What the identity may not read is hidden, not
    refused.
    """
    config = ctx.config
    if config.query is None:
        return skipped("no query is configured")
    rows = _ask(ctx, config.query)
    if len(rows) >= _PAGE and not all("id" in row for row in rows):
        raise CannotTell(
            f"{len(rows)} rows came, which may not be all: project id, and order by it"
        )
    if config.per_machine is not None:
        return _of_machines(run, rows, ctx)
    verdict = _of_run(rows, config)
    passes = str(verdict.status) == "passed"
    if passes or not rows:
        _there(ctx, rows)
    if passes and (hidden := _hidden(ctx)):
        raise _unseen(hidden)
    return verdict


def _ask(ctx: Context[ResourceGraphQuery], query: str, **values: str) -> Sequence[Row]:
    return ctx.graph.ask(query, subscriptions=ctx.config.subscriptions or None, **values)


def _asked(ctx: Context[ResourceGraphQuery]) -> frozenset[str]:
    return frozenset(map(str.lower, ctx.config.subscriptions or ctx.run.subscriptions))


def _hidden(ctx: Context[ResourceGraphQuery]) -> frozenset[str]:
    """The subscriptions, of those that were asked, whose rows we cannot see."""
    return _asked(ctx) - readable(ctx.graph, ctx.config.subscriptions or None)


def _unseen(hidden: frozenset[str]) -> CannotTell:
    return CannotTell(
        f"subscription {', '.join(sorted(hidden))} cannot be read: its rows are hidden"
    )


def _there(ctx: Context[ResourceGraphQuery], rows: Sequence[Row]) -> None:
    """See that what the query asks for exists. Raises `CannotTell` that names what does not."""
    if ctx.config.may_be_empty:
        return
    for source in sources(ctx.config.query or ""):
        if source.unread and not rows:
            raise CannotTell(
                f"there is no row, and whether {source.table} has such a type at all cannot be"
                " told: ask for it with type =~, or say may_be_empty = true"
            )
        for type_ in source.types or (None,):
            narrowed = "| where type =~ {type}" if type_ else ""
            values = {"type": type_} if type_ else {}
            first = f"{source.table} {narrowed} | project id | order by id asc | take 1"
            if not _ask(ctx, first, **values):
                what = f"of the type {type_!r} in {source.table}" if type_ else f"in {source.table}"
                raise CannotTell(
                    f"there is no row at all {what}: is it misspelled, or hidden from us?"
                    " If there may be none, say may_be_empty = true"
                )


def _of_run(rows: Sequence[Row], config: ResourceGraphQuery) -> Verdict:
    if config.blocks_when == "no rows":
        return (
            passed(rows=len(rows)) if rows else blocked(config.reason or "the query found no row")
        )
    if len(rows) <= config.max_rows:
        return passed(rows=len(rows))
    more = f", more than {config.max_rows}" if config.max_rows else ""
    said = _said(config.reason, rows[0]) or "the query found"
    return blocked(f"{said} ({len(rows)} rows{more})", **{**_seen(rows[0]), "rows": len(rows)})


def _of_machines(
    run: Run, rows: Sequence[Row], ctx: Context[ResourceGraphQuery]
) -> Mapping[str, Verdict | CannotTell]:
    column = ctx.config.per_machine or ""
    for row in rows:
        if not text(row, column).startswith("/"):
            raise CannotTell(f"a row has {row.get(column)!r} as its {column}, which is no id")
        if _BELOW.match(text(row, column)):
            what = "which lies below a machine: cut it to the machine's own id"
            raise CannotTell(f"a row has {row.get(column)!r} as its {column}, {what}")
    found = by_machine(rows, column)
    against = {
        machine.id: _against(found[machine.id.lower()], ctx.config)
        for machine in run.machines
        if machine.id.lower() in found
    }
    if len(against) == len(run.machines):
        return against
    try:
        _there(ctx, rows)
        hidden = _hidden(ctx)
    except CannotTell as why:
        if not against:
            raise
        return {machine.id: against.get(machine.id, why) for machine in run.machines}
    return {m.id: against.get(m.id) or _without_rows(m, hidden, ctx) for m in run.machines}


def _against(rows: Sequence[Row], config: ResourceGraphQuery) -> Verdict:
    said = _said(config.reason, rows[0]) or "the query found it"
    more = f" (and {len(rows) - 1} more rows)" if len(rows) > 1 else ""
    return blocked(said + more, **_seen(rows[0]))


def _without_rows(
    machine: Machine, hidden: frozenset[str], ctx: Context[ResourceGraphQuery]
) -> Verdict | CannotTell:
    """Its rows would be in its own subscription, or else in any of those that were asked."""
    own = frozenset({machine.subscription.lower()})
    where = hidden & own if own <= _asked(ctx) else hidden
    return _unseen(where) if where else passed()


def _said(template: str | None, row: Row) -> str:
    """The site's words about a row."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return str(row[name])[:_LONGEST] if name in row else f"(no column {name})"

    return _COLUMN.sub(value, template or "")


def _seen(row: Row) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if isinstance(value, str | int | float)}
    return {name: plain[name] for name in list(plain)[:_SHOWN] if name != "reason"}
