"""What a client of Azure's SDK needs to talk to this Azure, as us, and to no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport

from arm.endpoint import Endpoint
from arm.transport import plain_session

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

__all__ = ["authentication", "client_options", "nobodys_token"]


def client_options(endpoint: Endpoint) -> dict[str, Any]:
    """Keyword arguments of any management client: where it asks, over which connections, for whom.

    Redirects are not followed: a token would go with them.
    """
    options: dict[str, Any] = {
        "base_url": endpoint.url,
        "credential_scopes": [endpoint.scope],
        "transport": RequestsTransport(session=plain_session(endpoint)),
        "permit_redirects": False,
    }
    if endpoint.simulated:
        options["authentication_policy"] = nobodys_token()
    return options


def authentication(endpoint: Endpoint, credential: TokenCredential) -> Any:
    """The policy that sends our token; to a simulator, nobody's."""
    if endpoint.simulated:
        return nobodys_token()
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy  # noqa: PLC0415

    return ARMChallengeAuthenticationPolicy(credential, endpoint.scope)


class _Nobody(SansIOHTTPPolicy[Any, Any]):
    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.http_request.headers["Authorization"] = "Bearer simulator"


def nobodys_token() -> SansIOHTTPPolicy[Any, Any]:
    """A policy in place of the one that would send a real token.

    Over plain HTTP, which the simulator speaks, Azure's SDK sends no token at all.
    """
    return _Nobody()
