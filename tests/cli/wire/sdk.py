"""Requests of Azure's own SDKs, sent to a simulator, to hold ours against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from azure.mgmt.eventgrid import EventGridManagementClient
from azure.mgmt.maintenance import MaintenanceManagementClient

from cli.azure.connection import connect
from simulator import Seen
from tests.cli.events.cloud import SUBSCRIPTION, Cloud, cloud

__all__ = ["Sent", "changes", "of_event_grid", "of_maintenance", "sent"]

C = TypeVar("C")


@dataclass(frozen=True, kw_only=True)
class Sent:
    """What counts of a request."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


def sent(seen: Sequence[Seen]) -> list[Sent]:
    """Requests for resources: not those that ask how an operation goes."""
    return [
        Sent(method=one.method, path=one.path, query=dict(one.query), body=one.body)
        for one in seen
        if one.what != "other" and "/locations/" not in one.path
    ]


def of_event_grid(
    work: Callable[[EventGridManagementClient], object], scenario: str = ""
) -> list[Sent]:
    """What the SDK sends for that."""
    return _of(EventGridManagementClient, work, scenario)


def of_maintenance(
    work: Callable[[MaintenanceManagementClient], object], api_version: str
) -> list[Sent]:
    """The same of the SDK for maintenance, whose versions all speak the same way."""

    def made(credential: Any, subscription: str, **options: Any) -> MaintenanceManagementClient:
        return MaintenanceManagementClient(
            credential, subscription, api_version=api_version, **options
        )

    return _of(made, work, "")


def _of(kind: Callable[..., C], work: Callable[[C], object], scenario: str) -> list[Sent]:
    with cloud(scenario) as azure:
        work(connect(azure.url).client(kind, SUBSCRIPTION))
        return sent(azure.azure.seen)


def changes(azure: Cloud) -> list[Sent]:
    """What a command sent to change something."""
    return sent(azure.writes())
