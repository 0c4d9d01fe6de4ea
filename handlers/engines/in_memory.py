"""The stories without Azure: the in-memory backend of `durabletask`, bound to loopback.

Times in the stories are those of the clock given, which may run faster than the machine's.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent import futures
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import durabletask.internal.orchestrator_service_pb2_grpc as stubs
import grpc
from durabletask import client, task, worker
from durabletask.grpc_options import GrpcChannelOptions
from durabletask.testing.in_memory_backend import InMemoryOrchestrationBackend

from core.clock import Clock
from core.errors import ActivityFailed, CannotStart
from handlers.engines import Engine, Json, Known, Starter, Step, Story, Task, play

__all__ = ["InMemoryEngine", "InMemoryStarter", "running"]

_SIZE = 64 * 1024 * 1024  # bytes of one message; a report of thousands of machines has several MB
_WORKERS = 80  # steps under way at once: a hung check must not keep the cancel call waiting


class _Backend(InMemoryOrchestrationBackend):
    """Upstream listens on every interface and takes messages of 4 MB."""

    def start(self) -> str:
        self._shutdown_event.clear()
        options = [
            ("grpc.max_receive_message_length", _SIZE),
            ("grpc.max_send_message_length", _SIZE),
        ]
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=20), options=options)
        serve: Any = stubs.add_TaskHubSidecarServiceServicer_to_server
        serve(self, self._server)
        self._port = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return f"127.0.0.1:{self._port}"

    def CompleteOrchestratorTask(self, request: Any, context: Any) -> Any:  # noqa: N802 - gRPC's
        answer: Any = super().CompleteOrchestratorTask(request, context)
        # Upstream forgets this for results that came meanwhile: they would wait for 100 ms.
        self._work_available.set()
        return answer


class _InMemoryTask:
    def __init__(self, native: task.Task[Any], name: str = "") -> None:
        self.native, self._name = native, name

    @property
    def done(self) -> bool:
        return self.native.is_complete

    def result(self) -> Json:
        try:
            return self.native.get_result()
        except task.TaskFailedError as error:
            raise ActivityFailed(self._name, error.details.message) from error

    def cancel(self) -> None:
        """Nothing to do: here a story ends whatever timers are still pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pace:
    """How the story's time and the machine's belong together, fixed for a whole backend.

    Fixed, because a story that is replayed must be told the same time for the same moment.
    """

    real: datetime
    story: datetime
    speed: float

    @classmethod
    def of(cls, clock: Clock) -> _Pace:
        return cls(real=datetime.now(UTC), story=clock.now(), speed=clock.speed)

    def to_story(self, real: datetime) -> datetime:
        return self.story + (real.replace(tzinfo=UTC) - self.real) * self.speed

    def to_real(self, story: datetime) -> datetime:
        return (self.real + (story - self.story) / self.speed).replace(tzinfo=None)


class InMemoryEngine:
    """One orchestration, as the engine protocol."""

    def __init__(self, context: task.OrchestrationContext, pace: _Pace) -> None:
        self._context, self._pace = context, pace
        self._tasks: dict[int, _InMemoryTask] = {}

    @property
    def now(self) -> datetime:
        return self._pace.to_story(self._context.current_utc_datetime)

    def activity(self, name: str, request: Json) -> Task:
        return self._known(self._context.call_activity(name, input=request), name)

    def timer(self, at: datetime) -> Task:
        # Upstream wants a moment that is not past; one that is past ends at once.
        return self._known(self._context.create_timer(self._pace.to_real(max(at, self.now))))

    def any(self, tasks: Sequence[Task]) -> Task:
        return _InMemoryTask(task.when_any([_native(t) for t in tasks]))

    def status(self, status: Json) -> None:
        self._context.set_custom_status(status)

    def wrap(self, native: Any) -> Task:
        """Our task for the engine's that has ended."""
        return self._tasks[id(native)]

    def _known(self, native: Any, name: str = "") -> _InMemoryTask:
        known = _InMemoryTask(native, name)
        self._tasks[id(native)] = known
        return known


