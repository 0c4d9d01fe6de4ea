"""A folder of checks, and a way to ask one without waiting for real."""

from __future__ import annotations

import logging
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from checks import Context, check
from checks.definition import CheckDefinition, define
from checks.discovery import BrokenCheck, discover
from checks.runner import ask_check
from core.clock import ScaledClock
from core.model import Outcome, Run
from tests.builders import NOON, run

BUILT_IN = {"machines_running", "opt_out_tag"}
FOREVER = threading.Event()  # never set: a check that waits for it hangs


def context(subject: Run, config: Any = None) -> Context[Any]:
    """What a check is told; there are sixty seconds for the answer."""
    deadline = NOON + timedelta(seconds=60)
    return Context(
        run=subject, now=NOON, deadline=deadline, config=config, log=logging.getLogger("test")
    )


def asked(
    function: Callable[..., Any] | CheckDefinition,
    *names: str,
    seconds: float = 60,
    speed: float = 1.0,
    config: Any = None,
) -> tuple[Outcome, ...]:
    """What comes of asking that function about machines with these names, in so many seconds."""
    definition = function if isinstance(function, CheckDefinition) else define(check(function))
    subject = run(*(names or ("a",)))
    told = replace(context(subject, config), deadline=NOON + timedelta(seconds=seconds))
    return ask_check(definition, subject, told, ScaledClock(start=NOON, speed=speed))


def hung(function: Callable[..., Any], *names: str) -> tuple[Outcome, ...]:
    """The same for one that hangs: its sixty seconds take less than one."""
    return asked(function, *names, speed=100)


def found(folder: Path, **files: str) -> dict[str, CheckDefinition | BrokenCheck]:
    """The user's own checks, from these files."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
    checks = discover(folder)
    return {c.name: c for c in checks if c.name not in BUILT_IN or isinstance(c, BrokenCheck)}


def broken(folder: Path, name: str, **files: str) -> BrokenCheck:
    """The check of that name, which cannot be loaded."""
    check_found = found(folder, **files)[name]
    assert isinstance(check_found, BrokenCheck)
    return check_found
