"""A machine that is off fifteen minutes before the start may not be patched."""

from checks import CannotTell, Machine, Verdict, blocked, check, passed

_UP = {"vm": "running", "arc": "connected"}


@check(needs=("Microsoft.Compute/virtualMachines/read", "Microsoft.HybridCompute/machines/read"))
def machines_running(machine: Machine) -> Verdict:
    """Every machine is running (Azure), or connected (Arc)."""
    if machine.power is None:
        raise CannotTell("Resource Graph does not say whether it is on")
    if machine.power != _UP[machine.kind]:
        return blocked(f"is {machine.power}, not {_UP[machine.kind]}", power=machine.power)
    return passed(power=machine.power)
