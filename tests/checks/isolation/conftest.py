"""One nursery for the tests, with checks that no process should have to share."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.discovery import discover
from core.clock import Clock, SystemClock
from core.model import Asking, Outcome
from plugins.definition import Definition
from plugins.isolation import Nursery
from plugins.runner import Way, ask
from tests.builders import run
from tests.checks.site import context

NASTY = Path(__file__).parent / "nasty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks the nasty checks in processes, in real time."""

    known: Mapping[str, Definition]
    nursery: Nursery

    def __call__(
        self,
        name: str,
        *machines: str,
        seconds: float = 20,
        config: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
        **told: Any,
    ) -> tuple[Outcome, ...]:
        """What comes of that check; `told` goes into its context."""
        clock, subject = clock or SystemClock(), run(*(machines or ("a",)))
        now, definition = clock.now(), self.known[name]
        options = definition.options
        until = now + timedelta(seconds=seconds)
        given = replace(context(subject), now=now, deadline=until, **told)
        way = Way(
            rule=Asking(isolation=options.isolation, memory=options.memory),
            config=config or {},
            nursery=self.nursery,
        )
        return ask(definition, given, clock, way=way).outcomes

    def only(self, name: str, *machines: str, **how: Any) -> Outcome:
        """The same, if there is one outcome."""
        (outcome,) = self(name, *machines, **how)
        return outcome


@pytest.fixture(scope="session")
def known() -> Mapping[str, Definition]:
    """The nasty checks, as the app has loaded them as well."""
    found = {check.name: check for check in discover(NASTY)}
    return {n: check for n, check in found.items() if isinstance(check, Definition)}


@pytest.fixture(scope="module")
def asker(known: Mapping[str, Definition]) -> Iterator[Asker]:
    """Asks them, with a nursery of the module."""
    nursery = Nursery(NASTY)
    nursery.warm()
    yield Asker(known=known, nursery=nursery)
    nursery.close()


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, list[str]]]:
    """A log, and what is in it."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    logger, keep = logging.getLogger("tests.isolation"), Keep()
    logger.setLevel(logging.INFO)
    logger.addHandler(keep)
    yield logger, lines
    logger.removeHandler(keep)
