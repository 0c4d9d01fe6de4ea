"""An action on a whole run: nobody deploys a service while one of its machines is being patched.

In gate.toml:

    [actions.hold_deployments.config]
    url = "https://deploy.example/holds"
"""

from collections.abc import Mapping
from dataclasses import dataclass

from actions import CannotTell, Context, Machine, Result, Run, action, done, failed, nothing_to_do


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldDeployments:
    """The service that knows of holds, and the tag with the name of a machine's service."""

    url: str
    tag: str = "service"


def release(run: Run, ctx: Context[HoldDeployments]) -> Result:
    """Every hold of this run is released."""
    left = []
    for service in ctx.memory["services"]:
        where = f"{ctx.memory['url']}/{service}/{run.name}"
        if ctx.web.fetch(where, method="DELETE").status not in (200, 204, 404):
            left.append(service)
    return failed(f"{', '.join(left)} cannot be released") if left else done("all released")


@action(undo=release)
def hold_deployments(run: Run, ctx: Context[HoldDeployments]) -> Mapping[str, Result | CannotTell]:
    """Nobody deploys a service while its machines are patched."""
    names = {machine.id: _service(machine, ctx) for machine in run.machines}
    services = sorted({name for name in names.values() if name})
    if services:
        ctx.remember(url=ctx.config.url, services=services)
    holds = {service: _hold(service, run, ctx) for service in services}
    none = nothing_to_do(f"has no tag {ctx.config.tag}")
    return {machine: holds.get(name, none) for machine, name in names.items()}


def _service(machine: Machine, ctx: Context[HoldDeployments]) -> str:
    """Its service; only names that can stand in a URL."""
    name = machine.tags.get(ctx.config.tag, "").strip().lower()
    return name if name.replace("-", "").isalnum() and name.isascii() else ""


def _hold(service: str, run: Run, ctx: Context[HoldDeployments]) -> Result | CannotTell:
    """The hold has the name of the run, so asking for it twice makes one."""
    try:
        status = ctx.web.fetch(f"{ctx.config.url}/{service}/{run.name}", method="PUT").status
    except CannotTell as error:
        return error
    return done("held") if status in (200, 201, 204) else failed(f"hold refused: {status}")
