"""A machine that is off fifteen minutes before the start may not be patched.

Facts: https://learn.microsoft.com/azure/update-manager/pre-post-scripts-overview (fifteen minutes),
.../azure/virtual-machines/states-billing (power states) and
.../azure/azure-arc/servers/overview#agent-status (how an Arc server's status comes about).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from checks import CannotTell, Context, Machine, Run, Verdict, blocked, check, passed
from checks.builtin._rows import Row, by_machine, each_machine, text

_QUERY = Path(__file__).with_suffix(".kql")
_UP = {"vm": "running", "arc": "connected"}
_DOWN = {
    "vm": {"starting", "stopping", "stopped", "deallocating", "deallocated"},
    "arc": {"disconnected", "expired", "error", "awaitingconnection"},
}


@check(
    needs=(
        "Microsoft.Maintenance/applyUpdates/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.HybridCompute/machines/read",
    )
)
def machines_running(run: Run, ctx: Context) -> Mapping[str, Verdict | CannotTell]:
    """Every machine is running (Azure), or connected (Arc).

    Asks: Resource Graph's `resources`, afresh, for the power state of VMs and the status of Arc
    servers. With `patience` it is asked again, so that machines may still be started.

    Blocks when: a VM is starting, stopping, stopped, deallocating or deallocated, or an Arc server
    is disconnected, expired, in error or awaiting its first connection.

    UNKNOWN when: there is no row of the machine, the row does not say, or it says another word.

    Skipped when: never.

    Rights: Reader on the machines' subscriptions.
    """
    rows = by_machine(ctx.graph.ask(_QUERY))
    return each_machine(run, lambda machine: _judge(machine, rows.get(machine.id.lower(), [])))


def _judge(machine: Machine, rows: list[Row]) -> Verdict:
    if not any(text(row, "known") for row in rows):
        kind = "VM" if machine.kind == "vm" else "Arc server"
        raise CannotTell(f"Resource Graph's resources has no row of this {kind}")
    powers = {text(row, "power").rpartition("/")[2].lower() for row in rows}
    power = powers.pop() if len(powers) == 1 else ""
    if not power:
        raise CannotTell("Resource Graph does not say whether it is on")
    up = _UP[machine.kind]
    if power == up:
        return passed(power=power)
    if power in _DOWN[machine.kind]:
        return blocked(f"is {power}, not {up}", power=power)
    raise CannotTell(
        f"Resource Graph says that it is {power}: neither {up} nor a known other state"
    )
