"""Ask a check as the gate does, with fakes around it and a clock on which nobody waits."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from checks.discovery import define
from checks.testing.builders import NOW, a_run
from checks.testing.fakes import graph_of
from core.clock import seconds_between
from core.errors import BadPlugin
from core.model import Asking, Machine, Outcome, Run
from plugins.api import Context, mark_of
from plugins.config import config_of
from plugins.definition import Definition, origin_of
from plugins.reach import NOWHERE, Arm, Graph, Web
from plugins.runner import Way, ask

__all__ = ["SkippingClock", "examined", "outcomes_of", "try_check"]


class SkippingClock:
    """Shows `now` until somebody sleeps, which moves it on at once: nobody waits.

    Only a check that hangs is waited for, by the wall clock.
    """

    speed = 1.0

    def __init__(self, now: datetime) -> None:
        self._now, self._shown_since = now, time.monotonic()

    def now(self) -> datetime:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(0.0, seconds))
        self._shown_since = time.monotonic()

    def real_seconds(self, until: datetime) -> float:
        waited = time.monotonic() - self._shown_since
        return max(0.0, seconds_between(self._now, until) - waited)


def try_check(
    check: Any,
    about: Machine | Run | Sequence[Machine],
    *,
    config: Mapping[str, Any] | None = None,
    graph: Graph | None = None,
    arm: Arm | None = None,
    web: Web | None = None,
    now: datetime = NOW,
    seconds: float = 5.0,
) -> tuple[Outcome, ...]:
    """What the gate would make of that check's answers: an outcome per machine, or of the run.

    It is examined, configured and asked by the app's own code, so whatever is wrong with an answer
    is an UNKNOWN here too. `config` is what stands in gate.toml under `[checks.NAME.config]`. What
    is not given cannot be asked. `seconds` of real time are allowed for each time that it is asked;
    while it has patience it is asked again without any waiting. It runs on a thread, whatever its
    isolation. Raises `BadPlugin` for a check, or a config, that is not legal.
    """
    definition = examined(check)
    context = _context(definition, _run_of(about), now, config or {})
    run = context.run
    surrounded = replace(
        context,
        graph=graph_of(graph, run),
        arm=NOWHERE if arm is None else arm,
        web=NOWHERE if web is None else web,
    )
    return outcomes_of(definition, surrounded, seconds)


def examined(check: Any) -> Definition:
    """A marked function as the gate knows it. Raises `BadPlugin`."""
    if mark_of(check) is None:
        name = str(getattr(check, "__name__", check))
        raise BadPlugin(name, origin_of(check), "is not marked with @check")
    return define(check)


def outcomes_of(
    definition: Definition, context: Context[Any], seconds: float
) -> tuple[Outcome, ...]:
    """The outcomes of asking in this context, with so many real seconds for each time."""
    options = definition.options
    rule = Asking(
        timeout=min(seconds, options.timeout or seconds),
        patience=options.patience,
        every=options.every,
    )
    told = replace(context, deadline=context.now + timedelta(seconds=options.patience + seconds))
    return ask(definition, told, SkippingClock(context.now), way=Way(rule=rule)).outcomes


def _context(
    definition: Definition, run: Run, now: datetime, config: Mapping[str, Any]
) -> Context[Any]:
    return Context(
        run=run,
        now=now,
        deadline=now,
        config=config_of(definition, config),
        log=logging.getLogger(f"patchgate.checks.{definition.name}"),
    )


def _run_of(about: Machine | Run | Sequence[Machine]) -> Run:
    if isinstance(about, Run):
        return about
    return a_run(*((about,) if isinstance(about, Machine) else about))
