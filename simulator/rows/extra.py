"""Rows that a scenario adds to any table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from core.ids import MachineId
from simulator.estate import Estate
from simulator.rows.row import Row, RunFacts
from simulator.scenario import ExtraRow
from simulator.templates import Words, fill_in

__all__ = ["extra_rows"]


def extra_rows(estate: Estate, facts: RunFacts, table: str) -> Iterator[Row]:
    """The scenario's own rows of that table, with everything in braces written out."""
    machines = {machine.id.name.lower(): machine for machine in estate.machines}
    words = Words(
        run=str(facts.run),
        configuration=str(facts.run.configuration),
        now=facts.began,
        start=facts.start,
        end=facts.end,
    )
    for number, (wanted, subscription) in enumerate(estate.extra, start=1):
        if wanted.table == table:
            machine = machines[wanted.machine.lower()] if wanted.machine else None
            own = replace(
                words, machine=str(machine.id) if machine else "", subscription=subscription
            )
            location = machine.group.location if machine else ""
            row = _row(wanted, machine.id if machine else None, own, f"row-{number}")
            yield row if row.location else replace(row, location=location)


def _row(wanted: ExtraRow, machine: MachineId | None, words: Words, default_name: str) -> Row:
    name = fill_in(wanted.name or default_name, words)
    group = wanted.resource_group
    if group is None:
        group = machine.resource_group if machine else ""
    group = fill_in(group, words)
    made = (
        _id_under(str(machine), machine, wanted.type, name)
        if machine
        else _id_of(words.subscription, group, wanted.type, name)
    )
    return Row(
        id=fill_in(wanted.id, words) if wanted.id else made,
        name=name.rpartition("/")[2],
        type=wanted.type.lower(),
        subscription=words.subscription,
        resource_group=group.lower(),
        location=fill_in(wanted.location or "", words),
        kind=fill_in(wanted.kind, words),
        managed_by=fill_in(wanted.managed_by, words),
        tags=fill_in(wanted.tags, words),
        sku=wanted.sku,
        identity=wanted.identity,
        zones=wanted.zones,
        properties=fill_in(wanted.properties, words),
        appears=wanted.lag,
    )


def _id_under(id_: str, machine: MachineId, kind: str, name: str) -> str:
    """Part of the machine, or an extension of it."""
    if kind.lower().startswith(f"{machine.type.lower()}/"):
        return f"{id_}/{kind[len(machine.type) + 1 :]}/{name}"
    return f"{id_}/providers/{kind}/{name}"


def _id_of(subscription: str, group: str, kind: str, name: str) -> str:
    """Something of its own: the parts of its type and of its name alternate."""
    provider, *kinds = kind.split("/")
    names = name.split("/")
    names = ["main"] * (len(kinds) - len(names)) + names
    within = f"/resourceGroups/{group}" if group else ""
    pairs = (f"/{part}/{own}" for part, own in zip_longest(kinds, names, fillvalue="main"))
    return f"/subscriptions/{subscription}{within}/providers/{provider}{''.join(pairs)}"
