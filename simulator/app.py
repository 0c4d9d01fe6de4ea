"""The ASGI app: HTTP in and out, delays and dropped connections. What is true is in `azure`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.clock import Clock
from simulator.azure import Azure, Visit
from simulator.messages import Reply, Request

__all__ = ["application"]

_LOOK_AGAIN = 0.05  # real seconds: a clock may be moved while a request waits for it


def application(azure: Azure, hang_up: Callable[[Any], None]) -> ASGIApp:
    """The app; `hang_up` closes the connection of the client whose address it is given."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = await _read(HttpRequest(scope, receive))
        visit = azure.arrive(request)
        reply = await _reply(azure, visit)
        if reply is None:
            hang_up(scope["client"])
            await receive()  # returns once the connection is gone
        else:
            await _response(reply)(scope, receive, send)

    return app


async def _read(request: HttpRequest) -> Request:
    body = await request.body()
    try:
        parsed = json.loads(body) if body else None
    except ValueError:
        parsed = None
    return Request(
        method=request.method,
        path=request.scope["path"],
        api_version=request.query_params.get("api-version"),
        authorised=_has_token(request.headers.get("authorization", "")),
        json=parsed,
        raw=body,
        host=request.headers.get("host", ""),
        headers=dict(request.headers),
        query={name.lower(): value for name, value in request.query_params.items()},
    )


def _has_token(authorization: str) -> bool:
    scheme, _, token = authorization.partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


async def _reply(azure: Azure, visit: Visit) -> Reply | None:
    """The answer, or None if the connection is to be dropped."""
    await _wait(azure.clock, visit.delay)
    if visit.drop == "before":
        azure.leave(visit, None, "dropped before the effect")
        return None
    if visit.request.what == "graph":
        await asyncio.sleep(azure.scenario.graph.latency)
    reply = await run_in_threadpool(azure.answer, visit)
    if visit.drop == "after":
        azure.leave(visit, None, "dropped after the effect")
        return None
    azure.leave(visit, reply.status, reply.note)
    return reply


async def _wait(clock: Clock, seconds: float) -> None:
    """Wait for seconds of the story's time, holding up nobody else."""
    until = clock.now() + timedelta(seconds=seconds)
    while (left := clock.real_seconds(until)) > 0:  # noqa: ASYNC110  # a clock has no events
        await asyncio.sleep(min(left, _LOOK_AGAIN))


def _response(reply: Reply) -> Response:
    text = reply.body if isinstance(reply.body, str) else ""
    if reply.body is not None and not isinstance(reply.body, str):
        text = json.dumps(reply.body)
    return Response(
        text,
        status_code=reply.status,
        headers=dict(reply.headers),
        media_type=None if "Content-Type" in reply.headers else "application/json",
    )
