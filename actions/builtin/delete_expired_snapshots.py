"""What `snapshot_disks` has made does not stay, and cost, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from actions import CannotTell, Context, Result, Run, action, done, failed, nothing_to_do
from actions.builtin._at_once import at_once, words_of
from actions.builtin._following import follow
from actions.builtin._naming import EXPIRES, RUN, run_mark, tag_of

if TYPE_CHECKING:
    from azure.mgmt.compute import ComputeManagementClient

__all__ = ["DeleteExpired", "delete_expired_snapshots"]

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteExpired:
    """Whether anything is deleted.

    `delete`: if not, what has expired is only told.
    """

    delete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Old:
    subscription: str
    group: str
    name: str


@action(
    when="after",
    needs=("Microsoft.Compute/snapshots/read", "Microsoft.Compute/snapshots/delete"),
)
def delete_expired_snapshots(run: Run, ctx: Context[DeleteExpired]) -> Result:
    """No snapshot of an earlier run outlives the day on which it expires.

    Changes: with `delete`, deletes the snapshots in the run's subscriptions whose tags
    `patchgate-run` and `patchgate-expires` are both there, which are not of this run, and whose day
    is past. Without it, tells which they are. A tag that is no day is left alone.

    Remembers: nothing.

    Undo: none: what is deleted is gone.

    Fails when: Azure refuses to delete one.

    UNKNOWN when: the snapshots of a subscription cannot be listed, or one is not gone in time.

    Rights: Disk Snapshot Contributor on the resource groups of the snapshots.
    """
    places = {machine.subscription.lower() for machine in run.machines if machine.subscription}
    found = at_once(sorted(places), partial(_expired, run, ctx))
    if lost := [f"{place}: {why}" for place, why in found.items() if isinstance(why, CannotTell)]:
        raise CannotTell("; ".join(lost))
    old = [one for some in found.values() if not isinstance(some, CannotTell) for one in some]
    if not old:
        return nothing_to_do("no snapshot has expired", snapshots=0)
    names = ", ".join(one.name for one in old[:_SHOWN])
    if not ctx.config.delete:
        told = f"{len(old)} have expired, and `delete` is off: {names}"
        return nothing_to_do(told, snapshots=len(old), names=names)
    return _deleted(ctx, old)


def _expired(run: Run, ctx: Context[DeleteExpired], subscription: str) -> list[_Old]:
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    ours, today = run_mark(run), ctx.now.date()
    try:
        return [
            _Old(subscription=subscription, group=_group(one.id or ""), name=one.name or "")
            for one in _client(ctx, subscription).snapshots.list()
            if tag_of(one.tags, RUN) not in ("", ours)
            and _is_past(tag_of(one.tags, EXPIRES), today)
        ]
    except HttpResponseError as error:
        why = f"{words_of(error)} (needs Microsoft.Compute/snapshots/read)"
        raise CannotTell(why) from error


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) < today
    except ValueError:
        return False


def _group(id_: str) -> str:
    parts = id_.split("/")
    if len(parts) != 9:
        raise CannotTell("a snapshot has an id that is none")
    return parts[4]


def _client(ctx: Context[DeleteExpired], subscription: str) -> ComputeManagementClient:
    from azure.mgmt.compute import ComputeManagementClient  # noqa: PLC0415 - heavy: SDK

    return ctx.azure.client(ComputeManagementClient, subscription)


def _deleted(ctx: Context[DeleteExpired], old: Sequence[_Old]) -> Result:
    begun = at_once(old, partial(_begin, ctx))
    accepted = [one for one, why in begun.items() if why is None]
    ended = follow(accepted, partial(_gone, ctx), ctx, what="the deletion")
    problems = [f"{one.name}: {why}" for one, why in begun.items() if why is not None]
    late = [f"{one.name}: {said}" for one, said in ended.items() if said is not True]
    deleted = len(accepted) - len(late)
    if problems:
        told = "; ".join(problems[:_SHOWN])
        return failed(f"{len(problems)} of {len(old)} are not deleted: {told}", deleted=deleted)
    if late:
        raise CannotTell("; ".join(late[:_SHOWN]))
    names = ", ".join(one.name for one in old[:_SHOWN])
    return done(f"{deleted} deleted", deleted=deleted, names=names)


def _begin(ctx: Context[DeleteExpired], old: _Old) -> str | None:
    """Why it is not deleted; None if that has begun."""
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    try:
        _client(ctx, old.subscription).snapshots.begin_delete(old.group, old.name, polling=False)
    except HttpResponseError as error:
        return None if error.status_code == 404 else words_of(error)
    return None


def _gone(ctx: Context[DeleteExpired], old: _Old) -> bool | str | None:
    """True when it is; None while it is not."""
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    try:
        _client(ctx, old.subscription).snapshots.get(old.group, old.name)
    except HttpResponseError as error:
        return True if error.status_code == 404 else words_of(error)
    return None
