"""The stand-in for the Durable extension, and for Event Grid in front of it, as a process.

`python -m tests.processes.extension_process FOLDER CLOCK SPEED PORT LINE` keeps its journal in the
folder, serves the extension's HTTP API on one port, and hands out work on the other: lines of JSON.
That a worker has gone is not noticed: its work comes back when the leases end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from aiohttp import web

from tests.durable_history import iso, told_of
from tests.processes.clock import StoryClock
from tests.processes.hub import Hub
from tests.processes.journal import Journal
from tests.processes.work import DURABLE, Kind

__all__ = ["LIMIT", "Extension"]

LIMIT = 1 << 26  # bytes of a line
_LONGEST_WAIT = 0.01  # real seconds between looks at the clock
_RUNNING = 100.0  # times as fast as ours
_API = "/runtime/webhooks/durabletask"

# The host takes whatever Event Grid sends.
_ROOM: dict[Kind, int] = {
    "replay": DURABLE["maxConcurrentOrchestratorFunctions"],
    "task": DURABLE["maxConcurrentActivityFunctions"],
    "delivery": 1_000_000,
}


class Extension:
    """The hub behind two ports."""

    def __init__(self, hub: Hub, clock: StoryClock, speed: float) -> None:
        self._hub, self._clock, self._speed = hub, clock, speed
        self._lines = self._out = 0  # workers, and what they have to do
        self._news = asyncio.Event()

    def routes(self) -> web.Application:
        """The HTTP API; below /control, what a test asks."""
        app = web.Application(client_max_size=LIMIT)
        app.router.add_post(_API + "/orchestrators/{name}/{key}", self._start)
        app.router.add_get(_API + "/instances/{key}", self._find)
        app.router.add_get(_API + "/instances/", self._list)
        app.router.add_post("/control/events", self._events)
        app.router.add_get("/control/state", self._state)
        return app

    async def _start(self, request: web.Request) -> web.Response:
        name, key = request.match_info["name"], request.match_info["key"]
        order = await request.json()
        known = self._hub.instances.get(key)
        if known is not None and known.finished is None:
            message = f"An Orchestration instance with the status {known.state} exists"
            return web.json_response({"Message": message}, status=409)
        order = json.loads(order) if isinstance(order, str) else order
        self._hub.begin(name, key, order, self._clock.now())
        self._news.set()
        return web.json_response({"id": key}, status=202)

    async def _find(self, request: web.Request) -> web.Response:
        instance = self._hub.instances.get(request.match_info["key"])
        if instance is None:
            return web.json_response(None, status=404)
        told = told_of(instance)
        if request.query.get("showInput", "").lower() == "true":
            told["input"] = json.loads(instance.input)
        return web.json_response(told, status=200 if instance.finished else 202)

    async def _list(self, request: web.Request) -> web.Response:
        since = datetime.fromisoformat(request.query["createdTimeFrom"])
        listed = [i for i in self._hub.instances.values() if i.created >= since]
        return web.json_response([told_of(instance) for instance in listed])

    async def _events(self, request: web.Request) -> web.Response:
        for envelope in await request.json():
            self._hub.deliver(envelope, self._clock.now())
        self._news.set()
        return web.json_response({})

    async def _state(self, request: web.Request) -> web.Response:
        instances = [
            {
                **told_of(one),
                "finished": one.finished and iso(one.finished),
                "error": one.error,
                "replays": one.replays,
                "steps": [[iso(at), name] for at, name, _ in one.steps],
            }
            for one in self._hub.instances.values()
        ]
        deliveries = [asdict(delivery) for delivery in self._hub.deliveries.values()]
        text = json.dumps({"instances": instances, "deliveries": deliveries}, default=iso)
        return web.Response(text=text, content_type="application/json")

    async def line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One worker: hand out what is due and what it has room for, and hear what came of it."""
        held: dict[tuple[str, int], Kind] = {}
        hearing = asyncio.create_task(self._hear(reader, held))
        self._lines += 1
        try:
            while not hearing.done():
                now = self._clock.now()
                self._hub.renew([item for item, _ in held], now)
                used = Counter(held.values())
                kinds = [kind for kind, room in _ROOM.items() if used[kind] < room]
                handed = self._hub.hand_out(now, kinds)
                if handed is None:
                    await self._wait(now)
                    continue
                held[handed.item, handed.token] = handed.kind
                self._out += 1
                self._clock.pace(self._speed)
                writer.write(json.dumps(asdict(handed)).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # nobody is told: the leases tell
        finally:
            writer.close()
            self._lines -= 1
            self._out -= len(held)
            error = hearing.exception() if hearing.done() else None
            if error is not None and not isinstance(error, ConnectionError):
                traceback.print_exception(error)
                os._exit(1)  # what the hub itself finds wrong ends the test
            hearing.cancel()

    async def _hear(self, reader: asyncio.StreamReader, held: dict[tuple[str, int], Kind]) -> None:
        while line := await reader.readline():
            told = json.loads(line)
            held.pop((told["item"], told["token"]))
            self._out -= 1
            if "problem" in told:
                self._hub.failed(told["item"], told["token"], told["problem"], self._clock.now())
            else:
                self._hub.done(told["item"], told["token"], told["answer"], self._clock.now())
            self._news.set()
        self._news.set()

    async def keep_pace(self) -> None:
        """While nobody has anything to do, time runs to where somebody will."""
        while True:
            due = self._hub.next_at()
            idle = self._lines and not self._out and (due is None or due > self._clock.now())
            self._clock.pace(_RUNNING if idle else self._speed)
            await asyncio.sleep(_LONGEST_WAIT)

    async def _wait(self, now: datetime) -> None:
        """Until something has happened, or is due."""
        self._news.clear()
        due = self._hub.next_at()
        left = _LONGEST_WAIT if due is None else self._clock.real_seconds(due)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), min(max(left, 0.001), _LONGEST_WAIT))


async def _serve(folder: Path, clock: StoryClock, speed: float, port: int, line: int) -> None:
    extension = Extension(Hub(Journal(folder / "journal")), clock, speed)
    runner = web.AppRunner(extension.routes(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024, reuse_address=True).start()
    await asyncio.start_server(extension.line, "127.0.0.1", line, limit=LIMIT)
    print("ready", flush=True)  # noqa: T201 - to the test that waits for it
    await extension.keep_pace()


if __name__ == "__main__":
    _folder, _clock, _speed, _port, _line = sys.argv[1:]
    asyncio.run(
        _serve(Path(_folder), StoryClock(Path(_clock)), float(_speed), int(_port), int(_line))
    )
