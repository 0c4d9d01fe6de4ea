"""Nobody is woken for machines that reboot because they are being patched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from actions import CannotTell, Context, Result, Run, action, done, failed, nothing_to_do
from actions.builtin._at_once import at_once, words_of
from actions.builtin._following import refused
from actions.builtin._naming import check_group
from actions.builtin._rules import delete, is_ours, put, rules_for, subscription_of
from core.model import Status

if TYPE_CHECKING:
    from azure.mgmt.resource.resources import ResourceManagementClient

__all__ = ["MuteAlerts", "mute_alerts", "unmute"]

_AHEAD = timedelta(hours=1)  # machines are started, and may raise alerts, before the run begins
_READ, _WRITE, _DELETE = (
    f"Microsoft.AlertsManagement/actionRules/{verb}" for verb in ("read", "write", "delete")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteAlerts:
    """How long, and where the rules lie.

    `margin_minutes`: how long after the end of the window alerts stay muted if nothing lifts that.

    `resource_group`: where the rules lie, a group that exists in each subscription; none for that
    of the first of their machines.
    """

    margin_minutes: float = 60.0
    resource_group: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.margin_minutes <= 1440:
            raise ValueError("margin_minutes must be 0 to 1440")
        check_group(self.resource_group)


def unmute(run: Run, ctx: Context[MuteAlerts]) -> Result:
    """The rules that were made for the run are gone; one that is not ours any more is left."""
    rules = list(ctx.memory["rules"])
    ends = at_once(rules, partial(_removed, run, ctx))
    lost = [str(said) for said in ends.values() if isinstance(said, CannotTell)]
    told = [said for said in ends.values() if not isinstance(said, CannotTell)]
    stay = [said.reason for said in told if said.status is Status.BLOCKED]
    removed = sum(said.status is Status.PASSED for said in told)
    if stay:
        return failed(f"{len(stay)} of {len(rules)} rules stay: {stay[0]}", removed=removed)
    if lost:
        raise CannotTell(f"{len(lost)} of {len(rules)} rules: {lost[0]}")
    if not removed:
        return nothing_to_do("; ".join(sorted({said.reason for said in told})) or "there were none")
    return done(f"{removed} of {len(rules)} rules removed", removed=removed)


@action(undo=unmute, needs=(_READ, _WRITE, _DELETE))
def mute_alerts(run: Run, ctx: Context[MuteAlerts]) -> Mapping[str, Result | CannotTell]:
    """Alerts on the run's machines notify nobody until the run is over.

    Changes: makes alert processing rules that take all action groups from alerts on the machines,
    at least one for each subscription and one for each 100 machines. A rule ends by itself
    `margin_minutes` after the end of the window. Alerts still fire and can be seen.

    Remembers: the id of each rule, and its machines.

    Undo: removes exactly those rules. One that is gone is gone; one whose tag `patchgate-run` or
    whose description has been changed is somebody else's, and is left.

    Fails when: Azure refuses a rule, or something else has its name.

    UNKNOWN when: Azure does not answer, or a machine came after the rules were remembered.

    Rights: Monitoring Contributor on the resource groups of the rules.
    """
    ctx.remember(rules=rules_for(run, ctx.config.resource_group))
    rules: Mapping[str, list[str]] = ctx.memory["rules"]
    until = run.end + timedelta(minutes=ctx.config.margin_minutes)
    said = at_once(rules, lambda rule: _made(run, ctx, rule, until))
    of_machine = {id_.lower(): rule for rule, ids in rules.items() for id_ in ids}
    late = CannotTell("it came after the rules were remembered")
    return {
        machine.id: said[of_machine[key]] if (key := machine.id.lower()) in of_machine else late
        for machine in run.machines
    }


def _made(run: Run, ctx: Context[MuteAlerts], rule: str, until: datetime) -> Result:
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    client, name = _client(ctx, rule), rule.rpartition("/")[2]
    seen: dict[str, Any] = {"rule": name, "until": f"{until:%Y-%m-%d %H:%M} UTC"}
    try:
        if is_ours(client, rule, run):
            return done("muted already", **seen)
        return failed(f"{name} is there, and is not ours")
    except HttpResponseError as error:
        if error.status_code != 404:
            return refused(error, _READ)
    try:
        put(client, rule, run, (run.start - _AHEAD, until), scopes=ctx.memory["rules"][rule])
    except HttpResponseError as error:
        if error.status_code == 404:  # of a rule that is to be made, its group is not there
            return failed(words_of(error), rule=name)
        return refused(error, _WRITE)
    return done("muted", **seen)


def _removed(run: Run, ctx: Context[MuteAlerts], rule: str) -> Result:
    from azure.core.exceptions import HttpResponseError  # noqa: PLC0415 - heavy: SDK

    client = _client(ctx, rule)
    try:
        if not is_ours(client, rule, run):
            return nothing_to_do("is not ours any more: left alone")
        delete(client, rule)
    except HttpResponseError as error:
        return refused(error, _DELETE)
    return done("removed")


def _client(ctx: Context[MuteAlerts], rule: str) -> ResourceManagementClient:
    from azure.mgmt.resource.resources import ResourceManagementClient  # noqa: PLC0415 - heavy: SDK

    return ctx.azure.client(ResourceManagementClient, subscription_of(rule))
