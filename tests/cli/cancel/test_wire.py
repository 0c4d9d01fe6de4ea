"""What goes over the wire is what the official SDK sends, whose betas have the operation."""

from __future__ import annotations

from functools import partial
from typing import Any

from azure.mgmt.maintenance import MaintenanceManagementClient

from tests.cli.runs.world import RUN, Cloud, cloud


def sent_by_sdk(azure: Cloud) -> None:
    connection, configuration = azure.patient(), RUN.configuration
    version = connection.settings.cancel_api_version
    kind = partial(MaintenanceManagementClient, api_version=version)
    client: Any = connection.client(kind, configuration.subscription)
    client.apply_updates.create_or_update_or_cancel(
        configuration.resource_group,
        "Microsoft.Maintenance",
        "maintenanceConfigurations",
        configuration.name,
        RUN.name,
        {"properties": {"status": "Cancel"}},
    )


def test_the_cancel_call_is_that_of_the_sdk() -> None:
    with cloud() as azure:
        azure.run("cancel", RUN, "--yes")
        (ours,) = azure.asked("cancel")
    with cloud() as azure:
        sent_by_sdk(azure)
        (theirs,) = azure.asked("cancel")
    assert theirs.status == 200
    assert ours.path.lower() == theirs.path.lower()
    assert (ours.method, ours.query, ours.body) == (theirs.method, theirs.query, theirs.body)
