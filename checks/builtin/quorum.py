"""Of machines that stand in for each other, enough must be left running.

Facts: https://learn.microsoft.com/azure/virtual-machines/availability-set-overview,
.../azure/virtual-machine-scale-sets/overview, .../azure/reliability/availability-zones-overview and
.../azure/load-balancer/backend-pool-management (how a VM says in which of them it is).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._groups import Kind, Member, group_name, grouping
from checks.builtin._rows import each_machine
from checks.builtin._subscriptions import all_asked, legal, readable

_WORDS = {
    "availability_set": "availability set",
    "zone": "zone",
    "scale_set": "scale set",
    "backend_pool": "load balancer's pool",
}
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?) ?%")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quorum:
    """Which machines are a group, and how many must be left of each.

    `by`: one kind of group, or a list of them, each judged by itself: `"availability_set"`,
    `"zone"` (of a region, within a subscription), `"scale_set"` (with flexible orchestration),
    `"backend_pool"` (of a load balancer, by the network interfaces in it) or `"tag"`. Without it
    the check is skipped.

    `tag`: the name of the tag whose value is the group, for `by = "tag"`.

    `min_left`: so many members must be left running: a number, or a share of the group such as
    `"50%"`, rounded up.

    `alone`: what a machine is that is the only one of its group: `"block"` (the default) or
    `"skip"`.

    `subscriptions`: further subscriptions to look for members in, by id. Those of the run are
    always asked.
    """

    by: Kind | tuple[Kind, ...] = ()
    tag: str | None = None
    min_left: int | str = 1
    alone: Literal["block", "skip"] = "block"
    subscriptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.tag is not None) != ("tag" in self.kinds):
            raise ValueError('by = "tag" and tag = "its name" go together')
        if self.tag is not None and self.tag.strip() != (self.tag or None):
            raise ValueError("tag must be the name of a tag, without blanks around it")
        if self.needed(100) < 0 or (isinstance(self.min_left, str) and self.needed(100) > 100):
            raise ValueError('min_left must be 0 or more, or from "0%" to "100%"')
        legal(self.subscriptions)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What `by` lists, without repetition."""
        return tuple(dict.fromkeys((self.by,) if isinstance(self.by, str) else self.by))

    @property
    def counts_all(self) -> bool:
        """A member that is hidden could turn a no into a yes, or into no question at all."""
        return isinstance(self.min_left, str) or self.alone == "skip"

    def needed(self, members: int) -> int:
        """How many of so many members must be left. Raises `ValueError` for no legal `min_left`."""
        if isinstance(self.min_left, int):
            return self.min_left
        share = _PERCENT.fullmatch(self.min_left.strip())
        if not share:
            raise ValueError('min_left must be a number, or a share such as "50%"')
        return math.ceil(members * float(share[1]) / 100)


@check(
    enabled=False,
    needs=(
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.Network/networkInterfaces/read",
    ),
)
def quorum(run: Run, ctx: Context[Quorum]) -> Mapping[str, Verdict | CannotTell]:
    """Enough members of each group are left running while the run lasts.

    Asks: Resource Graph's `resources` for the groups of the run's machines, for all members of
    these groups and for whether they are on, and `maintenanceresources` for the members that are in
    another run at that time. With a share, or `alone = "skip"`, also `resourcecontainers` for
    whether all subscriptions that are asked can be read. Machines of this run count as down for as
    long as it lasts.

    Blocks when: fewer than `min_left` members of a machine's group would be left: members that are
    on, and neither in this run nor in another. A member whose power is not told counts as off, and
    the evidence says how many are.

    UNKNOWN when: `resources` has no row of the machine (for `backend_pool`: of a VM's network
    interface), or does not show it among the members of its own group; or, with a share or
    `alone = "skip"`, a subscription that is asked cannot be read: the members in it would make the
    group larger than it looks.

    Skipped when: the machine is in no group of these kinds, is alone in it (by choice, see
    `alone`), or `by` is not set.

    Rights: Reader on the subscriptions of all members. A member that cannot be read does not count
    as left, which is safe with a number; nor do members in subscriptions that nobody names count,
    so with a share name them all. Other runs of a member are seen with
    `Microsoft.Maintenance/applyUpdates/read` only: a role without it hides them, and the member
    counts as left. Instances of scale sets with uniform orchestration, and members that a pool
    names by address, are not seen either.
    """
    config = ctx.config
    if not config.kinds:
        return each_machine(run, lambda _: skipped("no kind of group is set: give it by"))
    if config.counts_all:
        _see_all(ctx)
    bench = {machine.id.lower() for machine in run.machines}
    sides = [_Side.of(kind, ctx, bench) for kind in config.kinds]
    return each_machine(run, lambda machine: _worst([a for s in sides for a in s.answers(machine)]))


