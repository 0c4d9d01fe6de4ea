"""Entries of the activity log, made of a write and of the operation behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

from simulator.compute.call import Call
from simulator.compute.operations import Operation
from simulator.management.store import type_of
from simulator.messages import Reply
from simulator.rows.row import guid
from simulator.templates import stamp

__all__ = ["Entry", "entries_of", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One of them: `status` is Started, Accepted, Succeeded or Failed."""

    at: datetime
    status: str
    code: str
    number: int
    operation: str
    resource_id: str
    caller: str
    correlation_id: str
    client_request_id: str
    method: str
    uri: str

    @property
    def subscription(self) -> str:
        """Where it is kept, in lower case."""
        return self.resource_id.split("/")[2].lower()

    @property
    def resource_group(self) -> str:
        """The group of the resource."""
        return self.resource_id.split("/")[4]

    @property
    def provider(self) -> str:
        """`Microsoft.Compute`."""
        return self.operation.partition("/")[0]


def entries_of(
    call: Call, reply: Reply, operation: Operation | None, id_: str, now: datetime
) -> Iterator[Entry]:
    """What the log holds of a write by now."""
    request = call.request
    name, resource_id = _named(call)
    first = Entry(
        at=call.at,
        status="Started",
        code="",
        number=0,
        operation=name,
        resource_id=resource_id,
        caller=call.by,
        correlation_id=request.headers.get("x-ms-correlation-request-id") or id_,
        client_request_id=request.headers.get("x-ms-client-request-id") or id_,
        method=request.method,
        uri=f"https://management.azure.com{request.path}?api-version={request.api_version}",
    )
    yield first
    code = HTTPStatus(reply.status).phrase.replace(" ", "")
    if reply.status >= 400:
        yield replace(first, status="Failed", code=code, number=1)
        return
    if operation is None:
        yield replace(first, status="Succeeded", code=code, number=1)
        return
    yield replace(first, status="Accepted", code=code, number=1)
    if operation.over(now) and operation.ends is not None:
        ended = replace(first, at=operation.ends, status=operation.status(now), number=2)
        yield replace(ended, code="OK" if operation.failure is None else operation.failure.code)


def shown(entry: Entry, columns: Sequence[str]) -> dict[str, Any]:
    """As Azure Monitor shows it: all of it, or some fields only."""
    id_ = guid(f"{entry.correlation_id} {entry.operation} {entry.at} {entry.number}")
    first = entry.number == 0
    name = "BeginRequest" if first else "EndRequest"
    whole: dict[str, Any] = {
        "authorization": {"action": entry.operation, "scope": entry.resource_id},
        "caller": entry.caller,
        "channels": "Operation",
        "category": _both("Administrative"),
        "correlationId": entry.correlation_id,
        "description": "",
        "eventDataId": id_,
        "eventName": _both(name),
        "eventTimestamp": stamp(entry.at),
        "id": f"{entry.resource_id}/events/{id_}/ticks/{int(entry.at.timestamp() * 10**7)}",
        "level": "Error" if entry.status == "Failed" else "Informational",
        "operationId": entry.correlation_id,
        "operationName": _both(entry.operation),
        "resourceGroupName": entry.resource_group,
        "resourceId": entry.resource_id,
        "resourceProviderName": _both(entry.provider),
        "resourceType": _both(type_of(entry.resource_id)),
        "status": _both(entry.status),
        "subStatus": _both(entry.code),
        "submissionTimestamp": stamp(entry.at),
        "subscriptionId": entry.subscription,
        "properties": {} if first else {"statusCode": entry.code},
    }
    if first:
        whole["httpRequest"] = {
            "clientRequestId": entry.client_request_id,
            "clientIpAddress": "203.0.113.7",
            "method": entry.method,
            "uri": entry.uri,
        }
    wanted = {name.lower() for name in columns}
    return {name: value for name, value in whole.items() if not wanted or name.lower() in wanted}


def _both(value: str) -> dict[str, str]:
    return {"value": value, "localizedValue": value}


def _named(call: Call) -> tuple[str, str]:
    """The name of the operation, and the resource that it is about."""
    path = call.request.path.rstrip("/")
    match call.request.method:
        case "POST":
            target, _, action = path.rpartition("/")
            return f"{type_of(target)}/{action}/action", target
        case "DELETE":
            return f"{type_of(path)}/delete", path
    return f"{type_of(path)}/write", path
