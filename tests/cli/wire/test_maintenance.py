"""The cancel call, its read-back and the configuration, held against Azure's own SDK.

The operation is in previews of azure-mgmt-maintenance only: https://pypi.org/project/azure-mgmt-maintenance/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from azure.mgmt.maintenance import MaintenanceManagementClient, models

from cancel_client.client import CancelClient
from cli.azure.configurations import read_configuration
from cli.azure.connection import connect
from core.ids import RunId
from core.settings import Settings
from tests.cli.events.cloud import GROUP, RUN, cloud
from tests.cli.wire.sdk import of_maintenance, sent

OF_RUN = ("Ops", "Microsoft.Maintenance", "maintenanceConfigurations", "Weekly", RUN.name)
VERSION = Settings().cancel_api_version


@dataclass(frozen=True)
class Cancelled:
    """The second source confirms as well."""

    status: str = "Cancelled"
    message: str = ""
    problem: str | None = None


def confirmed(run: RunId, until: datetime) -> Cancelled:
    return Cancelled()


def test_the_cancel_call_and_its_read_back_are_the_sdks_own() -> None:
    """Same method, path, query and body."""

    def by_hand(client: MaintenanceManagementClient) -> None:
        status = models.ApplyUpdateProperties(status="Cancel")
        client.apply_updates.create_or_update_or_cancel(
            *OF_RUN, models.ApplyUpdate(properties=status)
        )
        client.apply_updates.get(*OF_RUN)

    theirs = of_maintenance(by_hand, VERSION)
    with cloud() as azure:
        here = connect(azure.url)
        client = CancelClient(here.session, confirmed, here.clock, VERSION)
        cancellation = client.cancel(RUN, here.clock.now() + timedelta(minutes=1))
        ours = sent(azure.azure.seen)
    assert cancellation.confirmed
    assert [one.method for one in theirs] == ["PUT", "GET"]
    assert ours == theirs


def test_a_configuration_is_read_as_the_sdk_reads_it() -> None:
    def by_hand(client: MaintenanceManagementClient) -> None:
        found = client.maintenance_configurations.get("Ops", "Weekly")
        assert found.properties is not None
        assert found.properties.maintenance_scope == "InGuestPatch"
        assert found.properties.maintenance_window is not None

    with cloud() as azure:
        found = read_configuration(connect(azure.url), RUN.configuration)
        ours = sent(azure.azure.seen)
    assert ours == of_maintenance(by_hand, ours[0].query["api-version"])
    assert found.window is not None
    assert ours[0].path.startswith(GROUP)
