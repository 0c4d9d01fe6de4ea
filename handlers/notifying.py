"""Tell people what becomes of a run, without anything waiting for it.

A notice is a step of its own, begun and left alone: neither its answer nor its silence changes what
is decided, and only at the very end, when all is decided and done, is it waited for, for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from core import wire
from core.notice import Notice, NoticeState
from core.report import Reason
from handlers.engines import Engine, Story, Task
from handlers.orders import ActRequest, RunHead

__all__ = ["NOTIFY", "Notifying"]

NOTIFY = "notify"  # the action that tells people
_LONGEST = timedelta(seconds=30)  # of one notice
_GRACE = timedelta(seconds=15)


class Notifying:
    """The notices about one run. With `config` None nobody is told anything."""

    def __init__(self, engine: Engine, run: RunHead, config: dict[str, Any] | None) -> None:
        self._engine, self._run, self._config = engine, run, config
        self._told: dict[NoticeState, Task] = {}

    def tell(
        self,
        state: NoticeState,
        headline: str,
        *,
        because: Sequence[Reason] = (),
        machines: int = 0,
    ) -> Task | None:
        """Begin to tell it, once; the step, for whoever has to hand it to the engine."""
        if self._config is None or state in self._told:
            return None
        notice = Notice(
            state=state,
            run=self._run.id,
            configuration=self._run.configuration_id,
            headline=headline,
            reasons=tuple(f"{reason.about}: {reason.text}" for reason in because[:5]),
            machines=machines,
            start=self._run.start,
        )
        request = ActRequest(
            action=NOTIFY,
            stage="do",
            run=self._run,
            machines=(),
            deadline=self._engine.now + _LONGEST,
            memory=wire.pack_memories({"": {"notice": wire.dump(notice)}}),
            config=self._config,
        )
        self._told[state] = self._engine.activity("act", wire.dump(request))
        return self._told[state]

    def finish(self) -> Story[None]:
        """Wait for those that are still being told, but not for long."""
        limit = self._engine.timer(self._engine.now + _LONGEST + _GRACE) if self._open else None
        while limit is not None and self._open and not limit.done:
            yield self._engine.any((*self._open, limit))
        if limit is not None and not limit.done:
            limit.cancel()

    @property
    def _open(self) -> list[Task]:
        return [task for task in self._told.values() if not task.done]
