"""What a check is told, with plausible defaults: a test says only what it is about."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from core.model import Run
from plugins.api import Context
from plugins.reach import NOWHERE, Arm, Graph, Web
from plugins.testing.builders import NOW, a_machine, a_run
from plugins.testing.fakes import graph_of

__all__ = ["a_context"]


def a_context(
    run: Run | None = None,
    *,
    config: Any = None,
    graph: Graph | None = None,
    arm: Arm | None = None,
    web: Web | None = None,
    now: datetime = NOW,
) -> Context[Any]:
    """What a check is told, for a test that calls its function itself.

    There is a minute for the answer; what is not given cannot be asked. `config` is a value of the
    check's own type: only `try_check` makes one of a mapping.
    """
    subject = run if run is not None else a_run(a_machine())
    return Context(
        run=subject,
        now=now,
        deadline=now + timedelta(minutes=1),
        config=config,
        log=logging.getLogger("patchgate.checks.trial"),
        graph=graph_of(graph, subject),
        arm=NOWHERE if arm is None else arm,
        web=NOWHERE if web is None else web,
    )
