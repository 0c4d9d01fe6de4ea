"""The worker: the function app in Azure's own worker library, as a process that pulls its work.

`python -m tests.processes.worker_process` indexes the app and says "ready". Then every line on its
input makes a worker of it: a fork, which is a process like any other to whoever kills it, but costs
no three seconds to start. The line is a JSON object: where the simulator is and the extension, what
time it is, and the `place` of the `run` where the worker has to stop.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.clock import SystemClock
from core.settings import Settings
from handlers.services import Services
from tests.processes.clock import StoryClock
from tests.processes.extension_process import LIMIT
from tests.processes.holding import Point, holding
from tests.runtime.worker import FunctionFailed, Message, Worker, durable_client

ROOT = Path(__file__).parents[2]
_PAUSE = 0.05  # real seconds until the host is looked for again


class _Puller:
    """Does what the host hands out, side by side."""

    def __init__(self, worker: Worker, url: str, line: int) -> None:
        self._worker, self._line = worker, line
        self._client = durable_client(url)

    async def work(self) -> None:
        """Until somebody kills it."""
        while True:
            with suppress(ConnectionError):  # the host has gone, or has not come yet
                await self._pull()
            await asyncio.sleep(_PAUSE)

    async def _pull(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._line, limit=LIMIT)
        doing = set()
        try:
            while line := await reader.readline():
                task = asyncio.create_task(self._do(json.loads(line), writer))
                doing.add(task)
                task.add_done_callback(doing.discard)
        finally:
            writer.close()

    async def _do(self, work: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        told = {"item": work["item"], "token": work["token"]}
        payload = json.dumps(work["payload"])
        try:
            if work["kind"] == "delivery":
                event = Message(json=payload)
                await self._worker.invoked(work["function"], event, client=self._client)
                told["answer"] = None
            else:
                told["answer"] = await self._worker.invoked_for_json(
                    work["function"], payload, self._client
                )
        except FunctionFailed as error:
            told["problem"] = str(error)
        writer.write(json.dumps(told).encode() + b"\n")


def _become(worker: Worker, job: dict[str, Any]) -> None:
    """The life of one worker."""
    settings = Settings.from_environment({"PATCHGATE_SIMULATOR": job["simulator"]})
    point = Point(place=job["place"], run=job["run"])
    gate = holding(settings, ROOT, StoryClock(Path(job["clock"])), point)
    app: Any = sys.modules["function_app"]
    app.patchgate = lambda: gate
    # The loop of before the fork shares its selector with all other workers.
    asyncio.run(_Puller(worker, job["url"], job["line"]).work())


def _main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the killed
    worker = Worker(ROOT)
    # With all that the first event would have to wait for.
    simulated = Settings.from_environment({"PATCHGATE_SIMULATOR": "http://127.0.0.1:1"})
    Services(settings=simulated, root=ROOT, clock=SystemClock()).warm()
    print("ready", flush=True)  # noqa: T201 - to the test that waits for it
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _become(worker, json.loads(line))
        print(child, flush=True)  # noqa: T201 - to the test, which kills it


if __name__ == "__main__":
    _main()
