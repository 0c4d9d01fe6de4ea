"""A stand-in for the Durable extension, as the worker sees it: an HTTP API on loopback.

The Durable client of the app starts and looks up orchestrations through it; `play` then drives them
as the host does, by invoking orchestrators and activities in the worker.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.durable_history import told_of
from tests.durable_host import Done, DurableHost, Raised
from tests.runtime.worker import FunctionFailed, Message, Worker, durable_client

__all__ = ["Extension", "extension"]


class Extension:
    """The instances of a task hub, and the HTTP API to start and to find them."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.host = DurableHost(self._orchestrate, self._work, datetime.now(UTC))
        self.requests: list[tuple[str, str]] = []
        self.url = ""
        self.down: int | None = None  # the status that every request gets instead

    def play(self) -> None:
        """Let every orchestration run to its end; timers fire at once, in order."""
        self.host.run()

    @property
    def client(self) -> Message:
        """What the host binds to a parameter of type `durableClient`."""
        return durable_client(self.url)

    def _orchestrate(self, name: str, body: str) -> str:
        return json.dumps(self._worker.invoke_for_json(name, body, self.client))

    def _work(self, name: str, request: Any, now: datetime) -> Done | Raised:
        try:
            told = json.dumps(request)
            return Done(answer=self._worker.invoke_for_json(name, told, self.client))
        except FunctionFailed as error:
            return Raised(message=str(error))

    def start(self, name: str, key: str, order: Any) -> tuple[int, Any]:
        """POST orchestrators/{name}/{key}."""
        known = self.host.instances.get(key)
        if known is not None and known.finished is None:
            return 409, {
                "Message": f"An Orchestration instance with the status {known.state} exists"
            }
        self.host.begin(name, key, order)
        return 202, {"id": key}

    def find(self, key: str, *, show_input: bool = False) -> tuple[int, Any]:
        """GET instances/{key}."""
        instance = self.host.instances.get(key)
        if instance is None:
            return 404, None
        told = told_of(instance)
        told["input"] = json.loads(instance.input) if show_input else None
        return (200 if instance.finished else 202), told

    def list(self) -> tuple[int, Any]:
        """GET instances/."""
        return 200, [told_of(instance) for instance in self.host.instances.values()]


@contextmanager
def extension(worker: Worker) -> Iterator[Extension]:
    """An extension that listens on loopback."""
    hub = Extension(worker)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            hub.requests.append(("GET", self.path))
            query = parse_qs(url.query)
            key = url.path.rpartition("/instances/")[2]
            if key:
                shown = query.get("showInput", ["false"])[0].lower() == "true"
                self._answer(*hub.find(key, show_input=shown))
                return
            assert query["createdTimeFrom"]
            self._answer(*hub.list())

        def do_POST(self) -> None:
            hub.requests.append(("POST", self.path))
            length = int(self.headers["Content-Length"])
            order = json.loads(self.rfile.read(length))
            name, key = urlsplit(self.path).path.split("/")[-2:]
            self._answer(
                *hub.start(name, key, json.loads(order) if isinstance(order, str) else order)
            )

        def _answer(self, status: int, body: Any) -> None:
            if hub.down is not None:
                status, body = hub.down, {"Message": "storage is down"}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - upstream's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
