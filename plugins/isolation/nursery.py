"""The app's side of process isolation: starts the nursery, and puts questions to its children."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.clock import Clock
from core.model import Machine
from plugins.isolation.environment import handed_over
from plugins.isolation.messages import Order, order_adapter
from plugins.question import Heard, Question
from plugins.threads import Abandoned

if TYPE_CHECKING:
    from plugins.isolation.process import NurseryProcess

__all__ = ["Nursery"]

_AT_ONCE = 32  # children
_TRIES = 2  # of a question whose nursery is lost: what killed it may have been another's check


class Nursery:
    """Asks checks in processes of their own; one for all questions of an app.

    `discovery` is the module whose `discover` finds the checks (or actions), `folder` where the
    user's own are. `keep` names environment variables that a check needs
    although they look like secrets: see `plugins.isolation.environment`. One that has not begun to
    work after `loading` real seconds is stuck, and another is started. `forks` is false on systems
    that cannot start processes in the way that is needed, such as Windows.

    The nursery's process starts with the first question, and again when it was lost; it ends with
    `close`, or with ours. `abandoned` counts the threads of this app that hang in checks.
    """

    def __init__(
        self,
        folder: Path | None,
        *,
        discovery: str = "checks.discovery",
        keep: Collection[str] = (),
        loading: float = 60.0,
        forks: bool = hasattr(os, "fork") and hasattr(socket, "SCM_RIGHTS"),
    ) -> None:
        self._given = {
            "folder": None if folder is None else str(folder.absolute()),
            "discovery": discovery,
        }
        self._keep, self._loading, self.forks = keep, loading, forks
        self._lock = threading.Lock()
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._process: NurseryProcess | None = None
        self.abandoned = Abandoned()

    @property
    def pid(self) -> int | None:
        """The nursery's process, if one has been started and not been closed."""
        process = self._process
        return None if process is None else process.pid

    def warm(self) -> None:
        """Start the nursery, without waiting for it. Raises `OSError` if that cannot be done."""
        if self.forks:
            self._running()

    def close(self) -> None:
        """End the nursery, and with it every child."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.end()

    def hear(
        self, question: Question, clock: Clock, *, config: Mapping[str, Any], memory: int
    ) -> Heard:
        """What a child's check answers, until the context's deadline; then the child is killed.

        The check is the one of that name in the folder, its config the policy file's, validated by
        the child. `memory` is in megabytes, beyond what a child has to begin with. Never raises:
        whatever goes wrong is the silence of those who did not answer.
        """
        if not self.forks:
            why = 'this system cannot start a process for a check: it needs isolation = "thread"'
            return Heard(silence=why)
        if not question.subjects:
            return Heard()
        left = clock.real_seconds(question.context.deadline)
        if not self._slots.acquire(timeout=left):
            return Heard(silence="did not answer in time: no process was free to ask it")
        try:
            return self._hear(question, clock, _order(question, clock, config, memory))
        except (OSError, ValueError) as error:
            return Heard(silence=f"no process could be started: {type(error).__name__}: {error}")
        finally:
            self._slots.release()

    def _hear(self, question: Question, clock: Clock, order: bytes) -> Heard:
        heard = Heard()
        for _ in range(_TRIES):
            heard, lost = self._running().hold(question, clock, order)
            if not lost:
                break
        return heard

    def _running(self) -> NurseryProcess:
        from plugins.isolation.process import NurseryProcess  # noqa: PLC0415 - pydantic is heavy

        with self._lock:
            if self._process is None or not self._process.alive:
                if self._process is not None:
                    self._process.end()
                environment = handed_over(os.environ, self._keep)
                self._process = NurseryProcess(self._given, environment, loading=self._loading)
            return self._process


def _order(question: Question, clock: Clock, config: Mapping[str, Any], memory: int) -> bytes:
    run, definition = question.context.run, question.definition
    positions = {id(machine): position for position, machine in enumerate(run.machines)}
    order = Order(
        check=definition.name,
        run=run,
        told=question.context.told(),
        machines=None
        if definition.scope == "run"
        else tuple(positions[id(one)] for one in question.subjects if isinstance(one, Machine)),
        now=question.context.now,
        deadline=question.context.deadline,
        speed=clock.speed,
        config=dict(config),
        memory=memory,
        level=question.context.log.getEffectiveLevel(),
    )
    return order_adapter().dump_json(order) + b"\n"
