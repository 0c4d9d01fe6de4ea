"""Machines that stand in for each other, as Resource Graph shows them.

First the groups of the run's own machines, then the members of these groups, which may be in no run
or in another: two questions, since Resource Graph joins two tables only once in a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from checks.builtin._rows import Row, text
from checks.builtin._runs import is_over
from plugins.reach import Graph

__all__ = ["Grouping", "Kind", "Member", "group_name", "grouping"]

Kind = Literal["availability_set", "zone", "scale_set", "backend_pool", "tag"]

_HERE = Path(__file__).parent
_MOST_NAMED = 200  # groups that one query names; with more of them all groups are asked for
_UP = ("running", "connected")


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A machine of a group: `power` in lower case, empty if it is not told; `other_run` is ""."""

    id: str
    power: str
    other_run: str

    @property
    def up(self) -> bool:
        """It is known to be on."""
        return self.power in _UP


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """One kind of groups. All ids and groups are in lower case.

    `groups_of` has the groups of each machine of the run that could be seen, which may be none, and
    `members` those of each of these groups.
    """

    groups_of: dict[str, list[str]] = field(default_factory=dict)
    members: dict[str, dict[str, Member]] = field(default_factory=dict)


def grouping(kind: Kind, tag: str, *, graph: Graph, subscriptions: Sequence[str]) -> Grouping:
    """The groups of the run's machines, and all their members. Raises `CannotTell`."""
    pool = kind == "backend_pool"
    how = {} if pool else {"by": kind, "key": tag.lower() or "none"}
    ask = _HERE / ("quorum_pools.kql" if pool else "quorum_groups.kql")
    found = Grouping()
    for row in graph.ask(ask, **how):
        groups = found.groups_of.setdefault(text(row, "machine").lower(), [])
        if (group := _group(row)) and group not in groups:
            groups.append(group)
    names = sorted({group for groups in found.groups_of.values() for group in groups})
    if names:
        ask = _HERE / ("quorum_pool_members.kql" if pool else "quorum_members.kql")
        every = len(names) > _MOST_NAMED
        asked = {"every": "yes" if every else "no", "groups": names[:1] if every else names}
        for row in graph.ask(ask, subscriptions=subscriptions, **how, **asked):
            _add(found, row)
    return found


def _add(found: Grouping, row: Row) -> None:
    machine, run = text(row, "machine").lower(), text(row, "otherRun")
    members = found.members.setdefault(_group(row), {})
    other = run if run and not is_over(text(row, "otherStatus")) else ""
    if machine in members:  # it is in several other runs
        other = members[machine].other_run or other
    power = text(row, "power").rpartition("/")[2].lower()
    members[machine] = Member(id=machine, power=power, other_run=other)


def _group(row: Row) -> str:
    """As it is: a tag's value may begin or end with blanks."""
    return str(row.get("group") or "")


def group_name(kind: Kind, group: str, tag: str) -> str:
    """A group as people read it."""
    parts = group.split("/")
    if kind == "tag":
        return f"{tag}={group}"
    if kind == "zone":
        return f"zone {parts[-1]} of {parts[-2]}" if len(parts) > 2 else f"zone {group}"
    if kind == "backend_pool":
        return f"pool {parts[-1]} of {parts[-3]}" if len(parts) > 3 else f"pool {group}"
    return f"{kind.replace('_', ' ')} {parts[-1]}"
