"""Owners say on the machine itself that it must not be patched."""

from dataclasses import dataclass

from checks import Context, Machine, Verdict, blocked, check, passed


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """Which tag, with which value, keeps a machine from being patched; both without case."""

    tag: str = "patch"
    value: str = "never"


@check(needs=("Microsoft.Compute/virtualMachines/read", "Microsoft.HybridCompute/machines/read"))
def opt_out_tag(machine: Machine, ctx: Context[OptOut]) -> Verdict:
    """No machine is tagged patch=never (tag and value are the site's choice)."""
    value = machine.tags.get(ctx.config.tag)
    if value is not None and value.strip().casefold() == ctx.config.value.strip().casefold():
        return blocked(f"tagged {ctx.config.tag}={value}", tag=ctx.config.tag, value=value)
    return passed()
