"""Where Azure Resource Manager is, in each cloud."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings import Settings

__all__ = ["Endpoint", "endpoint_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """The host that our token is meant for. `simulated`: one that never gets a real token."""

    url: str
    scope: str
    simulated: bool = False


def endpoint_of(settings: Settings) -> Endpoint:
    """The endpoint that the settings choose: a cloud's, or a simulator on this machine."""
    if settings.simulator:
        return Endpoint(url=settings.simulator, scope="simulator/.default", simulated=True)
    from azure.core import AzureClouds  # noqa: PLC0415
    from azure.mgmt.core.tools import get_arm_endpoints  # noqa: PLC0415

    known = get_arm_endpoints(AzureClouds[settings.cloud])
    return Endpoint(url=known["resource_manager"].rstrip("/"), scope=known["credential_scopes"][0])