def _see_all(ctx: Context[Quorum]) -> None:
    """Raises `CannotTell` that names the subscriptions in which members may be hidden."""
    asked = all_asked(ctx.run, ctx.config.subscriptions)
    hidden = sorted(set(asked) - readable(ctx.graph, asked))
    if hidden:
        raise CannotTell(
            f"subscription {', '.join(hidden)} cannot be read, and may hold members of any group"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """One kind of groups, and what is to be said of each group."""

    kind: Kind
    groups_of: Mapping[str, list[str]]
    members: Mapping[str, Mapping[str, Member]]
    verdicts: Mapping[str, Verdict]

    @classmethod
    def of(cls, kind: Kind, ctx: Context[Quorum], bench: Collection[str]) -> _Side:
        """Ask for the groups and judge each. Raises `CannotTell`."""
        config = ctx.config
        asked = all_asked(ctx.run, config.subscriptions)
        found = grouping(kind, config.tag or "", graph=ctx.graph, subscriptions=asked)
        verdicts = {
            group: _of_group(group_name(kind, group, config.tag or ""), members, bench, config)
            for group, members in found.members.items()
        }
        return cls(kind=kind, groups_of=found.groups_of, members=found.members, verdicts=verdicts)

    def answers(self, machine: Machine) -> Iterator[Verdict | CannotTell]:
        """One for each group of the machine, or why there is none."""
        id_, pool = machine.id.lower(), self.kind == "backend_pool"
        groups = self.groups_of.get(id_)
        if groups is None and not (pool and machine.kind == "arc"):
            yield CannotTell(f"resources has no row of {'its network interface' if pool else 'it'}")
        elif not groups:
            yield skipped(f"is in no {_WORDS[self.kind]}")
        else:
            for group in groups:
                if id_ in self.members.get(group, ()):
                    yield self.verdicts[group]
                else:
                    yield CannotTell(f"resources does not show it among the members of {group}")


def _of_group(
    name: str, members: Mapping[str, Member], bench: Collection[str], config: Quorum
) -> Verdict:
    if len(members) == 1 and config.alone == "skip":
        return skipped(f"is the only one of {name}")
    here = [member for member in members.values() if member.id in bench]
    others = [member for member in members.values() if member.id not in bench]
    elsewhere = [member for member in others if member.other_run]
    off = [member for member in others if not member.other_run and not member.up]
    unsure = sum(not member.power for member in off)
    left, needed = len(others) - len(elsewhere) - len(off), config.needed(len(members))
    evidence: dict[str, str | int] = {
        "group": name,
        "members": len(members),
        "left": left,
        "needed": needed,
        "in_this_run": len(here),
        "in_other_runs": len(elsewhere),
        "off": len(off),
        "power_not_told": unsure,
    }
    if left >= needed:
        return passed("", **evidence)
    why = [f"{len(here)} in this run"]
    why += [f"{len(elsewhere)} in other runs"] if elsewhere else []
    why += [f"{len(off)} off"] if off else []
    why += [f"{unsure} of these not known to be on"] if unsure else []
    told = f"{left} of {len(members)} members of {name} would be left ({', '.join(why)})"
    return blocked(f"{told}, and {needed} are needed", **evidence)


def _worst(answers: Sequence[Verdict | CannotTell]) -> Verdict:
    """A no, else what cannot be told, else a yes, else that the question does not arise."""
    verdicts = [answer for answer in answers if isinstance(answer, Verdict)]
    for status in ("blocked", None, "passed"):
        if status is None:
            for answer in answers:
                if isinstance(answer, CannotTell):
                    raise answer
        for verdict in verdicts:
            if verdict.status == status:
                return verdict
    return verdicts[0]
