"""Who we are: the credential whose tokens go to Azure Resource Manager, and nowhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from arm.endpoint import Endpoint

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential

__all__ = ["credential_for"]


class _SimulatorCredential:
    """The token of nobody: all that a simulator ever gets to see."""

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        from azure.core.credentials import AccessToken  # noqa: PLC0415

        return AccessToken("simulator", int(time.time()) + 3600)


def credential_for(endpoint: Endpoint) -> TokenCredential:
    """The app's managed identity, or whoever is logged in on a developer's machine.

    `DefaultAzureCredential` rather than `ManagedIdentityCredential`, because in Functions only the
    former reads `AZURE_CLIENT_ID`, which names a user-assigned identity.
    """
    if endpoint.simulated:
        return _SimulatorCredential()
    from azure.identity import DefaultAzureCredential  # noqa: PLC0415

    return DefaultAzureCredential()
