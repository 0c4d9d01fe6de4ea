"""A machine that is off fifteen minutes before the start may not be patched: so it is started.

Afterwards it is off again, unless somebody has come to need it. Facts:
https://learn.microsoft.com/azure/update-manager/pre-post-scripts-overview (fifteen minutes) and
https://learn.microsoft.com/azure/virtual-machines/states-billing (power states).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from actions import CannotTell, Context, Machine, Result, Run, action, failed, nothing_to_do
from actions.builtin._at_once import Answers
from actions.builtin._rows import Row, has_tag, rows_of, text
from actions.builtin._starting import Starting
from actions.builtin._stopping import Stopping
from actions.builtin._vms import power_of, vms_now
from core.model import Status

__all__ = ["StartMachines", "start_machines", "stop_again"]

_OFF = ("stopping", "stopped", "deallocating", "deallocated")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMachines:
    """Which machines are started, what counts as up, and what keeps one running afterwards.

    `agent`: whether a machine is up only when its VM agent is ready, too.

    `tag`: only machines with this tag are started; `NAME=VALUE` for one value of it. Empty: all.

    `most`: if more machines than that are off, none is started. None: no limit.

    `keep`: a machine with this tag, whatever its value, is not stopped again.
    """

    agent: bool = True
    tag: str = ""
    most: int | None = None
    keep: str = "patchgate-keep"

    def __post_init__(self) -> None:
        if self.most is not None and self.most < 1:
            raise ValueError("most must be at least 1")
        if self.tag and not self.tag.partition("=")[0].strip():
            raise ValueError("tag must be NAME or NAME=VALUE")
        if not self.keep.strip():
            raise ValueError("keep is empty, so nobody could keep a machine running")


def stop_again(run: Run, ctx: Context[StartMachines]) -> Mapping[str, Result | CannotTell]:
    """Every machine that was started for the run is deallocated, unless somebody claims it."""
    mine = [str(machine) for machine in ctx.memory["off"]]
    stopping = Stopping(run, ctx, keep=ctx.config.keep)
    answers = stopping.stop(mine, since=datetime.fromisoformat(ctx.memory["at"]))
    others = nothing_to_do("was not started for this run")
    return {
        **{machine.id: answers.get(machine.id.lower(), others) for machine in run.machines},
        **_elsewhere(run, answers),
    }


def _elsewhere(run: Run, answers: Answers) -> Answers:
    """What is still to be said of machines that are no longer among those of the run."""
    known = {machine.id.lower() for machine in run.machines}
    return {
        key: answer
        for key, answer in answers.items()
        if key not in known and (isinstance(answer, CannotTell) or answer.status is Status.BLOCKED)
    }


@action(
    undo=stop_again,
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Compute/virtualMachines/start/action",
        "Microsoft.Compute/virtualMachines/deallocate/action",
        "Microsoft.Compute/locations/operations/read",
        "Microsoft.HybridCompute/machines/read",
        "Microsoft.Insights/eventtypes/values/read",
    ),
)
def start_machines(run: Run, ctx: Context[StartMachines]) -> Mapping[str, Result | CannotTell]:
    """Every VM that is off is started, before the run is judged.

    Asks: Resource Graph's `resources` for the power state of VMs and the status of Arc servers,
    again until all are up; Azure Resource Manager for the machines that seem to be off, for the VM
    agents, and for operations that fail.

    Changes: the power of VMs that are stopped or deallocated; those on their way there are waited
    for. Which ones is settled when the run is first looked at.

    Remembers: the ids of the VMs that are off, and when it looked.

    Undo: deallocates those, if the activity log shows that this action started them, and that
    nobody has started, restarted or stopped them since. Left running is a machine that somebody
    else has to do with, that has the tag `keep`, or of which the log says nothing: then it is
    asked again. What somebody did in the last few minutes, the log may not show yet.

    Fails when: an Arc server is not connected (nobody can start it from here), more VMs are off
    than `most`, Azure refuses the start or its operation fails, or the VM is gone.

    UNKNOWN when: there is no row of the machine, or it does not say; the time is over before the
    VM runs, or before its agent is ready.

    Rights: Virtual Machine Contributor on the machines' subscriptions, or a role with what it
    needs; Reader for the activity log.
    """
    looks = _looks(run, ctx)
    settled = {str(machine).lower() for machine in ctx.memory.get("off", ())}
    looks |= _in_truth(
        ctx, [one for one, look in looks.items() if look is None and one.lower() not in settled]
    )
    off = [machine for machine, look in looks.items() if look is None]
    most = ctx.config.most
    if off and not ctx.memory:
        if most is not None and len(off) > most:
            why = f"{len(off)} machines are off, more than {most}: none is started"
            return _answers(run, looks, dict.fromkeys(off, failed(why, off=len(off))))
        ctx.remember(off=off, at=ctx.now.isoformat())
    mine = ctx.memory.get("off", off)
    starting = Starting(run, ctx, agent=ctx.config.agent)
    return _answers(run, looks, starting.start(str(machine) for machine in mine))


def _answers(
    run: Run, looks: Mapping[str, Result | CannotTell | None], started: Answers
) -> Answers:
    by_key = {key.lower(): answer for key, answer in started.items()}
    late = failed("is off, and was not when it was settled which machines to start")
    return {
        machine.id: by_key.get(machine.id.lower()) or looks[machine.id] or late
        for machine in run.machines
    }


def _looks(run: Run, ctx: Context[StartMachines]) -> dict[str, Result | CannotTell | None]:
    """What is to be said of each machine at a look; None of those that are to be started."""
    try:
        rows = rows_of(ctx)
    except CannotTell:
        if not ctx.memory:
            raise
        rows = {}  # what was remembered is started nevertheless
    return {
        machine.id: _look(machine, rows.get(machine.id.lower(), {}), ctx)
        for machine in run.machines
    }


def _in_truth(ctx: Context[StartMachines], off: list[str]) -> dict[str, Result | CannotTell | None]:
    """The same of these, by the machines themselves.

    A row may lag behind somebody's start, which would then be taken for one of ours.
    """
    try:
        seen = vms_now(ctx, off)
    except CannotTell as why:
        return dict.fromkeys(off, why)
    looks: dict[str, Result | CannotTell | None] = {}
    for machine in off:
        vm = seen.get(machine.lower())
        if vm is None:
            looks[machine] = CannotTell("the list of its subscription's VMs leaves it out")
        elif not vm.power:
            looks[machine] = CannotTell("its subscription's list does not say whether it is on")
        elif vm.power not in _OFF:
            looks[machine] = nothing_to_do(f"is {vm.power}", power=vm.power)
    return looks


def _look(machine: Machine, row: Row, ctx: Context[StartMachines]) -> Result | CannotTell | None:
    power = power_of(text(row, "power"))
    if not power:
        kind = "VM" if machine.kind == "vm" else "Arc server"
        return CannotTell(f"Resource Graph does not say whether this {kind} is on")
    if machine.kind == "arc":
        if power == "connected":
            return nothing_to_do("is connected", power=power)
        return failed(f"is {power}: nobody can start an Arc server from here", power=power)
    if power not in _OFF:
        return nothing_to_do(f"is {power}", power=power)
    if ctx.config.tag and not has_tag(row, ctx.config.tag):
        return nothing_to_do(f"is {power}, and not tagged {ctx.config.tag}", power=power)
    return None