def _native(known: Task) -> Any:
    assert isinstance(known, _InMemoryTask)  # noqa: S101 - a story mixes up no engines
    return known.native


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    state: str
    status: Json
    output: Json
    created: datetime | None


class InMemoryStarter:
    """Starts stories on the in-memory backend, and waits for them."""

    def __init__(self, hub: client.TaskHubGrpcClient) -> None:
        self._hub = hub

    async def look(self, key: str) -> Known | None:
        return await asyncio.to_thread(self.look_now, key)

    async def start(self, story: str, key: str, order: Json) -> None:
        await asyncio.to_thread(self._start, story, key, order)

    def look_now(self, key: str) -> Known | None:
        """The same as `look`, for callers without a loop."""
        state = self._hub.get_orchestration_state(key)
        return _known(state) if state else None

    def wait(self, key: str, seconds: float) -> Known:
        """The story of that key, ended. Raises TimeoutError after so many real seconds."""
        state = self._hub.wait_for_orchestration_completion(key, timeout=max(1, round(seconds)))
        if state is None:
            raise CannotStart(key, "no such story")
        return _known(state)

    def _start(self, story: str, key: str, order: Json) -> None:
        try:
            self._hub.schedule_new_orchestration(story, input=order, instance_id=key)
        except grpc.RpcError as error:
            raise CannotStart(key, str(error)) from error


def _known(state: client.OrchestrationState) -> Known:
    return _Known(
        state=state.runtime_status.name.title(),
        status=state.get_custom_status(),
        output=state.get_output() if state.failure_details is None else None,
        created=None,  # nobody watches a story that is played here
    )


@contextmanager
def running(
    stories: Mapping[str, Callable[[Engine, Json], Story[Json]]],
    steps: Mapping[str, Step],
    clock: Clock,
    *,
    keeping: Callable[[Starter], Mapping[str, Step]],
) -> Iterator[InMemoryStarter]:
    """A backend and a worker for those stories and steps, gone when the block is left.

    `keeping` makes the steps that ask the engine itself.
    """
    quiet = logging.getLogger("patchgate.engine")
    for chatty in (quiet, logging.getLogger("durabletask.testing.in_memory_backend")):
        chatty.setLevel(logging.CRITICAL)  # their stories of every poll and shutdown help nobody
    backend = _Backend()
    address = backend.start()
    options = GrpcChannelOptions(max_receive_message_length=_SIZE, max_send_message_length=_SIZE)
    concurrency = worker.ConcurrencyOptions(maximum_thread_pool_workers=_WORKERS)
    pace = _Pace.of(clock)
    try:
        with (
            worker.TaskHubGrpcWorker(
                host_address=address,
                channel_options=options,
                concurrency_options=concurrency,
                logger=quiet,
            ) as worker_,
            client.TaskHubGrpcClient(
                host_address=address, channel_options=options, logger=quiet
            ) as hub,
        ):
            for name, tell in stories.items():
                worker_.add_orchestrator(_orchestrator(name, tell, pace))
            starter = InMemoryStarter(hub)
            for name, step in {**steps, **keeping(starter)}.items():
                worker_.add_activity(_activity(name, step))
            worker_.start()  # type: ignore[no-untyped-call]
            yield starter
    finally:
        backend.stop()


def _orchestrator(name: str, tell: Callable[[Engine, Json], Story[Json]], pace: _Pace) -> Any:
    def orchestrator(context: task.OrchestrationContext, order: Json) -> Any:
        engine = InMemoryEngine(context, pace)
        return play(tell(engine, order), _native, engine.wrap)

    orchestrator.__name__ = name
    return orchestrator


def _activity(name: str, step: Step) -> Any:
    def activity(_context: task.ActivityContext, request: Json) -> Json:
        return step(request)

    activity.__name__ = name
    return activity
