"""One run must not take down more than the site can bear.

Facts: https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (names of
tags have no case; their values have, and are compared without it here).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checks import CannotTell, Context, Run, Verdict, blocked, check, passed, skipped
from checks.builtin._subscriptions import all_asked, legal

_QUERY = Path(__file__).with_suffix(".kql")
_MOST_GROUPS = 500  # in one query, which names them all
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class BlastRadius:
    """How much of the fleet one run may hold. Without a limit the check is skipped.

    `max_machines`: so many machines, in all.

    `max_percent`: so many percent of the fleet; with a `tag`, of each group of machines that have
    the same value of that tag. Machines without the tag are a group as well.

    `tag`: the name of that tag, without case.

    `subscriptions`: further subscriptions whose machines count as fleet, by id. Those of the run
    always do.
    """

    max_machines: int | None = None
    max_percent: float | None = None
    tag: str | None = None
    subscriptions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.max_machines is not None and self.max_machines < 0:
            raise ValueError("max_machines must be 0 or more")
        if self.max_percent is not None and not 0 <= self.max_percent <= 100:
            raise ValueError("max_percent must be from 0 to 100")
        if self.tag is not None and self.tag.strip() != (self.tag or None):
            raise ValueError("tag must be the name of a tag, without blanks around it")
        if self.tag is not None and self.max_percent is None:
            raise ValueError("tag needs max_percent: max_machines counts the whole run")
        legal(self.subscriptions)


@check(
    enabled=False,
    needs=("Microsoft.Compute/virtualMachines/read", "Microsoft.HybridCompute/machines/read"),
)
def blast_radius(run: Run, ctx: Context[BlastRadius]) -> Verdict:
    """The run does not hold more of the fleet than it may.

    Asks: the run itself, and for `max_percent` Resource Graph's `resources`, for how many machines
    there are in the run's subscriptions (VMs and Arc servers), by the value of `tag`.

    Blocks when: the run has more than `max_machines`, or more than `max_percent` of the fleet, or
    of a group by `tag`.

    UNKNOWN when: Resource Graph counts fewer machines in a group than the run has of it, or the
    run's machines are of more than 500 groups.

    Skipped when: neither `max_machines` nor `max_percent` is set.

    Rights: Reader on the subscriptions of the fleet. What cannot be read is not counted, so that
    the run looks larger than it is, never smaller.
    """
    config = ctx.config
    if config.max_machines is None and config.max_percent is None:
        return skipped("no limit is set: give it max_machines or max_percent")
    count = len(run.machines)
    if config.max_machines is not None and count > config.max_machines:
        told = f"the run has {count} machines, more than {config.max_machines}"
        return blocked(told, machines=count, max_machines=config.max_machines)
    if config.max_percent is None:
        return passed(machines=count)
    return _by_share(run, ctx, config.max_percent)


def _by_share(run: Run, ctx: Context[BlastRadius], most: float) -> Verdict:
    mine = Counter(_group(machine.tags, ctx.config.tag) for machine in run.machines)
    shares = {
        group: (mine[group], fleet) for group, fleet in _fleet(sorted(mine), mine, ctx).items()
    }
    over = sorted(
        (group for group, (own, fleet) in shares.items() if own * 100 > most * fleet),
        key=lambda group: (-shares[group][0] / shares[group][1], group),
    )
    if not over:
        return passed(machines=len(run.machines), groups=len(shares))
    told = [_told(group, *shares[group], ctx.config.tag) for group in over]
    more = f"; and {len(told) - _NAMED} more groups" if len(told) > _NAMED else ""
    own, fleet = shares[over[0]]
    return blocked(
        f"more than {most:g} %: {'; '.join(told[:_NAMED])}{more}",
        group=over[0],
        machines=own,
        fleet=fleet,
        percent=round(100 * own / fleet, 1),
        groups_over=len(over),
    )


def _group(tags: Mapping[str, str], tag: str | None) -> str:
    """The group of a machine with these tags, as the query writes it."""
    return tags.get(tag, "").lower() if tag else ""


def _fleet(groups: list[str], mine: Mapping[str, int], ctx: Context[BlastRadius]) -> dict[str, int]:
    """How many machines each group has. Raises `CannotTell` unless that is possible."""
    if len(groups) > _MOST_GROUPS:
        raise CannotTell(
            f"the run's machines have {len(groups)} different values of the tag"
            f" {ctx.config.tag}, more than {_MOST_GROUPS}: it makes no groups"
        )
    tag = (ctx.config.tag or "").lower()
    rows = ctx.graph.ask(
        _QUERY,
        subscriptions=all_asked(ctx.run, ctx.config.subscriptions),
        tag=tag,
        key=tag or "none",
        values=groups,
    )
    found: dict[str, int] = {}
    for row in rows:
        group, machines = str(row.get("value") or ""), row.get("machines")
        if isinstance(machines, int):
            found[group] = found.get(group, 0) + machines
    for group in groups:
        if found.get(group, 0) < mine[group]:
            raise CannotTell(
                f"resources shows {found.get(group, 0)} machines {_named(group, ctx.config.tag)},"
                f" and the run alone has {mine[group]}"
            )
    return {group: found[group] for group in groups}


def _told(group: str, own: int, fleet: int, tag: str | None) -> str:
    return f"{own} of {fleet} machines {_named(group, tag)} ({100 * own / fleet:.0f} %)"


def _named(group: str, tag: str | None) -> str:
    if not tag:
        return "of the fleet"
    return f"with {tag}={group}" if group else f"without the tag {tag}"
