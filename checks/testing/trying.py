"""Ask a check as the gate does, with fakes around it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from checks.kind import CHECKS
from core.model import Machine, Outcome, Run
from plugins.api import Context
from plugins.config import config_of
from plugins.definition import Definition
from plugins.reach import NOWHERE, Arm, Graph, Web
from plugins.testing.builders import NOW
from plugins.testing.fakes import graph_of
from plugins.testing.trying import examined as marked_one
from plugins.testing.trying import outcomes_of, run_of

__all__ = ["examined", "try_check"]


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
    context = _context(definition, run_of(about), now, config or {})
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
    return marked_one(CHECKS, check)


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
