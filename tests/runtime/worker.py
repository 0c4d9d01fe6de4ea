"""`function_app.py` as the Functions host would use it: Azure's own worker library, in process.

The library speaks protobuf messages; any object with the same attributes serves it as well, so no
gRPC and no host is needed. It indexes the app and converts every argument and answer for real.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

__all__ = ["FunctionFailed", "Message", "Worker", "durable_client", "http_request"]


class FunctionFailed(Exception):
    """The function raised: the host would answer 500, and Event Grid deliver again."""


class Message(SimpleNamespace):
    """Any protobuf message: keywords in, attributes out."""

    def WhichOneof(self, oneof: str) -> str | None:  # noqa: N802 - protobuf's name
        if oneof == "rpc_data":
            return "data"
        return next((name for name, value in vars(self).items() if value is not None), None)


_STATUS = {"Failure": 0, "Success": 1, "Cancelled": 2}
_DIRECTIONS = {"in": 0, "out": 1, "inout": 2, "undefined": 0, "string": 1, "binary": 2, "stream": 3}


class _Protocol:
    """Stands for the module that protobuf generates."""

    BindingInfo = type("BindingInfo", (Message,), dict(_DIRECTIONS))
    StatusResult: Any = type("StatusResult", (Message,), _STATUS)

    def __getattr__(self, name: str) -> type[Message]:
        return Message


_PROTOCOL = _Protocol()


class Worker:
    """A worker that has indexed the app of a folder."""

    def __init__(self, root: Path) -> None:
        self.loop = asyncio.new_event_loop()
        runtime.start_threadpool_executor()
        init = SimpleNamespace(capabilities={}, function_app_directory=str(root))
        self.loop.run_until_complete(_ask(runtime.worker_init_request, worker_init_request=init))
        answer = self.loop.run_until_complete(_ask(runtime.functions_metadata_request))
        self.functions = {f.name: f for f in answer.function_metadata_results or ()}

    def bindings(self, function: str) -> list[dict[str, Any]]:
        """The bindings of a function, as the host would read them."""
        return [json.loads(binding) for binding in self.functions[function].raw_bindings]

    def invoke(self, function: str, data: Message, **others: Message) -> Any:
        """Invoke a function. Raises `FunctionFailed`; answers what the host would get."""
        return self.loop.run_until_complete(self.invoked(function, data, **others))

    async def invoked(self, function: str, data: Message, **others: Message) -> Any:
        """The same on the worker's loop, beside other invocations."""
        trigger = next(
            b["name"] for b in self.bindings(function) if b["type"].lower().endswith("trigger")
        )
        inputs = {trigger: data, **others}
        invocation = SimpleNamespace(
            invocation_id=str(uuid.uuid4()),
            function_id=self.functions[function].function_id,
            input_data=[Message(name=name, data=value) for name, value in inputs.items()],
            trigger_metadata={},
            trace_context=SimpleNamespace(trace_parent="", trace_state="", attributes={}),
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=None),
        )
        return await _ask(runtime.invocation_request, invocation_request=invocation)

    def invoke_for_json(self, function: str, payload: str, client: Message | None = None) -> Any:
        """Invoke an orchestrator or an activity; its answer, parsed.

        One that has a Durable client bound to it gets that.
        """
        return self.loop.run_until_complete(self.invoked_for_json(function, payload, client))

    async def invoked_for_json(
        self, function: str, payload: str, client: Message | None = None
    ) -> Any:
        """The same on the worker's loop, beside other invocations."""
        bound = any(b["type"] == "durableClient" for b in self.bindings(function))
        others = {"client": client} if bound and client is not None else {}
        answer = (await self.invoked(function, Message(json=payload), **others)).return_value
        return json.loads(answer.json if hasattr(answer, "json") else answer.string)


async def _ask(handler: Any, **request: Any) -> Any:
    envelope = SimpleNamespace(
        request=Message(**request), properties={"protos": _PROTOCOL, "host": "127.0.0.1"}
    )
    response = await handler(envelope)
    if response.result.status != _PROTOCOL.StatusResult.Success:
        problem = response.result.exception
        raise FunctionFailed(f"{problem.message}\n{problem.stack_trace}")
    return response


def durable_client(url: str) -> Message:
    """What the host binds to a parameter of type `durableClient`: the extension is at that URL."""
    base = f"{url}/runtime/webhooks/durabletask"
    urls = {"id": "INSTANCEID", "statusQueryGetUri": f"{base}/instances/INSTANCEID"}
    bound = {
        "taskHubName": "Patchgate",
        "creationUrls": {},
        "managementUrls": urls,
        "rpcBaseUrl": f"{base}/",
    }
    return Message(json=json.dumps(bound))


def http_request(url: str, *, route: Mapping[str, str], query: Mapping[str, str]) -> Message:
    """A GET as the host hands it over."""
    return Message(
        http=SimpleNamespace(
            method="GET",
            url=url,
            headers={},
            params=dict(route),
            query=dict(query),
            body=Message(bytes=b""),
        )
    )
