"""Where Azure Resource Manager is, and whose token it gets."""

from __future__ import annotations

import pytest
from azure.identity import DefaultAzureCredential

from arm.endpoint import Endpoint, endpoint_of
from arm.token import credential_for
from core.settings import CLOUDS, Settings

_HOSTS = {
    "AZURE_PUBLIC_CLOUD": ("management.azure.com", "management.azure.com"),
    "AZURE_US_GOVERNMENT": (
        "management.usgovcloudapi.net",
        "management.core.usgovcloudapi.net",
    ),
    "AZURE_CHINA_CLOUD": ("management.chinacloudapi.cn", "management.chinacloudapi.cn"),
}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_cloud_has_its_own_host_and_audience(cloud: str) -> None:
    """Over https; US Government is the one where the two differ."""
    host, audience = _HOSTS[cloud]
    assert endpoint_of(Settings(cloud=cloud)) == Endpoint(
        url=f"https://{host}", scope=f"https://{audience}/.default"
    )


def test_a_simulator_never_gets_a_real_token() -> None:
    """Whoever is logged in here is not asked."""
    endpoint = endpoint_of(Settings(simulator="http://127.0.0.1:4000"))
    assert endpoint.url == "http://127.0.0.1:4000"
    assert endpoint.simulated
    assert not isinstance(credential_for(endpoint), DefaultAzureCredential)
    assert credential_for(endpoint).get_token(endpoint.scope).token.startswith("sim")


def test_in_azure_the_apps_identity_is_asked() -> None:
    """`DefaultAzureCredential`, which in Functions reads AZURE_CLIENT_ID."""
    with credential_for(endpoint_of(Settings())) as credential:  # type: ignore[attr-defined]
        assert isinstance(credential, DefaultAzureCredential)
