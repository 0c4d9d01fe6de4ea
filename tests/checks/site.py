"""A folder of checks, and a way to ask one without waiting for real."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from checks import Context, check
from checks.discovery import define
from core.clock import ScaledClock
from core.model import Outcome, Run
from plugins.definition import Definition
from plugins.runner import ask_check
from tests.builders import NOON, run

FOREVER = threading.Event()  # never set: a check that waits for it hangs


def context(subject: Run, config: Any = None) -> Context[Any]:
    """What a check is told; there are sixty seconds for the answer."""
    deadline = NOON + timedelta(seconds=60)
    return Context(
        run=subject, now=NOON, deadline=deadline, config=config, log=logging.getLogger("test")
    )


def asked(
    function: Callable[..., Any] | Definition,
    *names: str,
    seconds: float = 60,
    speed: float = 1.0,
    config: Any = None,
) -> tuple[Outcome, ...]:
    """What comes of asking that function about machines with these names, in so many seconds."""
    definition = function if isinstance(function, Definition) else define(check(function))
    subject = run(*(names or ("a",)))
    told = replace(context(subject, config), deadline=NOON + timedelta(seconds=seconds))
    return ask_check(definition, subject, told, ScaledClock(start=NOON, speed=speed))


def hung(function: Callable[..., Any], *names: str) -> tuple[Outcome, ...]:
    """The same for one that hangs: its sixty seconds take less than one."""
    return asked(function, *names, speed=100)
