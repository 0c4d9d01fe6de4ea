"""The app's HTTP functions behind WSGI: routes and keys as the host has them, the rest is real.

The Durable client is the SDK's own, and asks a scripted server that stands for the extension.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import azure.functions as func
from azure.durable_functions.models.utils import http_utils

from tests.scripted_server import Play, Received, answer, by, scripted

__all__ = ["KEY", "Wsgi", "shell"]

KEY = "a-function-key"  # not a secret of anybody's
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
_ROUTE = re.compile(r"/api/gates(?:/([^/]+))?")
_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}


@contextmanager
def shell(instances: dict[str, dict[str, Any]]) -> Iterator[Wsgi]:
    """The functions over these orchestrations: what the extension tells of each, by its key."""
    import function_app  # noqa: PLC0415 - reads the environment

    functions = {
        f.get_function_name(): f.get_user_function() for f in function_app.app.get_functions()
    }
    loop = asyncio.new_event_loop()
    with scripted(by(_extension(instances))) as hub:

        def app(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            status, headers, body = _answered(functions, environ, loop, _client(hub.url))
            start(f"{status} {_REASONS.get(status, 'Odd')}", headers)
            return [body]

        try:
            yield app
        finally:
            loop.run_until_complete(http_utils._close_session())  # noqa: SLF001 - no public way
            loop.close()


def _answered(
    functions: dict[str, Any],
    environ: dict[str, Any],
    loop: asyncio.AbstractEventLoop,
    client: str,
) -> tuple[int, list[tuple[str, str]], bytes]:
    """What the host does: the route, the key, and the function."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True, errors="replace")
    path = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    found = _ROUTE.fullmatch(path)
    if found is None or environ["REQUEST_METHOD"] != "GET":
        return 404, [], b""
    if KEY not in (environ.get("HTTP_X_FUNCTIONS_KEY"), *query.get("code", ())):
        return 401, [], b""
    request = func.HttpRequest(
        method="GET",
        url="http://localhost" + environ["PATH_INFO"],
        params={name: values[-1] for name, values in query.items()},
        route_params={"key": found[1]} if found[1] else {},
        body=b"",
    )
    function = functions["gate_report" if found[1] else "gates"]
    told: func.HttpResponse = loop.run_until_complete(function(req=request, client=client))
    return told.status_code, [("Content-Type", str(told.mimetype))], told.get_body()


def _client(url: str) -> str:
    """What the host binds to a parameter of type `durableClient`."""
    base = f"{url}/runtime/webhooks/durabletask"
    return json.dumps(
        {
            "taskHubName": "Patchgate",
            "creationUrls": {},
            "managementUrls": {
                "id": "INSTANCEID",
                "statusQueryGetUri": f"{base}/instances/INSTANCEID",
            },
            "rpcBaseUrl": f"{base}/",
        }
    )


def _extension(instances: dict[str, dict[str, Any]]) -> Callable[[Received], Play]:
    """The extension's own HTTP API, as far as looking goes."""

    def choose(request: Received) -> Play:
        key = urlsplit(request.target).path.rpartition("/instances/")[2]
        if not key:
            return answer(200, list(instances.values()))
        known = instances.get(key)
        if known is None:
            return answer(404)
        return answer(202 if known["runtimeStatus"] in ("Pending", "Running") else 200, known)

    return choose
