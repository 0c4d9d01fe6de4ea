"""Tags tell whoever looks at a machine that it is being patched: dashboards, scripts, people.

Facts: https://learn.microsoft.com/rest/api/resources/tags/update-at-scope (`Merge` adds and
changes, `Delete` takes away what has this name and this value) and
https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources (names without
case, values with it; at most 50 on one resource).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actions import CannotTell, Context, Machine, Result, Run, action, done, nothing_to_do
from actions.builtin._at_once import at_once, refusal
from actions.builtin._rows import rows_of, tags_in, text
from actions.builtin._vms import parsed

if TYPE_CHECKING:
    from azure.mgmt.resource.resources import ResourceManagementClient

__all__ = ["TagMachines", "restore_tags", "tag_machines"]

_FORBIDDEN = set("<>%&\\?/")
_MOST = 15  # what Azure lets one resource have is more, but it has others, too


@dataclass(frozen=True, slots=True, kw_only=True)
class TagMachines:
    """Which tags the machines of a run carry while it lasts.

    `tags`: values by name, such as `{ maintenance = "patching" }`.
    """

    tags: dict[str, str]

    def __post_init__(self) -> None:
        if not 1 <= len(self.tags) <= _MOST:
            raise ValueError(f"tags must be 1 to {_MOST}")
        if len({name.lower() for name in self.tags}) < len(self.tags):
            raise ValueError("tags has a name twice: letter case does not count")
        for name, value in self.tags.items():
            if not name.strip() or len(name) > 512 or _FORBIDDEN & set(name):
                raise ValueError(f"{name!r} is no name of a tag: 1 to 512 characters, no <>%&\\?/")
            if len(value) > 256:
                raise ValueError(f"the value of {name!r} is longer than 256 characters")


def restore_tags(run: Run, ctx: Context[TagMachines]) -> Mapping[str, Result | CannotTell]:
    """Every tag that was set for the run is as it was before, unless somebody changed it since."""
    before, ours = ctx.memory["before"], ctx.memory["set"]
    answers = at_once(before, lambda key: _restored(ctx, key, before[key], ours))
    others = nothing_to_do("was not tagged for this run")
    return {machine.id: answers.get(machine.id.lower(), others) for machine in run.machines}


@action(
    undo=restore_tags,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.Resources/tags/read",
        "Microsoft.Resources/tags/write",
    ),
)
def tag_machines(run: Run, ctx: Context[TagMachines]) -> Mapping[str, Result | CannotTell]:
    """Every machine of the run carries the configured tags, until the run is over.

    Asks: Resource Graph's `resources` for the tags that the machines have; and before one is
    changed, the machine itself.

    Changes: the configured tags of VMs and Arc servers; no other tag.

    Remembers: of each of these tags the value before, or that there was none.

    Undo: gives each tag its value back, or takes it away, if it still has the value that was set
    for the run. One that somebody has changed since is theirs, and a machine that is gone has none.

    Fails when: Azure refuses the change, or the machine is gone.

    UNKNOWN when: there is no row of the machine, one of the tags has changed between the first look
    and the change, or Azure gives no answer.

    Rights: Tag Contributor on the machines' subscriptions.
    """
    before, answers = _settled(run, ctx)
    if before:
        ctx.remember(before=before, set=dict(ctx.config.tags))
    mine = ctx.memory.get("before", before)
    ours = ctx.memory.get("set", ctx.config.tags)
    tagged = at_once(mine, lambda key: _tagged(ctx, key, mine[key], ours))
    return {machine.id: _of(machine, tagged, answers) for machine in run.machines}


def _settled(
    run: Run, ctx: Context[TagMachines]
) -> tuple[dict[str, dict[str, str | None]], dict[str, Result | CannotTell]]:
    """The values before, of the machines to tag; and the answers about the others."""
    wanted, rows = ctx.config.tags, rows_of(ctx)
    answers: dict[str, Result | CannotTell] = {}
    before: dict[str, dict[str, str | None]] = {}
    for machine in run.machines:
        row = rows.get(machine.id.lower(), {})
        tags = tags_in(row)
        if not text(row, "known"):
            why = "Resource Graph has no row of it, which would show its tags"
            answers[machine.id] = CannotTell(why)
            continue
        # By the name that each of them has now, so that it gets its letter case back, too.
        now = dict(tags.get(name.lower(), (name, None)) for name in wanted)
        if list(now.values()) == list(wanted.values()):
            answers[machine.id] = nothing_to_do("is tagged so already")
        else:
            before[machine.id.lower()] = now
    return before, answers


def _of(
    machine: Machine,
    tagged: Mapping[str, Result | CannotTell],
    answers: Mapping[str, Result | CannotTell],
) -> Result | CannotTell:
    late = CannotTell("its tags were changed after it was settled which to set")
    return tagged.get(machine.id.lower()) or answers.get(machine.id) or late


def _tagged(
    ctx: Context[Any], key: str, before: Mapping[str, str | None], ours: Mapping[str, str]
) -> Result:
    """Set what does not have its value yet. Raises `CannotTell` if it is not as it was before."""
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    once = {name.lower(): value for name, value in before.items()}
    try:
        now = _tags(ctx, key)
        for name in ours:
            value = now.get(name.lower())
            if value not in (ours[name], once.get(name.lower())):
                raise CannotTell(f"its tag {name} has become {value!r} meanwhile: left alone")
        wanted = {name: value for name, value in ours.items() if now.get(name.lower()) != value}
        if wanted:
            _update(ctx, key, "Merge", wanted)
    except HttpResponseError as error:
        return refusal(error)
    return done("is tagged", **dict(ours))


def _restored(
    ctx: Context[Any], key: str, before: Mapping[str, str | None], ours: Mapping[str, str]
) -> Result:
    """Give back what still has our value."""
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    set_ = {name.lower(): value for name, value in ours.items()}
    try:
        tags = _tags(ctx, key)
        now = {name: tags.get(name.lower()) for name in before}
        mine = [n for n in before if now.get(n) == set_[n.lower()] != before[n]]
        back = {name: value for name in mine if (value := before[name]) is not None}
        away = {name: set_[name.lower()] for name in mine if before[name] is None}
        if back:
            _update(ctx, key, "Merge", back)
        if away:
            _update(ctx, key, "Delete", away)
    except HttpResponseError as error:
        if error.status_code == 404:
            return nothing_to_do("is gone")
        return refusal(error)
    theirs = [n for n in before if now.get(n) not in (set_[n.lower()], before[n])]
    left = f"; somebody else has changed {', '.join(theirs)}: left alone" if theirs else ""
    if not mine:
        return nothing_to_do(f"its tags are not ours{left}" if left else "is as it was already")
    return done(f"its tags are as before{left}")


def _client(ctx: Context[Any], key: str) -> ResourceManagementClient:
    from azure.mgmt.resource.resources import (  # noqa: PLC0415 - heavy: SDK
        ResourceManagementClient,
    )

    return ctx.azure.client(ResourceManagementClient, parsed(key).subscription)


def _tags(ctx: Context[Any], key: str) -> dict[str, str]:
    """Those that it has now, by their names in lower case."""
    found = _client(ctx, key).tags.get_at_scope(str(parsed(key)).lstrip("/"))
    tags: Mapping[str, str] = (found.properties.tags if found.properties else None) or {}
    return {name.lower(): value for name, value in tags.items()}


def _update(ctx: Context[Any], key: str, how: str, tags: Mapping[str, str]) -> None:
    body = {"operation": how, "properties": {"tags": dict(tags)}}
    _client(ctx, key).tags.begin_update_at_scope(str(parsed(key)).lstrip("/"), body, polling=False)
